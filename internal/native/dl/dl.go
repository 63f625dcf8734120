//go:build cgo && (linux || darwin)

package dl

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// Library is one that is open. The zero value stands for all that are open to each other.
type Library struct{ handle unsafe.Pointer }

// Open opens the library at a path, or of a name that the system's loader knows. No other
// library sees its names.
func Open(path string) (Library, error) { return open(path, C.RTLD_NOW|C.RTLD_LOCAL) }

// OpenForAll is [Open], but libraries that are opened later find its names.
func OpenForAll(path string) (Library, error) { return open(path, C.RTLD_NOW|C.RTLD_GLOBAL) }

func open(path string, mode C.int) (Library, error) {
	runtime.LockOSThread() // dlerror's text is that of a thread
	defer runtime.UnlockOSThread()
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	handle := C.dlopen(name, mode)
	if handle == nil {
		return Library{}, errors.New(C.GoString(C.dlerror()))
	}
	return Library{handle}, nil
}

// Symbol returns where a function is, nil for one that the library lacks.
func (l Library) Symbol(name string) unsafe.Pointer {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	return C.dlsym(l.handle, n) // a handle that is nil is RTLD_DEFAULT
}

// Handle returns what dlopen returned.
func (l Library) Handle() unsafe.Pointer { return l.handle }

// Close closes the library, whose functions must not be called any more.
func (l Library) Close() { C.dlclose(l.handle) }
