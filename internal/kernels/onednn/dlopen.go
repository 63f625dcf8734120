//go:build cgo && (linux || darwin)

package onednn

/*
#include <stdint.h>

// The start of dnnl_version_t.
typedef struct {
	int major, minor, patch;
	const char *hash;
	unsigned cpu_runtime;
} version;

typedef int (*gemm_fn)(char, char, int64_t, int64_t, int64_t, float, const uint16_t *, int64_t, const uint16_t *, int64_t, float, float *, int64_t);

static version call_version(void *f) { return *((const version *(*)(void))f)(); }

// call_gemm keeps to one thread. OpenMP holds the number for each thread of the
// system, and a goroutine may come on another one with each call; so it is set anew.
static int call_gemm(void *f, void *set_threads, int64_t m, int64_t n, int64_t k, const uint16_t *a, const uint16_t *b, float *c) {
	if (set_threads) ((void (*)(int))set_threads)(1);
	return ((gemm_fn)f)('N', 'T', m, n, k, 1, a, k, b, k, 0, c, n);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/saego/saego/internal/native/dl"
)

// handle holds the functions of a loaded oneDNN.
type handle struct {
	fGemm, fSetThreads unsafe.Pointer
	text               string // version
}

// Values of dnnl_version_t.cpu_runtime.
const (
	runtimeSequential = 1
	runtimeOpenMP     = 2
)

func openHandle(path string) (handle, error) {
	lib, err := dl.Open(path)
	if err != nil {
		return handle{}, err
	}
	h, err := newHandle(lib)
	if err != nil {
		lib.Close()
		return handle{}, fmt.Errorf("%s is %w", path, err)
	}
	return h, nil
}

func newHandle(lib dl.Library) (handle, error) {
	h := handle{fGemm: lib.Symbol("dnnl_gemm_bf16bf16f32"), fSetThreads: lib.Symbol("omp_set_num_threads")}
	fVersion := lib.Symbol("dnnl_version")
	if h.fGemm == nil || fVersion == nil {
		return h, errors.New("not oneDNN: it lacks dnnl_gemm_bf16bf16f32 or dnnl_version")
	}
	v := C.call_version(fVersion)
	h.text = fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch)
	switch {
	case v.cpu_runtime == runtimeSequential, v.cpu_runtime == runtimeOpenMP && h.fSetThreads != nil:
		return h, nil
	}
	return h, fmt.Errorf("oneDNN %s with threads that cannot be held to one: want a build with OpenMP or without threads", h.text)
}

func (h handle) version() string { return h.text }

// multiply returns dnnl_status_t.
func (h handle) multiply(m, n, k int, a, b []uint16, c []float32) int {
	return int(C.call_gemm(h.fGemm, h.fSetThreads, C.int64_t(m), C.int64_t(n), C.int64_t(k),
		(*C.uint16_t)(&a[0]), (*C.uint16_t)(&b[0]), (*C.float)(&c[0])))
}
