// What every processor of its kind has: SSE2 on x86-64, NEON on arm64.

#include "table.h"
#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

#define LANES 4
#define ROWS 6
#define NAME(f) f##_base
typedef float NAME(V) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define V NAME(V)


// One bit for each lane where v is above the limit, or NaN, or the limit is.
static inline unsigned NAME(beyond)(V v, V limit) {
#if defined(__SSE2__)
	return (unsigned)_mm_movemask_ps(_mm_cmpnle_ps((__m128)v, (__m128)limit));
#elif defined(__ARM_NEON) && defined(__aarch64__)
	static const uint32_t lane[4] = {1, 2, 4, 8};
	return vaddvq_u32(vbicq_u32(vld1q_u32(lane), vcleq_f32((float32x4_t)v, (float32x4_t)limit)));
#else
	unsigned bits = 0;
	for (int i = 0; i < LANES; i++) bits |= (unsigned)!(v[i] <= limit[i]) << i;
	return bits;
#endif
}

static inline V NAME(root)(V v) {
#if defined(__SSE2__)
	return (V)_mm_sqrt_ps((__m128)v);
#elif defined(__ARM_NEON) && defined(__aarch64__)
	return (V)vsqrtq_f32((float32x4_t)v);
#else
	for (int i = 0; i < LANES; i++) v[i] = __builtin_sqrtf(v[i]);
	return v;
#endif
}

static inline V NAME(size)(V v) {
#if defined(__ARM_NEON) && defined(__aarch64__)
	return (V)vabsq_f32((float32x4_t)v);
#else
	for (int i = 0; i < LANES; i++) v[i] = __builtin_fabsf(v[i]);
	return v;
#endif
}

#include "kernels.h"
#include "encode.h"
#include "fill.h"
