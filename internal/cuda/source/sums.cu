// Sums in double: of pieces, and then of these, in an order that only sizes decide.

// Each block sums its part of (a − b)², or of a² where b is 0.
KERNEL(squares)(double *parts, const float *a, const float *b, int n) {
	double s = 0;
	for (wide q = (wide)blockIdx.x * blockDim.x + threadIdx.x; q < n; q += (wide)gridDim.x * blockDim.x) {
		double e = b ? a[q] - b[q] : a[q];
		s += e * e;
	}
	s = block_sum(s);
	if (threadIdx.x == 0)
		parts[blockIdx.x] = s;
}

// Block b sums the n parts from b·n on.
KERNEL(sum_parts)(double *out, const double *parts, int n) {
	parts += (wide)blockIdx.x * n;
	double s = 0;
	for (int q = threadIdx.x; q < n; q += blockDim.x)
		s += parts[q];
	s = block_sum(s);
	if (threadIdx.x == 0)
		out[blockIdx.x] = s;
}

// Sums of x (n, d) over the rows of a piece, each times its weight: parts (pieces, d). A
// block has a piece of some columns, groups of them to a row; weight may be 0 for ones.
KERNEL(column_parts)(double *parts, const float *x, const float *weight, int n, int d, int piece, int groups) {
	int k = blockIdx.x % groups * blockDim.x + threadIdx.x, p = blockIdx.x / groups;
	wide to = (wide)(p + 1) * piece < n ? (wide)(p + 1) * piece : n;
	if (k >= d)
		return;
	double s = 0;
	for (wide i = (wide)p * piece; i < to; i++) {
		float v = weight ? weight[i] : 1;
		if (v != 0)
			s += (double)v * x[i * d + k];
	}
	parts[(wide)p * d + k] = s;
}

// out (d) = f times the sums of the parts.
KERNEL(column_sums)(float *out, const double *parts, double f, int pieces, int d) {
	int k = blockIdx.x * blockDim.x + threadIdx.x;
	if (k >= d)
		return;
	double s = 0;
	for (int p = 0; p < pieces; p++)
		s += parts[(wide)p * d + k];
	out[k] = (float)(f * s);
}
