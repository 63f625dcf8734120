// The two parts of a gated SAE's codes: internal/kernels/gate.go says what they are. Those
// of entry q of a, of n, are entries q and n + q of both.

KERNEL(gate_scale)(float *scale, const float *r, int n) {
	int j = blockIdx.x * blockDim.x + threadIdx.x;
	if (j < n)
		scale[j] = (float)exp((double)r[j]);
}

// both (2·rows + 1) is ptr (rows + 1), twice over.
KERNEL(gate_ptr)(int *both, const int *ptr, int rows, int n) {
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	if (i < rows)
		both[i] = ptr[i];
	if (i <= rows)
		both[rows + i] = n + ptr[i];
}

KERNEL(gate)(float *both, const float *a, const int *idx, const float *gate, const float *mag, const float *scale,
	int lo, int hi, int n) {
	for (wide q = lo + (wide)blockIdx.x * blockDim.x + threadIdx.x; q < hi; q += (wide)gridDim.x * blockDim.x) {
		int j = idx[q];
		float m = a[q] * scale[j] + mag[j];
		both[q] = m <= 0 ? 0 : m; // NaN stays
		both[n + q] = a[q] + gate[j];
	}
}

// out = the gradient at a, from g, that at both.
KERNEL(gate_codes_grad)(float *out, const float *g, const float *both, const int *idx, const float *scale,
	int lo, int hi, int n) {
	for (wide q = lo + (wide)blockIdx.x * blockDim.x + threadIdx.x; q < hi; q += (wide)gridDim.x * blockDim.x)
		out[q] = (both[q] > 0 ? g[q] : 0) * scale[idx[q]] + g[n + q];
}

// The gradients at the vectors, from g, that at both; 0 for those that nobody asks for. A
// warp has a latent, whose entries pos are.
KERNEL(gate_vectors_grad)(float *gate, float *mag, float *r, const float *g, const float *both, const float *a,
	const int *ptr, const int *pos, const float *scale, int cols, int n) {
	int j = blockIdx.x * 8 + threadIdx.x / 32;
	if (j >= cols)
		return;
	double by_gate = 0, by_mag = 0, by_r = 0;
	for (int p = ptr[j] + threadIdx.x % 32; p < ptr[j + 1]; p += 32) {
		wide q = pos[p];
		float m = both[q] > 0 ? g[q] : 0;
		by_gate += g[n + q];
		by_mag += m;
		by_r += m * a[q] * scale[j];
	}
	by_gate = warp_sum(by_gate);
	by_mag = warp_sum(by_mag);
	by_r = warp_sum(by_r);
	if (threadIdx.x % 32 != 0)
		return;
	if (gate)
		gate[j] = (float)by_gate;
	if (mag)
		mag[j] = (float)by_mag;
	if (r)
		r[j] = (float)by_r;
}
