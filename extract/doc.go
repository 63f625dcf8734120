// Package extract turns a dataset into rows of a network's inner activations.
//
// A sparse autoencoder learns from millions of vectors that a network computes
// on the way to its answer. Which vectors these are decides what it learns: the
// filling of short texts, the first position of GPT-2 (an attention sink with a
// norm hundreds of times the usual) or a class token are not what a user asks
// about, yet they come out of the same tensor.
//
// A [Source] yields batches of rows, each with its [Origin]. [Text] tokenizes
// texts, [Vision] prepares pictures; both feed a network through a [Runner] and
// read one hook point, or two for a transcoder, which predicts the second from the
// first. Which rows are kept is stated in their configs, and what became of every
// position is counted in [Counts]. On a processor a batch is computed in small forward passes,
// several at once ([Lanes]); [Forward] does so for a Source of one's own.
//
// A pass yields each kept position of each example once, by example, then by
// position. Equal sources give equal passes. A pass without a row is an error, as is
// a value that is not finite. A [Resumer] goes on from the [Cursor] of any batch, to
// the bit. Networks run while the caller waits, or ahead of it behind [Prefetch]; breaking
// out of a pass leaves nothing behind.
package extract
