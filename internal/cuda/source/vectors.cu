// Numbers, each for itself. The grid goes over them in steps of its size.

#define FIRST ((wide)blockIdx.x * blockDim.x + threadIdx.x)
#define STEP ((wide)gridDim.x * blockDim.x)

// out = x − b in every row; x and out are (rows, d). A block has a row, and every so many.
KERNEL(center)(float *out, const float *x, const float *b, int rows, int d) {
	for (int i = blockIdx.x; i < rows; i += gridDim.x)
		for (int k = threadIdx.x; k < d; k += blockDim.x)
			out[(wide)i * d + k] = x[(wide)i * d + k] - b[k];
}

// out = f·(a − b)
KERNEL(difference)(float *out, const float *a, const float *b, float f, int n) {
	for (wide q = FIRST; q < n; q += STEP)
		out[q] = f * (a[q] - b[q]);
}

// out = f·x
KERNEL(scale)(float *out, const float *x, float f, int n) {
	for (wide q = FIRST; q < n; q += STEP)
		out[q] = f * x[q];
}

// One step of Adam; see kernels.Adam.
KERNEL(adam)(float *p, const float *g, float *m, float *v,
	float clip, float b1, float b2, float c2, float lr, float root, float eps, int n) {
	for (wide q = FIRST; q < n; q += STEP) {
		float gk = clip * g[q];
		float mk = m[q] + b1 * (gk - m[q]);
		float vk = b2 * v[q] + c2 * gk * gk;
		m[q] = mk;
		v[q] = vk;
		p[q] -= lr * mk / (sqrtf(vk) / root + eps);
	}
}
