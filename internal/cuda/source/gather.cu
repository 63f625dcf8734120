// Sums of rows of a matrix, by codes. A block has a part of a row: each thread four of its
// columns; the row has as many parts as it takes.

#define TILE 256 // entries at a time

// The thread's first column.
DEVICE int own_column(int parts) { return (blockIdx.x % parts * blockDim.x + threadIdx.x) * 4; }

// s += Σ factor[q]·w[at[q]] over n rows of w, (…, d), at the columns from k on.
DEVICE float4 add_rows(float4 s, const float *factor, const int *at, int n, const float *w, int k, int d, int fours) {
#pragma unroll 4
	for (int q = 0; q < n; q++) {
		float f = factor[q];
		float4 v = take(w + (wide)at[q] * d, k, d, fours);
		s.x += f * v.x;
		s.y += f * v.y;
		s.z += f * v.z;
		s.w += f * v.w;
	}
	return s;
}

// s += Σ val/div · w[idx] over the entries [lo, hi).
DEVICE float4 add_entries(float4 s, int lo, int hi, const int *idx, const float *val, const float *div,
	const float *w, int k, int d, int fours) {
	__shared__ float factor[TILE];
	__shared__ int at[TILE];
	for (int from = lo; from < hi; from += TILE) {
		int n = hi - from < TILE ? hi - from : TILE;
		__syncthreads(); // the tile before has been read
		for (int q = threadIdx.x; q < n; q += blockDim.x) {
			int j = idx[from + q];
			at[q] = j;
			factor[q] = div ? val[from + q] / div[j] : val[from + q];
		}
		__syncthreads();
		if (k < d)
			s = add_rows(s, factor, at, n, w, k, d, fours);
	}
	return s;
}

DEVICE float4 scaled(float4 v, float f, float shift) {
	return make_float4(v.x * f + shift, v.y * f + shift, v.z * f + shift, v.w * f + shift);
}

DEVICE float4 minus(float4 a, float4 b) { return make_float4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w); }

// The sum of squares of the columns that there are.
DEVICE double squares_of(float4 v, int k, int d) {
	double s = (double)v.x * v.x;
	if (k + 1 < d)
		s += (double)v.y * v.y;
	if (k + 2 < d)
		s += (double)v.z * v.z;
	if (k + 3 < d)
		s += (double)v.w * v.w;
	return s;
}

// out = (codes ⊘ div)·w + b; b and div may be 0. Where there is a target, residual is
// f·(out − target), and each block's Σ (out − target)² is in errors.
KERNEL(decode)(float *out, const int *ptr, const int *idx, const float *val, const float *w, const float *b, const float *div,
	const float *target, float *residual, float f, double *errors, int d, int parts, int fours) {
	int i = blockIdx.x / parts, k = own_column(parts);
	float4 s = make_float4(0, 0, 0, 0);
	double error = 0;
	if (b && k < d)
		s = take(b, k, d, fours);
	s = add_entries(s, ptr[i], ptr[i + 1], idx, val, div, w, k, d, fours);
	if (k < d)
		put(out + (wide)i * d, k, d, fours, s);
	if (!target)
		return;
	if (k < d) {
		float4 e = minus(s, take(target + (wide)i * d, k, d, fours));
		put(residual + (wide)i * d, k, d, fours, scaled(e, f, 0));
		error = squares_of(e, k, d);
	}
	error = block_sum(error);
	if (threadIdx.x == 0)
		errors[blockIdx.x] = error;
}

// See kernels.Levels: out has the last level, or all if every is set. scale and mean, of
// rows, may be 0. errors are (levels, blocks).
KERNEL(decode_levels)(float *out, float *sums, const int *ptr, const int *idx, const float *val,
	const float *w, const float *b, const float *div, const float *target, const float *scale, const float *mean,
	const int *widths, int levels, int every, float f, double *errors, int rows, int d, int parts, int fours) {
	int i = blockIdx.x / parts, k = own_column(parts), from = ptr[i];
	wide all = (wide)rows * d, row = (wide)i * d;
	float4 s = make_float4(0, 0, 0, 0), t = s;
	if (k < d) {
		if (b)
			s = take(b, k, d, fours);
		t = take(target + row, k, d, fours);
	}
	for (int l = 0; l < levels; l++) {
		int to = at_least(idx, from, ptr[i + 1], widths[l]);
		double error = 0;
		s = add_entries(s, from, to, idx, val, div, w, k, d, fours);
		from = to;
		if (k < d) {
			float4 o = scale ? scaled(s, scale[i], mean ? mean[i] : 0) : s, e = minus(o, t);
			if (every || l == levels - 1)
				put(out + (every ? l * all : 0) + row, k, d, fours, o);
			put(sums + l * all + row, k, d, fours, scaled(e, scale ? f * scale[i] : f, 0));
			error = squares_of(e, k, d);
		}
		error = block_sum(error);
		if (threadIdx.x == 0)
			errors[(wide)l * gridDim.x + blockIdx.x] = error;
	}
	if (k >= d)
		return;
	for (int l = levels - 2; l >= 0; l--) {
		float4 a = take(sums + l * all + row, k, d, fours), o = take(sums + (l + 1) * all + row, k, d, fours);
		put(sums + l * all + row, k, d, fours, make_float4(a.x + o.x, a.y + o.y, a.z + o.z, a.w + o.w));
	}
}

// g[j] = scale/div · Σ val·src[row] over the entries of latent j, from first on; it is added
// if add is set. scale and div may be 0. ptr, row and pos are the transpose.
KERNEL(row_grad)(float *g, const int *ptr, const int *row, const int *pos, const float *val, const float *src,
	const float *scale, const float *div, int first, int add, int d, int parts, int fours) {
	__shared__ float factor[TILE];
	__shared__ int at[TILE];
	int j = first + blockIdx.x / parts, k = own_column(parts), lo = ptr[j], hi = ptr[j + 1];
	float4 s = make_float4(0, 0, 0, 0);
	float f = scale ? scale[j] : 1;
	if (lo == hi && add)
		return;
	if (div)
		f /= div[j];
	if (add && k < d)
		s = take(g + (wide)j * d, k, d, fours);
	for (int from = lo; from < hi; from += TILE) {
		int n = hi - from < TILE ? hi - from : TILE;
		__syncthreads(); // the tile before has been read
		for (int q = threadIdx.x; q < n; q += blockDim.x) {
			at[q] = row[from + q];
			factor[q] = f * val[pos[from + q]];
		}
		__syncthreads();
		if (k < d)
			s = add_rows(s, factor, at, n, src, k, d, fours);
	}
	if (k < d)
		put(g + (wide)j * d, k, d, fours, s);
}
