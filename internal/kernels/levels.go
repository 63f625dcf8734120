package kernels

import (
	"sort"

	"github.com/saego/saego/internal/kernels/vec"
)

// DecodeLevels is [Decode] for nested dictionaries: part l of out, (len(widths),
// rows, dOut), is the reconstruction from the latents below widths[l] alone. The
// widths ascend and end with the number of latents. It costs one decoding: each
// level goes on where the one before ended.
func DecodeLevels(out []float32, c *CSR, w, b, div []float32, widths []int) {
	d, part := len(w)/c.Cols, len(out)/len(widths)
	For(c.Rows, rowGrain, func(lo, hi int) {
		factors := factorLists.take(0)
		for i := lo; i < hi; i++ {
			idx, val := c.Row(i)
			val, factors = over(val, div, idx, factors)
			at := 0
			for l, width := range widths {
				row := out[l*part+i*d:][:d]
				switch {
				case l > 0:
					copy(row, out[(l-1)*part+i*d:][:d])
				case b == nil:
					clear(row)
				default:
					copy(row, b)
				}
				from := at
				for at < len(idx) && int(idx[at]) < width {
					at++
				}
				vec.Gather(row, val[from:at], idx[from:at], w)
			}
		}
		factorLists.give(factors)
	})
}

// SuffixSums sets part l of out to the sum of the parts of x from l on: a latent of
// level l takes part in all reconstructions from l on.
func SuffixSums(out, x []float32, parts int) {
	n := len(x) / parts
	For(n, flatGrain, func(lo, hi int) {
		copy(out[(parts-1)*n+lo:(parts-1)*n+hi], x[(parts-1)*n+lo:])
		for l := parts - 2; l >= 0; l-- {
			to, from, after := out[l*n+lo:l*n+hi], x[l*n+lo:l*n+hi], out[(l+1)*n+lo:(l+1)*n+hi]
			for k := range to {
				to[k] = from[k] + after[k]
			}
		}
	})
}

// level returns the first of the widths that is greater than latent j.
func level(widths []int, j int) int { return sort.SearchInts(widths, j+1) }

// CodeGradLevels is [CodeGrad] for [DecodeLevels]; sums are the [SuffixSums] of the
// output's gradient.
func CodeGradLevels(g, c *CSR, w, sums, div []float32, widths []int) {
	d, part := len(w)/c.Cols, len(sums)/len(widths)
	g.Like(c)
	For(c.Rows, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			idx, val := g.Row(i)
			at := 0
			for l, width := range widths {
				from := at
				for at < len(idx) && int(idx[at]) < width {
					at++
				}
				codeGradRow(val[from:at], sums[l*part+i*d:][:d], idx[from:at], w, div)
			}
		}
	})
}

// RowGradLevels is [RowGrad] for [DecodeLevels]; sums are the [SuffixSums] of the
// output's gradient.
func RowGradLevels(g []float32, c *CSR, sums, div []float32, widths []int) {
	d, part := len(g)/c.Cols, len(sums)/len(widths)
	cols := c.columns()
	For(c.Cols, latentGrain, func(lo, hi int) {
		factors := factorLists.take(0)
		for j := lo; j < hi; j++ {
			src := sums[level(widths, j)*part:][:part]
			clear(g[j*d:][:d])
			factors = addRow(g[j*d:][:d], c, cols, j, src, factor(nil, div, j), factors)
		}
		factorLists.give(factors)
	})
}
