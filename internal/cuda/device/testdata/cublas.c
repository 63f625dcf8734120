// A cuBLAS of a few lines: column-major products of what is called.
#include <stddef.h>
#include <stdlib.h>

static void *stream, *workspace;
static char handle;

int cublasGetProperty(int which, int *value) { const char *v = getenv("FAKE_CUBLAS"); *value = which ? 0 : v ? atoi(v) : 13; return 0; }
int cublasCreate_v2(void **h) { *h = &handle; return 0; }
int cublasDestroy_v2(void *h) { return 0; }
int cublasSetStream_v2(void *h, void *s) { stream = s; workspace = 0; return 0; }
int cublasSetWorkspace_v2(void *h, void *at, size_t bytes) { workspace = at; return 0; }
const char *cublasGetStatusName(int status) { return status == 7 ? "CUBLAS_STATUS_INVALID_VALUE" : "CUBLAS_STATUS_OF_TEST"; }

int cublasGemmEx(void *h, int ta, int tb, int m, int n, int k, const float *alpha, const float *a, int at, int lda, const float *b, int bt, int ldb,
		const float *beta, float *c, int ct, int ldc, int compute, int algo) {
	if (h != &handle || !stream || !workspace) return 14;
	if (at || bt || ct || algo != -1 || (compute != 68 && compute != 75 && compute != 77)) return 15;
	if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m || lda < 1 || ldb < 1) return 7;
	for (int j = 0; j < n; j++)
		for (int i = 0; i < m; i++) {
			double sum = 0;
			for (int l = 0; l < k; l++)
				sum += (double)(ta ? a[i * lda + l] : a[l * lda + i]) * (tb ? b[l * ldb + j] : b[j * ldb + l]);
			float *to = &c[j * ldc + i];
			*to = *alpha * sum + (*beta ? *beta * *to : 0);
		}
	return 0;
}
