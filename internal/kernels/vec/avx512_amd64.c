// AVX-512: 32 registers of 16 floats, 24 of which hold a block of encode.

#include "table.h"
#include "target.h"
TARGET("avx512f,avx512dq,avx2,fma")
#include <immintrin.h>

#define LANES 16
#define ROWS 12
#define NAME(f) f##_avx512
typedef float NAME(V) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define V NAME(V)

// One bit for each lane where v is above the limit, or NaN, or the limit is.
static inline unsigned NAME(beyond)(V v, V limit) {
	return _mm512_cmp_ps_mask((__m512)v, (__m512)limit, _CMP_NLE_UQ);
}
static inline V NAME(root)(V v) { return (V)_mm512_sqrt_ps((__m512)v); }
static inline V NAME(size)(V v) { return (V)_mm512_abs_ps((__m512)v); }

#include "kernels.h"
#include "encode.h"
#include "fill.h"
TARGET_END
