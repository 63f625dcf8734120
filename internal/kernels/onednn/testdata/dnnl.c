// The part of oneDNN that the package uses, slow and plain, for its tests. The tests
// choose by macros what is wrong with it.
#include <stdint.h>
#include <string.h>

#ifndef RUNTIME
#define RUNTIME 1 // 1: none, 2: OpenMP, 4: TBB
#endif

typedef struct {
	int major, minor, patch;
	const char *hash;
	unsigned cpu_runtime, gpu_runtime;
} version;

const version *dnnl_version(void) {
	static const version v = {3, 2, 1, "test", RUNTIME, 0};
	return &v;
}

// As in OpenMP, the number is each thread's own; at first it is that of the processors.
static _Thread_local int threads = 64;

#ifndef NO_OMP
void omp_set_num_threads(int n) { threads = n; }
#endif

static float widen(uint16_t b) {
	uint32_t u = (uint32_t)b << 16;
	float v;
	memcpy(&v, &u, sizeof v);
	return v;
}

#ifndef NO_GEMM
// Row-major: element (i, j) of A is a[i * lda + j], or a[j * lda + i] if transposed.
int dnnl_gemm_bf16bf16f32(char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha, const uint16_t *a, int64_t lda, const uint16_t *b, int64_t ldb, float beta, float *c, int64_t ldc) {
#ifdef STATUS
	return STATUS;
#endif
	if (RUNTIME == 2 && threads != 1) return 5;
	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < n; j++) {
			float sum = 0;
			for (int64_t p = 0; p < k; p++) {
				uint16_t x = transa == 'N' ? a[i * lda + p] : a[p * lda + i];
				uint16_t y = transb == 'N' ? b[p * ldb + j] : b[j * ldb + p];
				sum += widen(x) * widen(y);
			}
			float *out = &c[i * ldc + j];
			*out = alpha * sum + (beta == 0 ? 0 : beta * *out);
		}
#ifdef WRONG
	c[0] = 1;
#endif
	return 0;
}
#endif
