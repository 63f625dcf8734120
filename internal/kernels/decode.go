package kernels

import "github.com/saego/saego/internal/kernels/vec"

// Decode sets out (rows, dIn) to (c ⊘ div)·W + b. W is (latents, dIn); div
// (latents) and b (dIn) may be nil.
func Decode(out []float32, c *CSR, w, b, div []float32) {
	if c.dense() {
		decodeDense(out, c, w, b, div)
		return
	}
	dIn := len(w) / c.Cols
	For(c.Rows, rowGrain, func(lo, hi int) {
		ptr, from := c.Ptr[lo:hi+1], c.Ptr[lo]
		a := factorLists.take(int(c.Ptr[hi] - from))
		for q := range a {
			a[q] = divide(c.Val[int(from)+q], div, c.Idx[int(from)+q])
		}
		gatherRows(out[lo*dIn:hi*dIn], start{b: b}, a, ptr, c.Idx, w, dIn)
		factorLists.give(a)
	})
}

// start is what a row is before something is added to it.
type start struct {
	b    []float32 // nil for zeros
	kept bool      // what it was
}

func (s start) set(row []float32) {
	switch {
	case s.kept:
	case s.b == nil:
		clear(row)
	default:
		copy(row, s.b)
	}
}

// gatherRows adds to row i of y (len(ptr)−1, d), as it starts, its entries' rows of w; a
// begins with the first entry.
func gatherRows(y []float32, s start, a []float32, ptr, idx []int32, w []float32, d int) {
	from := ptr[0]
	if inBlocks(ptr, len(w)/d, d) {
		for i := range len(ptr) - 1 {
			s.set(y[i*d:][:d])
		}
		m := countLists.take(2*len(ptr) - 1)
		own, at := m[:len(ptr)], m[len(ptr):]
		for i, p := range ptr {
			own[i] = p - from
		}
		vec.GatherBlocks(y, a, own, idx[from:], w, d, at)
		countLists.give(m)
		return
	}
	for i := range len(ptr) - 1 {
		row, lo, hi := y[i*d:][:d], ptr[i], ptr[i+1]
		s.set(row)
		vec.Gather(row, a[lo-from:hi-from], idx[lo:hi], w)
	}
}

// inBlocks says whether rows have so many entries in n rows of d values that these are
// to be taken in blocks: several of each.
func inBlocks(ptr []int32, n, d int) bool {
	blocks := (n + vec.Block(d) - 1) / vec.Block(d)
	return int(ptr[len(ptr)-1]-ptr[0]) >= blockEntries*blocks*(len(ptr)-1)
}

// blockEntries is how many entries a row has in a block for that.
const blockEntries = 8

// over returns val ⊘ div at idx, in memory's memory, or val where div is nil.
func over(val, div []float32, idx []int32, memory []float32) (_, kept []float32) {
	if div == nil {
		return val, memory
	}
	memory = resize(memory, len(val))
	for q, v := range val {
		memory[q] = v / div[idx[q]]
	}
	return memory, memory
}

// CodeGrad sets g to the gradient of [Decode] at c's codes: the inner product of
// the output's gradient gOut (rows, dIn) with each active row of W, over div.
func CodeGrad(g, c *CSR, w, gOut, div []float32) {
	dIn := len(w) / c.Cols
	if g.Like(c); c.dense() {
		codeGradDense(g, w, gOut, div)
		return
	}
	For(c.Rows, rowGrain, func(lo, hi int) {
		if ptr := c.Ptr[lo : hi+1]; inBlocks(ptr, c.Cols, dIn) {
			at := countLists.take(hi - lo)
			vec.DotsBlocks(g.Val, gOut[lo*dIn:hi*dIn], ptr, g.Idx, w, dIn, at)
			countLists.give(at)
		} else {
			for i := lo; i < hi; i++ {
				idx, val := g.Row(i)
				vec.Dots(val, gOut[i*dIn:][:dIn], idx, w)
			}
		}
		if div != nil {
			for q := c.Ptr[lo]; q < c.Ptr[hi]; q++ {
				g.Val[q] /= div[g.Idx[q]]
			}
		}
	})
}

// codeGradRow sets g to the inner products of row with the rows idx of W, over div.
func codeGradRow(g, row []float32, idx []int32, w, div []float32) {
	vec.Dots(g, row, idx, w)
	if div != nil {
		for q, j := range idx {
			g[q] /= div[j]
		}
	}
}

// RowGrad sets g (latents, dIn) to cᵀ·src: the gradient of a matrix whose rows are
// latents. src is (rows, dIn). Row j is multiplied by scale[j] and divided by
// div[j]; either may be nil.
func RowGrad(g []float32, c *CSR, src, scale, div []float32) { rowGrad(g, c, src, scale, div, false) }

// AddRowGrad adds what [RowGrad] sets. Rows of latents that are not active cost nothing.
func AddRowGrad(g []float32, c *CSR, src, scale, div []float32) {
	if len(c.Val) > 0 {
		rowGrad(g, c, src, scale, div, true)
	}
}

func rowGrad(g []float32, c *CSR, src, scale, div []float32, add bool) {
	if c.dense() {
		rowGradDense(g, c, src, scale, div, add)
		return
	}
	rowGradOf(g, c, c.columns(), 0, c.Cols, src, scale, div, add)
}

// rowGradOf is that of the latents [from, to) alone.
func rowGradOf(g []float32, c *CSR, cols *columns, from, to int, src, scale, div []float32, add bool) {
	dIn := len(g) / c.Cols
	if inColumns(c, cols.ptr[from:to+1], dIn) {
		rowGradColumns(g, c, cols, from, to, src, scale, div, add)
		return
	}
	For(to-from, latentGrain, func(lo, hi int) {
		lo, hi = from+lo, from+hi
		ptr := cols.ptr[lo : hi+1]
		a := factorLists.take(int(cols.ptr[hi] - cols.ptr[lo]))
		cols.values(a, c, scale, div, lo, hi)
		gatherRows(g[lo*dIn:hi*dIn], start{kept: add}, a, ptr, cols.row, src, dIn)
		factorLists.give(a)
	})
}

// values sets a to the values of c that the latents [lo, hi) have, times scale and over
// div; either may be nil.
func (t *columns) values(a []float32, c *CSR, scale, div []float32, lo, hi int) {
	from := t.ptr[lo]
	for j := lo; j < hi; j++ {
		f := factor(scale, div, j)
		for q := t.ptr[j]; q < t.ptr[j+1]; q++ {
			a[q-from] = f * c.Val[t.pos[q]]
		}
	}
}

func factor(scale, div []float32, j int) float32 {
	f := float32(1)
	if scale != nil {
		f = scale[j]
	}
	if div != nil {
		f /= div[j]
	}
	return f
}
