// The part of CUDA C++ that the kernels use, for a compiler of C. What is not here, atomic
// sums of floats among it, does not compile.

#include "threads.h"
#include <math.h>
#include <stdbool.h>
#undef INFINITY // the device's compiler has no headers
#undef NAN

#define KERNEL(name) static void name
#define __device__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __shared__ static __attribute__((section("emu_shared"))) // garbage as a block starts

#define threadIdx emu_thread
#define blockIdx emu_block
#define blockDim emu_threads
#define gridDim emu_grid
#define warpSize 32

#define __syncthreads() ((void)emu_wait_block(EMU_SYNCTHREADS, 0, __FILE__, __LINE__))
#define __syncthreads_count(p) ((int)emu_wait_block(EMU_COUNT, (p) != 0, __FILE__, __LINE__))
#define __syncthreads_or(p) (__syncthreads_count(p) != 0)
#define __syncthreads_and(p) (__syncthreads_count(!(p)) == 0)

#define __syncwarp(...) ((void)emu_wait_warp(EMU_SYNCWARP, __VA_ARGS__ + 0xffffffffu * (sizeof #__VA_ARGS__ == 1), 0, 0, __FILE__, __LINE__))
#define __ballot_sync(mask, p) ((unsigned)emu_wait_warp(EMU_BALLOT, mask, 0, (p) != 0, __FILE__, __LINE__))
#define __any_sync(mask, p) (__ballot_sync(mask, p) != 0)
#define __all_sync(mask, p) (__ballot_sync(mask, !(p)) == 0)
#define __shfl_xor_sync(mask, v, by) EMU_SHUFFLE(EMU_XOR, mask, v, by)
#define __shfl_down_sync(mask, v, by) EMU_SHUFFLE(EMU_DOWN, mask, v, by)
#define __shfl_up_sync(mask, v, by) EMU_SHUFFLE(EMU_UP, mask, v, by)
#define __shfl_sync(mask, v, by) EMU_SHUFFLE(EMU_INDEX, mask, v, by)
#define EMU_SHUFFLE(op, mask, v, by) ({ \
	__typeof__((v) + 0) value_ = (v); \
	unsigned long long bits_ = 0; \
	__builtin_memcpy(&bits_, &value_, sizeof value_); \
	bits_ = emu_wait_warp(op, mask, bits_, by, __FILE__, __LINE__); \
	__builtin_memcpy(&value_, &bits_, sizeof value_); \
	value_; \
})
#define __threadfence() ((void)0)
#define __threadfence_block() ((void)0)

// Threads do not run at the same time.
#define EMU_ATOMIC(p, e) ({ \
	__typeof__(p) at_ = (p); \
	_Static_assert(_Generic(at_, int *: 1, unsigned *: 1, unsigned long long *: 1, default: 0), "integers only: the order of floats shows"); \
	__typeof__(*at_) old_ = *at_; \
	*at_ = (e); \
	old_; \
})
#define atomicAdd(p, v) EMU_ATOMIC(p, old_ + (v))
#define atomicSub(p, v) EMU_ATOMIC(p, old_ - (v))
#define atomicMax(p, v) EMU_ATOMIC(p, max(old_, (__typeof__(old_))(v)))
#define atomicMin(p, v) EMU_ATOMIC(p, min(old_, (__typeof__(old_))(v)))
#define atomicOr(p, v) EMU_ATOMIC(p, old_ | (v))
#define atomicAnd(p, v) EMU_ATOMIC(p, old_ & (v))
#define atomicExch(p, v) EMU_ATOMIC(p, (v))
#define atomicCAS(p, compare, v) EMU_ATOMIC(p, old_ == (compare) ? (v) : old_)

#define min(a, b) ({ __typeof__((a) + (b)) a_ = (a), b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__((a) + (b)) a_ = (a), b_ = (b); a_ > b_ ? a_ : b_; })

#define __popc(v) __builtin_popcount(v)
#define __popcll(v) __builtin_popcountll(v)
#define __clz(v) ({ unsigned v_ = (v); v_ ? __builtin_clz(v_) : 32; })
#define __ffs(v) __builtin_ffs(v)
#define __ldg(p) (*(p))
#define __fmaf_rn fmaf
#define __fsqrt_rn sqrtf

#define EMU_CAST(name, from, to) static inline to name(from v) { to t; __builtin_memcpy(&t, &v, sizeof t); return t; }
EMU_CAST(__float_as_uint, float, unsigned)
EMU_CAST(__float_as_int, float, int)
EMU_CAST(__uint_as_float, unsigned, float)
EMU_CAST(__int_as_float, int, float)

typedef struct { float x, y, z, w; } __attribute__((aligned(16))) float4;
static inline float4 make_float4(float x, float y, float z, float w) { return (float4){x, y, z, w}; }
