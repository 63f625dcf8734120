// The JumpReLU and its estimated gradients: internal/kernels/jump.go says what they are.

// 1 where h is within the rectangle around the threshold, else 0.
DEVICE float jump_inside(float h, float threshold, float width) {
	float u = (h - threshold) / width;
	return u > -0.5f && u < 0.5f ? 1 : 0;
}

// out = h above the threshold, else 0, for the entries [lo, hi).
KERNEL(jump)(float *out, const float *h, const int *idx, const float *threshold, int lo, int hi) {
	for (wide q = lo + (wide)blockIdx.x * blockDim.x + threadIdx.x; q < hi; q += (wide)gridDim.x * blockDim.x)
		out[q] = h[q] <= threshold[idx[q]] ? 0 : h[q];
}

// out = the derivative by h, times g, for the entries [lo, hi).
KERNEL(jump_grad)(float *out, const float *g, const float *h, const int *idx, const float *threshold,
	float width, int to_input, int lo, int hi) {
	for (wide q = lo + (wide)blockIdx.x * blockDim.x + threadIdx.x; q < hi; q += (wide)gridDim.x * blockDim.x) {
		float t = threshold[idx[q]], d = h[q] > t ? 1 : 0;
		if (to_input)
			d += t / width * jump_inside(h[q], t, width);
		out[q] = d * g[q];
	}
}

// out = the gradient at the threshold. A warp has a latent, whose entries pos are.
KERNEL(jump_threshold_grad)(float *out, const float *g, const float *h, const int *ptr, const int *pos,
	const float *threshold, float width, int cols) {
	int j = blockIdx.x * 8 + threadIdx.x / 32;
	if (j >= cols)
		return;
	float t = threshold[j];
	double s = 0;
	for (int p = ptr[j] + threadIdx.x % 32; p < ptr[j + 1]; p += 32)
		s += t / width * jump_inside(h[pos[p]], t, width) * g[pos[p]];
	s = warp_sum(s);
	if (threadIdx.x % 32 == 0)
		out[j] = (float)-s;
}
