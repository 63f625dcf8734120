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

// lineLen is the length of a line of n source pixels for resampleRow, which reads whole
// groups: what lies behind the pixels has the weight 0.
func lineLen(n int) int { return 3 * (n + tapGroup - 1) }

// resampleRow writes the outputs of t along one row. src is a line of RGB pixels from
// source column t.lo on, dst takes 3 × len(t.start) values.
func resampleRow(dst, src []uint8, t *taps) {
	for i, start := range t.start {
		weights, in := t.weights[i*t.width:][:groups(t.count[i])*tapGroup], src[3*(start-t.lo):]
		r, g, b := int32(half), int32(half), int32(half)
		for len(weights) >= tapGroup && len(in) >= 3*tapGroup { // the latter always holds, and spares checks
			w, px := (*[tapGroup]int32)(weights), (*[3 * tapGroup]uint8)(in)
			r += w[0]*int32(px[0]) + w[1]*int32(px[3]) + w[2]*int32(px[6]) + w[3]*int32(px[9])
			g += w[0]*int32(px[1]) + w[1]*int32(px[4]) + w[2]*int32(px[7]) + w[3]*int32(px[10])
			b += w[0]*int32(px[2]) + w[1]*int32(px[5]) + w[2]*int32(px[8]) + w[3]*int32(px[11])
			weights, in = weights[tapGroup:], in[3*tapGroup:]
		}
		out := dst[3*i:][:3]
		out[0], out[1], out[2] = clip(r), clip(g), clip(b)
	}
}

// resampleColumns writes output row i of t. src holds rows of len(dst) values,
// from source row t.lo on. sums is scratch of the length of dst.
func resampleColumns(dst, src []uint8, t *taps, i int, sums []int32) {
	weights, start := t.row(i)
	src = src[(start-t.lo)*len(dst):]
	for j := range sums {
		sums[j] = half
	}
	for ; len(weights) > tapGroup; weights, src = weights[tapGroup:], src[tapGroup*len(dst):] {
		addRows(sums, src, weights)
	}
	finishRows(dst, sums, src, weights)
}

// addRows adds the first rows of src, a group of them, to sums.
func addRows(sums []int32, src []uint8, weights []int32) {
	n := len(sums)
	p, q, r, s := src[:n], src[n:][:n], src[2*n:][:n], src[3*n:][:n]
	w := *(*[tapGroup]int32)(weights)
	for j := range sums {
		sums[j] += w[0]*int32(p[j]) + w[1]*int32(q[j]) + w[2]*int32(r[j]) + w[3]*int32(s[j])
	}
}

// finishRows adds the last rows, at most a group, and writes what comes of it. Where
// there are fewer, the last one stands in with the weight 0.
func finishRows(dst []uint8, sums []int32, src []uint8, weights []int32) {
	n, last := len(dst), len(weights)-1
	var w [tapGroup]int32
	copy(w[:], weights)
	p, q, r, s := src[:n], src[min(1, last)*n:][:n], src[min(2, last)*n:][:n], src[min(3, last)*n:][:n]
	sums = sums[:n]
	for j := range dst {
		dst[j] = clip(sums[j] + w[0]*int32(p[j]) + w[1]*int32(q[j]) + w[2]*int32(r[j]) + w[3]*int32(s[j]))
	}
}
