package kernels

import (
	"runtime"
	"slices"
)

// CSR is a sparse matrix (rows, latents) in compressed rows: the codes of a
// batch, or a gradient at those codes. Row i holds the entries Ptr[i] to
// Ptr[i+1] of Idx (latents, ascending) and Val.
type CSR struct {
	*Pattern
	Val []float32
}

// Pattern says which entries of a [CSR] are there. A code matrix and its
// gradient share one.
type Pattern struct {
	Rows, Cols int
	Ptr        []int32 // Rows+1
	Idx        []int32

	byCol *columns // made on demand

	mem     Memory // of Ptr, Idx, and a CSR's Val; nil for Go's
	version int    // how often the pattern was rewritten
}

// columns is the transpose of a pattern: latent j occurs in the rows
// row[ptr[j]:ptr[j+1]], ascending, at the entries pos of the CSR.
type columns struct {
	ptr, row, pos []int32
}

// NewCSR returns an empty matrix.
func NewCSR(rows, cols int) *CSR { return NewCSRIn(CPU(), rows, cols) }

// NewCSRIn is [NewCSR] in memory of mem's, where those that are made like it are, too.
func NewCSRIn(mem Memory, rows, cols int) *CSR {
	c := &CSR{Pattern: &Pattern{Rows: rows, Cols: cols, mem: mem}}
	c.Ptr = c.ints(nil, rows+1)
	return c
}

// ints returns memory of length n, in place of old.
func (p *Pattern) ints(old []int32, n int) []int32 {
	if p.mem == nil {
		return resize(old, n)
	}
	return p.mem.Ints(old, n)
}

// floats is ints for values.
func (p *Pattern) floats(old []float32, n int) []float32 {
	if p.mem == nil {
		return resize(old, n)
	}
	return p.mem.Floats(old, n)
}

// Resize makes c a matrix of that shape with room for n entries, none of which is set, nor
// is Ptr.
func (c *CSR) Resize(rows, cols, n int) {
	c.changed()
	c.Rows, c.Cols = rows, cols
	c.Ptr, c.Idx, c.Val = c.ints(c.Ptr, rows+1), c.ints(c.Idx, n), c.floats(c.Val, n)
}

// Version tells states of a pattern apart: it grows with each.
func (p *Pattern) Version() int { return p.version }

// Row returns the latents and values of row i.
func (c *CSR) Row(i int) ([]int32, []float32) {
	lo, hi := c.Ptr[i], c.Ptr[i+1]
	return c.Idx[lo:hi], c.Val[lo:hi]
}

// Dense returns the matrix with its zeros, (Rows, Cols).
func (c *CSR) Dense() []float32 {
	out := make([]float32, c.Rows*c.Cols)
	for i := range c.Rows {
		idx, val := c.Row(i)
		for q, j := range idx {
			out[i*c.Cols+int(j)] = val[q]
		}
	}
	return out
}

// Like makes dst a matrix of c's pattern with values of its own, reusing dst's
// memory. The values are not set.
func (dst *CSR) Like(c *CSR) {
	dst.Pattern = c.Pattern
	dst.Val = dst.floats(dst.Val, len(c.Val))
}

// columns returns the transpose, computed once for each state of the pattern.
func (p *Pattern) columns() *columns {
	if p.byCol == nil {
		p.byCol = &columns{}
	}
	c := p.byCol
	if len(c.pos) == len(p.Idx) && len(c.ptr) == p.Cols+1 {
		return c
	}
	c.ptr = resize(c.ptr, p.Cols+1)
	p.eachBlock(func(lo, hi int) {
		clear(c.ptr[lo+1 : hi+1])
		for i := range p.Rows {
			from, to := p.between(i, lo, hi)
			for _, j := range p.Idx[from:to] {
				c.ptr[j+1]++
			}
		}
	})
	c.ptr[0] = 0
	for j := range p.Cols {
		c.ptr[j+1] += c.ptr[j]
	}
	c.row, c.pos = resize(c.row, len(p.Idx)), resize(c.pos, len(p.Idx))
	p.eachBlock(func(lo, hi int) {
		next := countLists.take(hi - lo)
		copy(next, c.ptr[lo:hi])
		for i := range p.Rows {
			from, to := p.between(i, lo, hi)
			for q := from; q < to; q++ {
				at := &next[int(p.Idx[q])-lo]
				c.row[*at], c.pos[*at] = int32(i), q
				*at++
			}
		}
		countLists.give(next)
	})
	return c
}

// eachBlock calls f for blocks of latents [lo, hi), side by side: few enough that going
// through all rows for each of them is cheap, and small enough that what belongs to
// their latents stays near. What f adds up for a latent does not depend on them.
func (p *Pattern) eachBlock(f func(lo, hi int)) {
	blocks := max(len(p.Idx)/max(p.Rows, 1)/blockActive, runtime.GOMAXPROCS(0))
	For(p.Cols, max((p.Cols+blocks-1)/blocks, blockLatents), f)
}

// blockLatents is the least size of those blocks, blockActive how many of their latents
// are active in a row.
const (
	blockLatents = 1024
	blockActive  = 32
)

// between returns where the entries of row i with latents in [lo, hi) are.
func (p *Pattern) between(i, lo, hi int) (from, to int32) {
	from = p.atLeast(p.Ptr[i], p.Ptr[i+1], int32(lo))
	return from, p.atLeast(from, p.Ptr[i+1], int32(hi))
}

// atLeast returns the first of the entries [from, to) of a row whose latent is j or
// greater.
func (p *Pattern) atLeast(from, to, j int32) int32 {
	for from < to {
		if mid := (from + to) / 2; p.Idx[mid] < j {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from
}

// changed forgets the transpose, for a pattern that is about to be rewritten.
func (p *Pattern) changed() {
	p.version++
	if p.byCol != nil {
		p.byCol.pos, p.byCol.ptr = p.byCol.pos[:0], p.byCol.ptr[:0]
	}
}

// resize returns s with length n, with its memory where that suffices. New memory is
// never tiny: an allocation of 8 numbers and more starts at a multiple of 16 bytes, by
// which gonum's assembly rounds.
func resize[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return slices.Grow(s[:0], max(n+n/8, 8))[:n]
}
