package kernels

import "github.com/saego/saego/internal/kernels/vec"

// Affine is the encoder before its activation:
// h = (x·Wᵀ + b) ⊙ scale, row by row.
type Affine struct {
	DIn, DSAE int
	W         []float32   // (DSAE, DIn): W_enc, transposed
	B         []float32   // (DSAE), or nil for zeros
	Scale     []float32   // (DSAE), or nil for ones
	BF16      BF16Product // takes x and W rounded to bfloat16; nil for float32
}

// Encoder turns rows into codes. It keeps its memory between calls; one goroutine
// at a time may use it.
//
// Where the activation is a [Rule] and the processor has the instructions, the product
// is looked at while it is in registers, and only what can be active is written. Else
// the product goes through memory, a tile of rows at a time: from the BLAS, or from a
// product of bfloat16.
type Encoder struct {
	Activation Activation

	prune  func(*tile) // now and then, where a tile may hold too much; nil = never
	tiles  []tile
	fused  fused
	dense  freeList[float32]
	halves halves
	subset Affine // memory of EncodeSubset
}

// tile holds the codes of some rows.
type tile struct {
	sel   Selector
	row   ruleRow // whose choose sel is, where the activation is a Rule
	floor float32 // from which the next call's tile may start, for a row of norm 1: see lane.encode
	idx   []int32
	val   []float32
	ends  []int32 // of each row, in idx
	kth   kth
}

// Encode sets dst to the codes of x (rows, a.DIn).
func (e *Encoder) Encode(dst *CSR, x []float32, a Affine) {
	rows := len(x) / a.DIn
	rule, compares := e.Activation.(Rule)
	if compares && a.BF16 == nil && vec.Fused() {
		e.encodeFused(dst, x, a, rule, rows)
		return
	}
	if a.BF16 != nil {
		e.halves.round(a.W)
	}
	e.choose(dst, rows, a, func(lo, hi int) []float32 {
		h := e.dense.take((hi - lo) * a.DSAE)
		e.product(h, x[lo*a.DIn:hi*a.DIn], a)
		return h
	}, e.dense.give)
}

// Select sets dst to the codes of rows whose products x·Wᵀ are h (rows, a.DSAE), which it
// overwrites.
func (e *Encoder) Select(dst *CSR, h []float32, a Affine) {
	e.choose(dst, len(h)/a.DSAE, a, func(lo, hi int) []float32 { return h[lo*a.DSAE : hi*a.DSAE] }, func([]float32) {})
}

// choose sets dst to the codes of so many rows, whose products are taken and given back a
// tile at a time.
func (e *Encoder) choose(dst *CSR, rows int, a Affine, take func(lo, hi int) []float32, give func([]float32)) {
	rule, compares := e.Activation.(Rule)
	e.grow(rows, tileRows)
	for i := range e.tiles {
		switch t := &e.tiles[i]; {
		case t.sel != nil:
		case compares:
			t.sel = t.row.choose
		default:
			t.sel = e.Activation.NewSelector()
		}
	}
	For(rows, tileRows, func(lo, hi int) {
		h := take(lo, hi)
		t := &e.tiles[lo/tileRows]
		t.row.rule = rule
		t.encode(h, a, e.prune)
		give(h)
	})
	e.gather(dst, rows, a.DSAE, tileRows)
}

// grow makes a tile for each of so many rows.
func (e *Encoder) grow(rows, size int) {
	for len(e.tiles) < (rows+size-1)/size {
		e.tiles = append(e.tiles, tile{})
	}
}

// gather joins the tiles, of so many rows each, into dst.
func (e *Encoder) gather(dst *CSR, rows, cols, size int) {
	tiles := e.tiles[:(rows+size-1)/size]
	n := 0
	for i := range tiles {
		n += len(tiles[i].idx)
	}
	dst.Resize(rows, cols, n)
	dst.Ptr[0] = 0
	at, row := int32(0), 0
	for i := range tiles {
		for _, end := range tiles[i].ends {
			row++
			dst.Ptr[row] = at + end
		}
		at += int32(len(tiles[i].idx))
	}
	For(len(tiles), 1, func(i, _ int) {
		from := dst.Ptr[i*size]
		copy(dst.Idx[from:], tiles[i].idx)
		copy(dst.Val[from:], tiles[i].val)
	})
}

// EncodeSubset is Encode for the given latents alone, ascending; dst has all
// columns of a. A Rule's Limit is of those latents alone, too.
func (e *Encoder) EncodeSubset(dst *CSR, x []float32, a Affine, latents []int32) {
	if len(latents) == 0 {
		dst.Resize(len(x)/a.DIn, a.DSAE, 0)
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
