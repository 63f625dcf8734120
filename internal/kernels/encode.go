package kernels

import (
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// tileRows is how many rows go through the encoder's product at once. More rows
// use the BLAS better, fewer keep the tile nearer to the processor.
const tileRows = 512

// Affine is the encoder before its activation:
// h = (x·Wᵀ + b) ⊙ scale, row by row.
type Affine struct {
	DIn, DSAE int
	W         []float32   // (DSAE, DIn): W_enc, transposed
	B         []float32   // (DSAE), or nil for zeros
	Scale     []float32   // (DSAE), or nil for ones
	BF16      BF16Product // takes x and W rounded to bfloat16; nil for float32
}

// Selector appends to idx and val the latents of one row that are active, in
// ascending order, with their values. h (DSAE) may be overwritten.
type Selector func(h []float32, idx []int32, val []float32) ([]int32, []float32)

// Encoder turns rows into codes. It keeps its memory between calls; one goroutine
// at a time may use it.
type Encoder struct {
	NewSelector func() Selector // one for each tile
	prune       func(*tile)     // now and then, where a tile may hold too much; nil = never
	tiles       []tile
	dense       freeList[float32]
	halves      halves
	subset      Affine // memory of EncodeSubset
}

// tile holds the codes of tileRows rows.
type tile struct {
	sel  Selector
	idx  []int32
	val  []float32
	ends []int32 // of each row, in idx
	kth  kth
}

// Encode sets dst to the codes of x (rows, a.DIn).
func (e *Encoder) Encode(dst *CSR, x []float32, a Affine) {
	rows := len(x) / a.DIn
	for len(e.tiles) < (rows+tileRows-1)/tileRows {
		e.tiles = append(e.tiles, tile{sel: e.NewSelector()})
	}
	if a.BF16 != nil {
		e.halves.round(a.W)
	}
	For(rows, tileRows, func(lo, hi int) {
		h := e.dense.take((hi - lo) * a.DSAE)
		e.product(h, x[lo*a.DIn:hi*a.DIn], a)
		e.tiles[lo/tileRows].encode(h, a, e.prune)
		e.dense.give(h)
	})
	e.gather(dst, rows, a.DSAE)
}

// product sets h (rows, a.DSAE) to x·Wᵀ.
func (e *Encoder) product(h, x []float32, a Affine) {
	if a.BF16 != nil {
		e.halves.multiply(h, x, a)
		return
	}
	blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, len(x)/a.DIn, a.DSAE, a.DIn,
		1, x, a.DIn, a.W, a.DIn, 0, h, a.DSAE)
}

// encode fills the tile with the codes of the rows whose products h are.
func (t *tile) encode(h []float32, a Affine, prune func(*tile)) {
	t.idx, t.val, t.ends = t.idx[:0], t.val[:0], t.ends[:0]
	for row := range slices.Chunk(h, a.DSAE) {
		shift(row, a.B, a.Scale)
		t.idx, t.val = t.sel(row, t.idx, t.val)
		t.ends = append(t.ends, int32(len(t.idx)))
		if prune != nil {
			prune(t)
		}
	}
}

// freeList lends memory to the goroutines at work and keeps it for the next call.
type freeList[T any] struct {
	mu   sync.Mutex
	free [][]T
}

func (l *freeList[T]) take(n int) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return make([]T, n)
	}
	s := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return resize(s, n)
}

func (l *freeList[T]) give(s []T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, s)
}

// shift sets h to (h + b) ⊙ scale.
func shift(h, b, scale []float32) {
	if b == nil { // no architecture scales without a bias
		return
	}
	b = b[:len(h)]
	if scale == nil {
		for j := range h {
			h[j] += b[j]
		}
		return
	}
	scale = scale[:len(h)]
	for j := range h {
		h[j] = (h[j] + b[j]) * scale[j]
	}
}

// gather joins the tiles into dst.
func (e *Encoder) gather(dst *CSR, rows, cols int) {
	n := 0
	tiles := e.tiles[:(rows+tileRows-1)/tileRows]
	for i := range tiles {
		n += len(tiles[i].idx)
	}
	dst.changed()
	dst.Rows, dst.Cols = rows, cols
	dst.Ptr, dst.Idx, dst.Val = resize(dst.Ptr, rows+1), resize(dst.Idx, n), resize(dst.Val, n)
	dst.Ptr[0] = 0
	at, row := int32(0), 0
	for i := range tiles {
		t := &tiles[i]
		copy(dst.Idx[at:], t.idx)
		copy(dst.Val[at:], t.val)
		for _, end := range t.ends {
			row++
			dst.Ptr[row] = at + end
		}
		at += int32(len(t.idx))
	}
}

// EncodeSubset is Encode for the given latents alone, ascending; dst has all
// columns of a.
func (e *Encoder) EncodeSubset(dst *CSR, x []float32, a Affine, latents []int32) {
	if len(latents) == 0 {
		e.gather(dst, 0, a.DSAE)
		dst.Rows, dst.Ptr = len(x)/a.DIn, resize(dst.Ptr, len(x)/a.DIn+1)
		clear(dst.Ptr)
		return
	}
	s := e.pick(a, latents)
	e.Encode(dst, x, s)
	for q, i := range dst.Idx {
		dst.Idx[q] = latents[i]
	}
	dst.Cols = a.DSAE
}

// pick returns the part of a that belongs to latents.
func (e *Encoder) pick(a Affine, latents []int32) Affine {
	s := &e.subset
	s.DIn, s.DSAE, s.BF16 = a.DIn, len(latents), a.BF16
	s.W, s.B = resize(s.W, len(latents)*a.DIn), resize(s.B, len(latents))
	for i, j := range latents {
		copy(s.W[i*a.DIn:][:a.DIn], a.W[int(j)*a.DIn:])
		s.B[i] = a.B[j]
	}
	if a.Scale == nil {
		return Affine{DIn: s.DIn, DSAE: s.DSAE, W: s.W, B: s.B, BF16: a.BF16}
	}
	s.Scale = resize(s.Scale, len(latents))
	for i, j := range latents {
		s.Scale[i] = a.Scale[j]
	}
	return *s
}
