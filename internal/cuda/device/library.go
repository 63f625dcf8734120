//go:build gpu && cgo && linux && (amd64 || arm64)

package device

/*
#cgo LDFLAGS: -lcuda -lnvrtc -ldl
#include <dlfcn.h>
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
	"fmt"
	"strings"
	"sync"

	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/dl"
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
	C.fill_cuda(lib.Handle())
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
	C.fill_nvrtc(lib.Handle())
	libraries.nvrtc = true
	return nil
}

// dlopen opens a library, wherever it is, and returns its path. It has the function.
func dlopen(l native.Library, function string) (dl.Library, string, error) {
	candidates, err := l.Find("")
	if err != nil {
		return dl.Library{}, "", fmt.Errorf("device: %w", err)
	}
	var faults []string
	for _, path := range candidates {
		for _, p := range l.FindBeside(path) {
			_, _ = dl.Open(p) // if it does not open, the library says so
		}
		lib, err := dl.Open(path)
		if err == nil && lib.Symbol(function) == nil {
			lib.Close()
			err = fmt.Errorf("%s lacks %s", path, function)
		}
		if err == nil {
			return lib, path, nil
		}
		faults = append(faults, err.Error())
	}
	return dl.Library{}, "", fmt.Errorf("device: %s does not open: %s: %s", l.Title, strings.Join(faults, "; "), l.Hint())
}
