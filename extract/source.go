package extract

import (
	"context"
	"iter"
	"slices"
)

// Info describes every batch of a [Source]; it is known before the first one.
type Info struct {
	Model string // name and digest of the model, "gpt2@1f0c…"
	Hook  string // hook point, as in models.Spec: "transformer.h.6"
	DIn   int    // values per row (d_in)

	Target string // hook point of the targets, "" for none
	DOut   int    // values per target (d_out), 0 for none
}

// Source yields activations, one batch of rows at a time. It is what the guide
// "Extending SAELens" calls a DataProvider.
//
// Each call to Batches starts a fresh pass, and equal sources give equal passes.
// A batch is valid until the next iteration. A sequence yields a batch or an
// error, never both; an error ends it.
type Source interface {
	Info() Info
	Batches(ctx context.Context) iter.Seq2[Batch, error]
}

// Batch is a row-major block of activations. A source for transcoders pairs each row
// with a target: what the network computes at another hook point for the same token
// or patch.
type Batch struct {
	DIn    int
	Data   []float32 // (rows, DIn)
	DOut   int       // 0 for none
	Target []float32 // (rows, DOut)
	Origin []Origin  // one per row
	Next   Cursor    // the position behind the batch, where the source is a [Resumer]
}

// Origin says where a row came from.
type Origin struct {
	Example  int32 // index of the example in its dataset
	Position int32 // position in the network's sequence, from 0, prefix tokens included
	Token    int32 // token id (text); patch index from 0, or -1 for a prefix token (vision)
	Label    int32 // label of the example, -1 = none
}

// Len returns the number of rows.
func (b Batch) Len() int { return len(b.Origin) }

// Rows iterates over the rows, each aliasing Data.
func (b Batch) Rows() iter.Seq[[]float32] { return slices.Chunk(b.Data, b.DIn) }

// Row returns row i, aliasing Data.
func (b Batch) Row(i int) []float32 { return b.Data[i*b.DIn:][:b.DIn:b.DIn] }

// TargetRow returns the target of row i, aliasing Target; it is empty where there is
// none.
func (b Batch) TargetRow(i int) []float32 { return b.Target[i*b.DOut:][:b.DOut:b.DOut] }

// Slice returns the rows [from, to), aliasing b. Next is that of b.
func (b Batch) Slice(from, to int) Batch {
	b.Data, b.Target = b.Data[from*b.DIn:to*b.DIn], b.Target[from*b.DOut:to*b.DOut]
	b.Origin = b.Origin[from:to]
	return b
}
