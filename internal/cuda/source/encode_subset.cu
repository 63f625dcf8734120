// Some latents in place of all, and the least of values.

// out (latents, d) is those rows of w. A block has one.
KERNEL(encode_gather_rows)(float *out, const float *w, const int *latents, int d) {
	float *to = out + (wide)blockIdx.x * d;
	const float *from = w + (wide)latents[blockIdx.x] * d;
	for (int k = threadIdx.x; k < d; k += 256)
		to[k] = from[k];
}

KERNEL(encode_gather)(float *out, const float *v, const int *latents, int n) {
	int i = blockIdx.x * 256 + threadIdx.x;
	if (i < n)
		out[i] = v[latents[i]];
}

// idx (n), numbers in latents, become latents.
KERNEL(encode_rename)(int *idx, const int *latents, int n) {
	int i = blockIdx.x * 256 + threadIdx.x;
	if (i < n)
		idx[i] = latents[idx[i]];
}

// An integer of the order of v; NaN is below everything, since one of them makes the least
// value NaN.
DEVICE unsigned encode_order(float v) {
	unsigned u = __float_as_uint(v);
	if (v != v)
		return 0;
	return u & 0x80000000u ? ~u : u | 0x80000000u;
}

DEVICE unsigned encode_block_min(unsigned least) {
	__shared__ unsigned warps[8];
	for (int d = 16; d > 0; d /= 2) {
		unsigned other = __shfl_xor_sync(ALL, least, d);
		least = other < least ? other : least;
	}
	if (threadIdx.x % 32 == 0)
		warps[threadIdx.x / 32] = least;
	__syncthreads();
	for (int w = 0; w < 8; w++)
		least = warps[w] < least ? warps[w] : least;
	return least;
}

// out (blocks) is the least values of v (n), in encode_order.
KERNEL(encode_least)(const float *v, int n, unsigned *out) {
	unsigned least = ENCODE_OUT;
	for (wide i = (wide)blockIdx.x * 256 + threadIdx.x; i < n; i += (wide)gridDim.x * 256) {
		unsigned u = encode_order(v[i]);
		least = u < least ? u : least;
	}
	least = encode_block_min(least);
	if (threadIdx.x == 0)
		out[blockIdx.x] = least;
}

// out is the least of n of encode_least's. One block.
KERNEL(encode_least_all)(const unsigned *v, int n, float *out) {
	unsigned least = ENCODE_OUT;
	for (int i = threadIdx.x; i < n; i += 256)
		least = v[i] < least ? v[i] : least;
	least = encode_block_min(least);
	if (threadIdx.x == 0)
		*out = __uint_as_float(least == 0 ? 0x7fc00000u : least & 0x80000000u ? least & 0x7fffffffu : ~least);
}
