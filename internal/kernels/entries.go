package kernels

// Map sets out to f of each entry of c: its number in Idx and Val, its latent and
// its value. The pattern stays.
func Map(out, c *CSR, f func(q int, j int32, v float32) float32) {
	out.Like(c)
	For(len(c.Val), flatGrain, func(lo, hi int) {
		for q := lo; q < hi; q++ {
			out.Val[q] = f(q, c.Idx[q], c.Val[q])
		}
	})
}

// SumRows returns the sum of f over the rows of c; f has the numbers of the row's
// entries, [lo, hi).
func SumRows(c *CSR, f func(lo, hi int) float64) float64 {
	return sum(c.Rows, rowGrain, func(lo, hi int) float64 {
		var s float64
		for i := lo; i < hi; i++ {
			s += f(int(c.Ptr[i]), int(c.Ptr[i+1]))
		}
		return s
	})
}

// ColReduce sets out (latents) to scale times the sums of f over the entries of each
// latent; f has the entry's number.
func ColReduce(out []float32, c *CSR, scale float64, f func(j, q int) float64) {
	colReduceFrom(out, c, 0, scale, f)
}

// colReduceFrom is ColReduce for the rows from first on.
func colReduceFrom(out []float32, c *CSR, first int, scale float64, f func(j, q int) float64) {
	c.eachBlock(func(lo, hi int) {
		sums := sumLists.take(hi - lo)
		clear(sums)
		for i := first; i < c.Rows; i++ {
			from, to := c.between(i, lo, hi)
			for q := from; q < to; q++ {
				j := int(c.Idx[q])
				sums[j-lo] += f(j, int(q))
			}
		}
		for j, s := range sums {
			out[lo+j] = float32(scale * s)
		}
		sumLists.give(sums)
	})
}

// ColSum sets out (latents) to the sums of c's columns, times scale, which may be
// nil.
func ColSum(out []float32, c *CSR, scale []float32) {
	ColReduce(out, c, 1, func(_, q int) float64 { return float64(c.Val[q]) })
	for j := range scale {
		out[j] *= scale[j]
	}
}

// ActiveRows sets out (latents) to how many rows each latent is active in.
func ActiveRows(out []int32, c *CSR) {
	c.eachBlock(func(lo, hi int) {
		clear(out[lo:hi])
		for i := range c.Rows {
			from, to := c.between(i, lo, hi)
			for _, j := range c.Idx[from:to] {
				out[j]++
			}
		}
	})
}

// Compact sets dst to c without the entries that are zero.
func (dst *CSR) Compact(c *CSR) {
	dst.Resize(c.Rows, c.Cols, 0)
	dst.Ptr[0] = 0
	For(c.Rows, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			n := int32(0)
			for _, v := range c.Val[c.Ptr[i]:c.Ptr[i+1]] {
				if v != 0 {
					n++
				}
			}
			dst.Ptr[i+1] = n
		}
	})
	for i := range c.Rows {
		dst.Ptr[i+1] += dst.Ptr[i]
	}
	n := int(dst.Ptr[c.Rows])
	dst.Idx, dst.Val = dst.ints(dst.Idx, n), dst.floats(dst.Val, n)
	For(c.Rows, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			at := dst.Ptr[i]
			idx, val := c.Row(i)
			for q, v := range val {
				if v != 0 {
					dst.Idx[at], dst.Val[at] = idx[q], v
					at++
				}
			}
		}
	})
}

// filter sets dst to the entries of c that keep, which hears of them in order, accepts.
func (dst *CSR) filter(c *CSR, keep func(v float32) bool) {
	dst.changed()
	dst.Rows, dst.Cols = c.Rows, c.Cols
	dst.Ptr = resize(dst.Ptr, c.Rows+1)
	dst.Idx, dst.Val = dst.Idx[:0], dst.Val[:0]
	dst.Ptr[0] = 0
	for i := range c.Rows {
		idx, val := c.Row(i)
		for q, v := range val {
			if keep(v) {
				dst.Idx, dst.Val = append(dst.Idx, idx[q]), append(dst.Val, v)
			}
		}
		dst.Ptr[i+1] = int32(len(dst.Idx))
	}
}

// Part makes dst rows of c from first on, in c's memory, with a pattern of its own.
func (dst *CSR) Part(c *CSR, first, rows int) {
	if dst.Pattern == nil {
		dst.Pattern = &Pattern{mem: c.mem}
	}
	lo, hi := c.Ptr[first], c.Ptr[first+rows]
	dst.changed()
	dst.Rows, dst.Cols, dst.Ptr = rows, c.Cols, dst.ints(dst.Ptr, rows+1)
	for i := range dst.Ptr {
		dst.Ptr[i] = c.Ptr[first+i] - lo
	}
	dst.Idx, dst.Val = c.Idx[lo:hi], c.Val[lo:hi]
}

// Twice sets dst to c's pattern, twice over: rows that belong together are c.Rows
// apart. The values are not set.
func (dst *CSR) Twice(c *CSR) {
	n := len(c.Idx)
	dst.Resize(2*c.Rows, c.Cols, 2*n)
	copy(dst.Ptr, c.Ptr)
	for i, p := range c.Ptr[1:] {
		dst.Ptr[c.Rows+1+i] = int32(n) + p
	}
	copy(dst.Idx, c.Idx)
	copy(dst.Idx[n:], c.Idx)
}
