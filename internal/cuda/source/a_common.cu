// What the other files need; it is the first of them.

// A kernel: KERNEL(name)(arguments) { ... }. Package emulator has a meaning of its own.
#ifndef KERNEL
#define KERNEL(name) extern "C" __global__ void name
#endif

// A function that kernels call.
#define DEVICE static __device__ __forceinline__

// All lanes of a warp.
#define ALL 0xffffffffu

typedef long long wide; // an index that may pass 2^31

// The sum of v over the warp, for all its lanes.
DEVICE double warp_sum(double v) {
	for (int by = 16; by > 0; by /= 2)
		v += __shfl_xor_sync(ALL, v, by);
	return v;
}

DEVICE float warp_sum_float(float v) {
	for (int by = 16; by > 0; by /= 2)
		v += __shfl_xor_sync(ALL, v, by);
	return v;
}

// The sum of v over the block, whose threads are whole warps, for all of them.
DEVICE double block_sum(double v) {
	__shared__ double part[32];
	int lane = threadIdx.x % 32;
	v = warp_sum(v);
	__syncthreads(); // who called before has read part
	if (lane == 0)
		part[threadIdx.x / 32] = v;
	__syncthreads();
	return warp_sum(lane < blockDim.x / 32 ? part[lane] : 0);
}

// Columns k to k+3 of a row of d. Fours says that rows may be read and written four columns
// at a time: d is a multiple of 4, and rows start at multiples of 16 bytes.
DEVICE float4 take(const float *row, int k, int d, int fours) {
	if (fours)
		return *(const float4 *)(row + k);
	return make_float4(row[k], k + 1 < d ? row[k + 1] : 0, k + 2 < d ? row[k + 2] : 0, k + 3 < d ? row[k + 3] : 0);
}

DEVICE void put(float *row, int k, int d, int fours, float4 v) {
	if (fours) {
		*(float4 *)(row + k) = v;
		return;
	}
	row[k] = v.x;
	if (k + 1 < d)
		row[k + 1] = v.y;
	if (k + 2 < d)
		row[k + 2] = v.z;
	if (k + 3 < d)
		row[k + 3] = v.w;
}

// The first of a row's entries [from, to) whose latent is j or greater.
DEVICE int at_least(const int *idx, int from, int to, int j) {
	while (from < to) {
		int mid = from + (to - from) / 2;
		if (idx[mid] < j)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}
