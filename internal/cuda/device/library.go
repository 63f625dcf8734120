//go:build gpu && cgo && linux && (amd64 || arm64)

package device

/*
#cgo LDFLAGS: -lcuda -lnvrtc -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// The archives of scripts/setup/cuda.py: where each function leads to, and their names, one
// behind the other, an empty one last.
extern void *saego_cuda_table[], *saego_nvrtc_table[];
extern const char saego_cuda_names[], saego_nvrtc_names[];

// fill leads the functions to a library. One that it lacks goes on returning an error.
static void fill(void *lib, void **table, const char *name) {
	for (; *name; name += strlen(name) + 1, table++) {
		void *f = dlsym(lib, name);
		if (f) *table = f;
	}
}

static void fill_cuda(void *lib) { fill(lib, saego_cuda_table, saego_cuda_names); }
static void fill_nvrtc(void *lib) { fill(lib, saego_nvrtc_table, saego_nvrtc_names); }
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/saego/saego/internal/native"
)

// libraries holds what is open; nothing is ever closed, since who else uses it is unknown.
var libraries struct {
	sync.Mutex
	driver, nvrtc bool
}

// loadDriver makes the functions of cu's work.
func loadDriver() error {
	libraries.Lock()
	defer libraries.Unlock()
	if libraries.driver {
		return nil
	}
	lib, _, err := dlopen(native.CUDADriver(), "cuInit")
	if err != nil {
		return err
	}
	C.fill_cuda(lib)
	libraries.driver = true
	return nil
}

// loadNVRTC makes the functions of cu/nvrtc work.
func loadNVRTC() error {
	libraries.Lock()
	defer libraries.Unlock()
	if libraries.nvrtc {
		return nil
	}
	lib, _, err := dlopen(native.NVRTC(), "nvrtcCompileProgram")
	if err != nil {
		return err
	}
	C.fill_nvrtc(lib)
	libraries.nvrtc = true
	return nil
}

// dlopen opens a library, wherever it is, and returns its path. It has the function.
func dlopen(l native.Library, function string) (unsafe.Pointer, string, error) {
	candidates, err := l.Find("")
	if err != nil {
		return nil, "", fmt.Errorf("device: %w", err)
	}
	var faults []string
	for _, path := range candidates {
		for _, p := range l.FindBeside(path) {
			_, _ = dlopenPath(p, "") // if it does not open, the library says so
		}
		lib, err := dlopenPath(path, function)
		if err == nil {
			return lib, path, nil
		}
		faults = append(faults, err.Error())
	}
	return nil, "", fmt.Errorf("device: %s does not open: %s: %s", l.Title, strings.Join(faults, "; "), l.Hint())
}

func dlopenPath(path, function string) (unsafe.Pointer, error) {
	runtime.LockOSThread() // dlerror is that of a thread
	defer runtime.UnlockOSThread()
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	lib := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
	if lib == nil {
		return nil, errors.New(C.GoString(C.dlerror()))
	}
	if function != "" && dlsym(lib, function) == nil {
		C.dlclose(lib)
		return nil, fmt.Errorf("%s lacks %s", path, function)
	}
	return lib, nil
}

func dlsym(lib unsafe.Pointer, function string) unsafe.Pointer {
	name := C.CString(function)
	defer C.free(unsafe.Pointer(name))
	return C.dlsym(lib, name)
}
