//go:build gpu && cgo && linux && (amd64 || arm64)

package device

/*
#include <stddef.h>

static int call_property(void *f, int which, int *value) { return ((int (*)(int, int *))f)(which, value); }
static int call_create(void *f, void **handle) { return ((int (*)(void **))f)(handle); }
static int call_destroy(void *f, void *handle) { return ((int (*)(void *))f)(handle); }
static int call_stream(void *f, void *handle, void *stream) { return ((int (*)(void *, void *))f)(handle, stream); }
static int call_workspace(void *f, void *handle, void *at, size_t bytes) { return ((int (*)(void *, void *, size_t))f)(handle, at, bytes); }
static const char *call_name(void *f, int status) { return ((const char *(*)(int))f)(status); }

// Of cublas_api.h and library_types.h, CUDA 12.9; the same in 13.
enum {
	R_32F = 0,         // cudaDataType CUDA_R_32F
	OP_N = 0, OP_T = 1, // cublasOperation_t
	GEMM_DEFAULT = -1, // cublasGemmAlgo_t
	MAJOR_VERSION = 0, // libraryPropertyType
	COMPUTE_32F = 68, COMPUTE_32F_FAST_16BF = 75, COMPUTE_32F_FAST_TF32 = 77, // cublasComputeType_t
};

typedef int (*gemm_fn)(void *, int, int, int, int, int, const void *, const void *, int, int, const void *, int, int, const void *, void *, int, int, int, int);

static int call_gemm(void *f, void *handle, int ta, int tb, int m, int n, int k, float alpha, const void *a, int lda, const void *b, int ldb,
	float beta, void *c, int ldc, int compute) {
	return ((gemm_fn)f)(handle, ta, tb, m, n, k, &alpha, a, R_32F, lda, b, R_32F, ldb, &beta, c, R_32F, ldc, compute, GEMM_DEFAULT);
}
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/native"
)

// cublas is the library, and its handle while there is one. cu has a package for cuBLAS,
// which can neither set the stream nor the precision, and wants cuBLAS to build.
type cublas struct {
	path                                                  string
	major                                                 int // version, which is CUDA's
	fCreate, fDestroy, fStream, fWorkspace, fGemm, fNames unsafe.Pointer
	handle                                                unsafe.Pointer
}

// workspaceBytes is what NVIDIA recommends for Hopper; older cards want less.
const workspaceBytes = 32 << 20

// loadCuBLAS opens the library; it needs no card.
func loadCuBLAS() (*cublas, error) {
	lib, path, err := dlopen(native.CuBLAS(), "cublasGemmEx")
	if err != nil {
		return nil, err
	}
	b := &cublas{path: path, fNames: lib.Symbol("cublasGetStatusName")} // of 11.4 or newer
	var property unsafe.Pointer
	var missing []string
	for name, f := range map[string]*unsafe.Pointer{
		"cublasGetProperty": &property, "cublasCreate_v2": &b.fCreate, "cublasDestroy_v2": &b.fDestroy, "cublasSetStream_v2": &b.fStream,
		"cublasSetWorkspace_v2": &b.fWorkspace, "cublasGemmEx": &b.fGemm,
	} {
		if *f = lib.Symbol(name); *f == nil {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("device: %s lacks %s: %s", path, strings.Join(missing, ", "), native.CuBLAS().Hint())
	}
	var major C.int
	if r := C.call_property(property, C.MAJOR_VERSION, &major); r != 0 {
		return nil, fmt.Errorf("device: %w", b.fault("cublasGetProperty", r))
	}
	b.major = int(major)
	return b, nil
}

// start makes a handle for the context that is current. Its products run on the stream, and
// with this workspace alone: then cuBLAS promises the same bits on every run.
func (b *cublas) start(stream, workspace unsafe.Pointer) error {
	if r := C.call_create(b.fCreate, &b.handle); r != 0 {
		return b.fault("cublasCreate", r)
	}
	if r := C.call_stream(b.fStream, b.handle, stream); r != 0 { // it takes the workspace away
		return b.fault("cublasSetStream", r)
	}
	if r := C.call_workspace(b.fWorkspace, b.handle, workspace, workspaceBytes); r != 0 {
		return b.fault("cublasSetWorkspace", r)
	}
	return nil
}

func (b *cublas) stop() error {
	if b == nil || b.handle == nil {
		return nil
	}
	r := C.call_destroy(b.fDestroy, b.handle)
	b.handle = nil
	if r != 0 {
		return b.fault("cublasDestroy", r)
	}
	return nil
}

func (b *cublas) fault(doing string, r C.int) error {
	name := fmt.Sprintf("status %d", int(r))
	if b.fNames != nil {
		name = C.GoString(C.call_name(b.fNames, r))
	}
	return fmt.Errorf("cuBLAS (%s): %s: %s", b.path, doing, name)
}

// gemm asks for a product.
func (b *cublas) gemm(g gemm, alpha, beta float32, precision cuda.Precision) error {
	compute := C.int(C.COMPUTE_32F)
	switch precision {
	case cuda.TF32:
		compute = C.COMPUTE_32F_FAST_TF32
	case cuda.BF16:
		compute = C.COMPUTE_32F_FAST_16BF
	}
	r := C.call_gemm(b.fGemm, b.handle, operation(g.transA), operation(g.transB), C.int(g.m), C.int(g.n), C.int(g.k),
		C.float(alpha), g.a, C.int(g.lda), g.b, C.int(g.ldb), C.float(beta), g.c, C.int(g.ldc), compute)
	if r != 0 {
		return b.fault("cublasGemmEx", r)
	}
	return nil
}

func operation(transposed bool) C.int {
	if transposed {
		return C.OP_T
	}
	return C.OP_N
}
