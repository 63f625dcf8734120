// AVX2 with FMA: 16 registers of 8 floats, 12 of which hold a block of encode.

#include "table.h"
#include "target.h"
TARGET("avx2,fma")
#include <immintrin.h>

#define LANES 8
#define ROWS 6
#define NAME(f) f##_avx2
typedef float NAME(V) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define V NAME(V)

// One bit for each lane where v is above the limit, or NaN, or the limit is.
static inline unsigned NAME(beyond)(V v, V limit) {
	return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps((__m256)v, (__m256)limit, _CMP_NLE_UQ));
}
static inline V NAME(root)(V v) { return (V)_mm256_sqrt_ps((__m256)v); }
static inline V NAME(size)(V v) { return (V)_mm256_andnot_ps(_mm256_set1_ps(-0.f), (__m256)v); }

#include "kernels.h"
#include "encode.h"
#include "fill.h"
TARGET_END
