// Kernels for the tests of the emulator itself.

// Each block sums x (n), of its own turn, in the order of a tree.
KERNEL(probe_sum)(float *out, const float *x, int n) {
	__shared__ float part[32];
	float s = 0;
	for (int i = threadIdx.x; i < n; i += blockDim.x) s += x[i] * (blockIdx.x + 1);
	for (int by = 16; by > 0; by /= 2) s += __shfl_xor_sync(0xffffffffu, s, by);
	if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = s;
	__syncthreads();
	if (threadIdx.x < 32) {
		s = threadIdx.x < blockDim.x / 32 ? part[threadIdx.x] : 0;
		for (int by = 16; by > 0; by /= 2) s += __shfl_down_sync(0xffffffffu, s, by);
		if (threadIdx.x == 0) out[blockIdx.x] = s;
	}
}

// What the functions of a warp and of a block give, for 32 numbers; 64 threads.
KERNEL(probe_warp)(int *out, const float *x) {
	int lane = threadIdx.x % 32;
	unsigned odd = 0xaaaaaaaau, above = __ballot_sync(0xffffffffu, x[lane] > 3);
	int even = 0;
	if (lane & 1) {
		even = __shfl_sync(odd, lane, 1) + __popc(__ballot_sync(odd, 1));
	}
	__syncwarp();
	double d = __shfl_up_sync(0xffffffffu, (double)lane, 1);
	int n = __syncthreads_count(lane == 0), any = __syncthreads_or(threadIdx.x == 5);
	if (threadIdx.x == 33) {
		out[0] = above, out[1] = even, out[2] = (int)d, out[3] = n, out[4] = any, out[5] = __any_sync(2, 1);
		out[6] = atomicAdd(&out[7], 5), out[8] = __clz(1), out[9] = (int)__float_as_uint(1.0f);
	}
}

// What is wrong with how: see the test.
KERNEL(probe_wrong)(float *out, int how) {
	__shared__ float s[64];
	int t = threadIdx.x;
	if (how == 0 && t == 3) return;
	if (how == 1 && t == 3) __syncthreads();
	if (how == 2 && t < 32) __shfl_xor_sync(0xffffffffu, t, t == 3 ? 32 : 1);
	if (how == 3 && t != 3) __shfl_xor_sync(0xffffffffu, t, 1);
	if (how == 4 && t < 8) (void)__ballot_sync(0xffffu, 1);
	if (how == 4 && t >= 8 && t < 16) __shfl_sync(0xffffu, t, 9);
	if (how == 5) s[t] = t == 63; // and no barrier
	if (how == 6 && t == 0) s[63] = 1;
	if (how != 5) __syncthreads();
	out[t] = s[63 - t];
	if (how == 3) __syncthreads();
}

#define PROBES(K) \
	K(probe_sum, float *, const float *, int) \
	K(probe_warp, int *, const float *) \
	K(probe_wrong, float *, int)
