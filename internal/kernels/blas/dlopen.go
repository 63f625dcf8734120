//go:build cgo && (linux || darwin)

package blas

/*
enum { ROW_MAJOR = 101 };

typedef void (*sgemm_fn)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void (*dgemm_fn)(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);

static void call_sgemm(void *f, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
	((sgemm_fn)f)(ROW_MAJOR, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
static void call_dgemm(void *f, int ta, int tb, int m, int n, int k, double alpha, const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc) {
	((dgemm_fn)f)(ROW_MAJOR, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
static void call_set_threads(void *f, int n) { ((void (*)(int))f)(n); }
static int call_threads(void *f) { return ((int (*)(void))f)(); }
static const char *call_text(void *f) { return ((const char *(*)(void))f)(); }
*/
import "C"

import (
	"fmt"
	"unsafe"

	"gonum.org/v1/gonum/blas"

	"github.com/saego/saego/internal/native/dl"
)

// handle holds the functions of a loaded OpenBLAS.
type handle struct {
	fSgemm, fDgemm, fSetThreads, fThreads, fConfig, fCore unsafe.Pointer
}

// prefixes are what builds of OpenBLAS put before their names: scipy's wheel, then
// everyone else.
var prefixes = []string{"scipy_", ""}

func openHandle(path string) (handle, error) {
	lib, err := dl.Open(path)
	if err != nil {
		return handle{}, err
	}
	for _, p := range prefixes {
		h := handle{
			fSgemm:      lib.Symbol(p + "cblas_sgemm"),
			fDgemm:      lib.Symbol(p + "cblas_dgemm"),
			fSetThreads: lib.Symbol(p + "openblas_set_num_threads"),
			fThreads:    lib.Symbol(p + "openblas_get_num_threads"),
			fConfig:     lib.Symbol(p + "openblas_get_config"),
			fCore:       lib.Symbol(p + "openblas_get_corename"),
		}
		if h.fSgemm != nil && h.fDgemm != nil && h.fSetThreads != nil && h.fThreads != nil && h.fConfig != nil && h.fCore != nil {
			return h, nil
		}
	}
	lib.Close()
	return handle{}, fmt.Errorf("%s is not OpenBLAS: it lacks cblas_sgemm or openblas_set_num_threads", path)
}

func (h handle) setThreads(n int) { C.call_set_threads(h.fSetThreads, C.int(n)) }
func (h handle) threads() int     { return int(C.call_threads(h.fThreads)) }
func (h handle) config() string   { return C.GoString(C.call_text(h.fConfig)) }
func (h handle) core() string     { return C.GoString(C.call_text(h.fCore)) }

// cblas returns CBLAS's number for t.
func cblas(t blas.Transpose) C.int {
	if t == blas.NoTrans {
		return 111
	}
	return 112
}

func (h handle) sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a *float32, lda int, b *float32, ldb int, beta float32, c *float32, ldc int) {
	C.call_sgemm(h.fSgemm, cblas(tA), cblas(tB), C.int(m), C.int(n), C.int(k), C.float(alpha),
		(*C.float)(a), C.int(lda), (*C.float)(b), C.int(ldb), C.float(beta), (*C.float)(c), C.int(ldc))
}

func (h handle) dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a *float64, lda int, b *float64, ldb int, beta float64, c *float64, ldc int) {
	C.call_dgemm(h.fDgemm, cblas(tA), cblas(tB), C.int(m), C.int(n), C.int(k), C.double(alpha),
		(*C.double)(a), C.int(lda), (*C.double)(b), C.int(ldb), C.double(beta), (*C.double)(c), C.int(ldc))
}
