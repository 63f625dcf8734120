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
