// Codes with their zeros, (rows, cols), for products of matrices. A block has a row.

// h = the codes, times scale and over div of their latents, which may be 0.
KERNEL(dense_spread)(float *h, const int *ptr, const int *idx, const float *val, const float *scale, const float *div, int cols) {
	float *row = h + (wide)blockIdx.x * cols;
	for (int j = threadIdx.x; j < cols; j += blockDim.x)
		row[j] = 0;
	__syncthreads();
	for (int q = ptr[blockIdx.x] + threadIdx.x; q < ptr[blockIdx.x + 1]; q += blockDim.x) {
		int j = idx[q];
		float f = scale ? scale[j] : 1;
		if (div)
			f /= div[j];
		row[j] = f * val[q];
	}
}

// val = h at the codes, over div, which may be 0.
KERNEL(dense_pick)(float *val, const int *ptr, const int *idx, const float *h, const float *div, int cols) {
	const float *row = h + (wide)blockIdx.x * cols;
	for (int q = ptr[blockIdx.x] + threadIdx.x; q < ptr[blockIdx.x + 1]; q += blockDim.x)
		val[q] = div ? row[idx[q]] / div[idx[q]] : row[idx[q]];
}

// out = b in every row of d.
KERNEL(dense_repeat)(float *out, const float *b, int d) {
	for (int k = threadIdx.x; k < d; k += blockDim.x)
		out[(wide)blockIdx.x * d + k] = b[k];
}
