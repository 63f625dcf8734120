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
	dIn := len(g) / c.Cols
	cols := c.columns()
	For(c.Cols, latentGrain, func(lo, hi int) {
		factors := factorLists.take(0)
		for j := lo; j < hi; j++ {
			if !add {
				clear(g[j*dIn:][:dIn])
			}
			factors = addRow(g[j*dIn:][:dIn], c, cols, j, src, factor(scale, div, j), factors)
		}
		factorLists.give(factors)
	})
}

// addRow adds row j of f·cᵀ·src to g (dIn); it returns memory.
func addRow(g []float32, c *CSR, cols *columns, j int, src []float32, f float32, memory []float32) []float32 {
	from, to := cols.ptr[j], cols.ptr[j+1]
	memory = resize(memory, int(to-from))
	for q, at := range cols.pos[from:to] {
		memory[q] = f * c.Val[at]
	}
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
