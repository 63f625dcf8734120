// Package store keeps the rows of a source in files, so that a network computes them
// once for many trainings.
//
// A store is a set of safetensors files of equal numbers of rows, and a manifest that
// is written last, in a [Place]: a [Folder], or a bucket. [Write] makes one from any
// [extract.Resumer]; what is killed on the way goes on behind the last whole shard when
// it is called again, and ends with the same bytes. [Open] reads one as an
// [extract.Resumer]: in the order in which the rows came, then, at each further pass,
// with its shards in another. [Verify] finds what was changed, lost or mixed up since.
//
// A store has parts, each from a source of its own: the programs' are train and held.
// docs/formats.md describes the files, which other programs read as they are.
package store
