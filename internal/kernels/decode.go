package kernels

import "github.com/saego/saego/internal/kernels/vec"

// Decode sets out (rows, dIn) to (c ⊘ div)·W + b. W is (latents, dIn); div
// (latents) and b (dIn) may be nil.
func Decode(out []float32, c *CSR, w, b, div []float32) {
	dIn := len(w) / c.Cols
	For(c.Rows, rowGrain, func(lo, hi int) {
		factors := factorLists.take(0)
		for i := lo; i < hi; i++ {
			idx, val := c.Row(i)
			val, factors = over(val, div, idx, factors)
			decodeRow(out[i*dIn:][:dIn], idx, val, w, b)
		}
		factorLists.give(factors)
	})
}

// decodeRow sets row (dIn) to val·W + b.
func decodeRow(row []float32, idx []int32, val, w, b []float32) {
	if b == nil {
		clear(row)
	} else {
		copy(row, b)
	}
	vec.Gather(row, val, idx, w)
}

// factorLists lends memory for the factors of a row.
var factorLists freeList[float32]

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
	g.Like(c)
	For(c.Rows, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			idx, val := g.Row(i)
			codeGradRow(val, gOut[i*dIn:][:dIn], idx, w, div)
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
func RowGrad(g []float32, c *CSR, src, scale, div []float32) {
	dIn := len(g) / c.Cols
	cols := c.columns()
	For(c.Cols, latentGrain, func(lo, hi int) {
		factors := factorLists.take(0)
		for j := lo; j < hi; j++ {
			factors = rowGradRow(g[j*dIn:][:dIn], c, cols, j, src, factor(scale, div, j), factors)
		}
		factorLists.give(factors)
	})
}

// rowGradRow sets g (dIn) to row j of f·cᵀ·src; it returns memory.
func rowGradRow(g []float32, c *CSR, cols *columns, j int, src []float32, f float32, memory []float32) []float32 {
	from, to := cols.ptr[j], cols.ptr[j+1]
	memory = resize(memory, int(to-from))
	for q, at := range cols.pos[from:to] {
		memory[q] = f * c.Val[at]
	}
	clear(g)
	vec.Gather(g, memory, cols.row[from:to], src)
	return memory
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

// ColSum sets out (latents) to the sums of c's columns, times scale, which may be
// nil.
func ColSum(out []float32, c *CSR, scale []float32) {
	cols := c.columns()
	For(c.Cols, latentGrain, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			var s float64
			for q := cols.ptr[j]; q < cols.ptr[j+1]; q++ {
				s += float64(c.Val[cols.pos[q]])
			}
			out[j] = float32(s) * factor(scale, nil, j)
		}
	})
}

// ActiveRows sets out (latents) to how many rows each latent is active in.
func ActiveRows(out []int32, c *CSR) {
	cols := c.columns()
	for j := range out {
		out[j] = cols.ptr[j+1] - cols.ptr[j]
	}
}

// AddPerLatent sets out to c with f·v[j] added to each entry of latent j.
func AddPerLatent(out, c *CSR, v []float32, f float32) {
	out.Like(c)
	For(len(c.Val), flatGrain, func(lo, hi int) {
		for q := lo; q < hi; q++ {
			out.Val[q] = c.Val[q] + f*v[c.Idx[q]]
		}
	})
}
