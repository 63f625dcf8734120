package pixels

import "slices"

// grow returns buf with length n, its content undefined.
func grow[T any](buf []T, n int) []T {
	return slices.Grow(buf[:0], n)[:n]
}

// clip turns a fixed-point sum into a pixel value.
func clip(sum int32) uint8 {
	return uint8(min(max(sum>>precision, 0), 255))
}

// half is what a sum starts at, so that the shift in clip rounds.
const half = 1 << (precision - 1)

// resampleRow writes the outputs of t along one row. src holds RGB pixels from
// source column t.lo on, dst takes 3 × len(t.start) values.
func resampleRow(dst, src []uint8, t *taps) {
	for i := range t.start {
		weights, start := t.row(i)
		in := src[3*(start-t.lo):][:3*len(weights)]
		r, g, b := int32(half), int32(half), int32(half)
		for _, w := range weights {
			r += w * int32(in[0])
			g += w * int32(in[1])
			b += w * int32(in[2])
			in = in[3:]
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = clip(r), clip(g), clip(b)
	}
}

// resampleColumns writes output row i of t. src holds rows of len(dst) values,
// from source row t.lo on. sums is scratch of the length of dst.
func resampleColumns(dst, src []uint8, t *taps, i int, sums []int32) {
	for j := range sums {
		sums[j] = half
	}
	weights, start := t.row(i)
	for k, w := range weights {
		row := src[(start-t.lo+k)*len(dst):][:len(sums)]
		for j, v := range row {
			sums[j] += w * int32(v)
		}
	}
	for j, sum := range sums {
		dst[j] = clip(sum)
	}
}
