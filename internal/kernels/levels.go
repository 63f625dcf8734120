package kernels

import "github.com/saego/saego/internal/kernels/vec"

// Levels is [Reconstruction] for nested dictionaries: level l is the reconstruction from
// the latents below Widths[l] alone, and its error counts as much as any other's. The
// widths ascend and end with the number of latents. It costs one decoding: each level
// goes on where the one before ended, while the row is near.
type Levels struct {
	Widths []int
	Out    []float32 // (rows, dIn): the last level; or (levels, rows, dIn), all of them
	Target []float32 // (rows, dIn)

	// Sums (levels, rows, dIn) is set to the gradients of the errors, times F, at what is
	// decoded: a latent of level l takes part in all levels from l on, and part l is the
	// sum of their gradients.
	Sums []float32
	F    float32

	W, B, Div []float32 // as in Decode
	Stats     *RowStats // undone in Out; nil for nothing to undo
}

// Run decodes c, sets g to the gradient at its codes, and errors to Σ (level − Target)²
// of each level.
func (l Levels) Run(g, c *CSR, errors []float64) {
	dIn, levels := len(l.W)/c.Cols, len(l.Widths)
	pieces := (c.Rows + rowGrain - 1) / rowGrain
	parts := sumLists.take(pieces * levels)
	g.Like(c)
	For(c.Rows, rowGrain, func(lo, hi int) {
		e := parts[lo/rowGrain*levels:][:levels]
		clear(e)
		memory := factorLists.take(2 * dIn)
		factors, sum, shown := factorLists.take(0), memory[:dIn], memory[dIn:]
		for i := lo; i < hi; i++ {
			factors = l.row(g, c, i, e, sum, shown, factors)
		}
		factorLists.give(factors)
		factorLists.give(memory)
	})
	for k := range errors {
		errors[k] = 0
		for p := range pieces {
			errors[k] += parts[p*levels+k]
		}
	}
	sumLists.give(parts)
}

// row is Run for row i; sum, shown and factors are memory.
func (l Levels) row(g, c *CSR, i int, errors []float64, sum, shown, factors []float32) []float32 {
	dIn, part, last := len(sum), len(l.Target), len(l.Widths)-1
	target, f := l.Target[i*dIn:][:dIn], l.F
	idx, val := c.Row(i)
	val, factors = over(val, l.Div, idx, factors)
	start{b: l.B}.set(sum)
	out := sum
	if l.Stats != nil {
		out, f = shown, f*l.Stats.Scale[i]
	}
	c.eachLevel(i, l.Widths, func(k, from, to int) {
		vec.Gather(sum, val[from:to], idx[from:to], l.W)
		if l.Stats != nil {
			l.Stats.undoRow(out, sum, i)
		}
		switch {
		case len(l.Out) > part:
			copy(l.Out[k*part+i*dIn:], out)
		case k == last:
			copy(l.Out[i*dIn:], out)
		}
		errors[k] += vec.SquaredError(out, target)
		vec.Difference(l.Sums[k*part+i*dIn:][:dIn], out, target, f)
	})
	for k := last - 1; k >= 0; k-- {
		vec.Shift(l.Sums[k*part+i*dIn:][:dIn], l.Sums[(k+1)*part+i*dIn:], nil)
	}
	_, grad := g.Row(i)
	c.eachLevel(i, l.Widths, func(k, from, to int) {
		codeGradRow(grad[from:to], l.Sums[k*part+i*dIn:][:dIn], idx[from:to], l.W, l.Div)
	})
	return factors
}

// eachLevel calls f with the entries [from, to) of row i that each level adds.
func (p *Pattern) eachLevel(i int, widths []int, f func(level, from, to int)) {
	first := p.Ptr[i]
	from := first
	for k, w := range widths {
		to := p.atLeast(from, p.Ptr[i+1], int32(w))
		f(k, int(from-first), int(to-first))
		from = to
	}
}

// RowGradLevels is [RowGrad] of a [Levels].
func RowGradLevels(g []float32, c *CSR, sums, div []float32, widths []int) {
	part, cols, from := len(sums)/len(widths), c.columns(), 0
	for k, w := range widths {
		rowGradOf(g, c, cols, from, w, sums[k*part:][:part], nil, div, false)
		from = w
	}
}
