// Loops over numbers. The grid covers them, or goes over them in steps of its size.

#define FIRST ((wide)blockIdx.x * blockDim.x + threadIdx.x)
#define STEP ((wide)gridDim.x * blockDim.x)

// out = x − b in every row; x and out are (rows, d).
KERNEL(center)(float *out, const float *x, const float *b, int rows, int d) {
	for (wide q = FIRST; q < (wide)rows * d; q += STEP) out[q] = x[q] - b[q % d];
}

// out = f·(a − b)
KERNEL(difference)(float *out, const float *a, const float *b, float f, int n) {
	for (wide q = FIRST; q < n; q += STEP) out[q] = f * (a[q] - b[q]);
}

// out = f·x
KERNEL(scale)(float *out, const float *x, float f, int n) {
	for (wide q = FIRST; q < n; q += STEP) out[q] = f * x[q];
}
