// Inner products of rows, by codes.

// g = x·w[idx] / div at the codes of each row of x, (rows, d); div may be 0. Where there
// are levels, those of level l, below widths[l], have row l·rows + i of x. A block has a
// row, and a warp four of its entries at a time, so that they share what is read of x.
KERNEL(code_grad)(float *g, const int *ptr, const int *idx, const float *w, const float *x, const float *div,
	const int *widths, int levels, int rows, int d, int fours) {
	int i = blockIdx.x, lane = threadIdx.x % 32, from = ptr[i], end = ptr[i + 1];
	for (int l = 0; l < levels; l++) {
		int to = widths ? at_least(idx, from, end, widths[l]) : end;
		const float *row = x + ((wide)l * rows + i) * d;
		for (int q = from + threadIdx.x / 32 * 4; q < to; q += blockDim.x / 32 * 4) {
			const float *a[4];
			float s[4] = {0, 0, 0, 0};
#pragma unroll
			for (int u = 0; u < 4; u++)
				a[u] = w + (wide)idx[q + u < to ? q + u : to - 1] * d;
			for (int k = lane * 4; k < d; k += 128) {
				float4 v = take(row, k, d, fours);
#pragma unroll
				for (int u = 0; u < 4; u++) {
					float4 o = take(a[u], k, d, fours);
					s[u] += v.x * o.x + v.y * o.y + v.z * o.z + v.w * o.w;
				}
			}
#pragma unroll
			for (int u = 0; u < 4; u++) {
				s[u] = warp_sum_float(s[u]);
				if (lane == u && q + u < to)
					g[q + u] = div ? s[u] / div[idx[q + u]] : s[u];
			}
		}
		from = to;
	}
}
