//go:build cgo && linux

package nvidia

/*
#include <stddef.h>

// Functions of libcuda.so.1 and libcudnn.so.9, by their addresses.
static int call_value(void *f, int *v) { return ((int (*)(int *))f)(v); }
static int call_init(void *f) { return ((int (*)(unsigned))f)(0); }
static int call_get(void *f, int *device, int id) { return ((int (*)(int *, int))f)(device, id); }
static int call_name(void *f, char *name, int size, int device) { return ((int (*)(char *, int, int))f)(name, size, device); }
static int call_attribute(void *f, int *v, int attribute, int device) { return ((int (*)(int *, int, int))f)(v, attribute, device); }
static int call_text(void *f, int code, const char **text) { return ((int (*)(int, const char **))f)(code, text); }
static size_t call_size(void *f) { return ((size_t (*)(void))f)(); }
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/saego/saego/internal/native/dl"
)

// open opens a library for the whole process. The handle is not kept: it stays open.
func open(path string) error {
	_, err := dl.OpenForAll(path)
	return err
}

// symbols looks names up in a library.
func symbols(lib dl.Library, of string, names map[string]*unsafe.Pointer) error {
	for name, p := range names {
		if *p = lib.Symbol(name); *p == nil {
			return fmt.Errorf("%s has no %s", of, name)
		}
	}
	return nil
}

// cuda is the driver's interface.
type cuda struct {
	fVersion, fInit, fCount, fGet, fName, fAttribute, fText unsafe.Pointer
}

func openDriver(path string) (driver, error) {
	lib, err := dl.OpenForAll(path)
	if err != nil {
		return nil, err
	}
	c := &cuda{}
	err = symbols(lib, path, map[string]*unsafe.Pointer{
		"cuDriverGetVersion": &c.fVersion, "cuInit": &c.fInit, "cuDeviceGetCount": &c.fCount, "cuDeviceGet": &c.fGet,
		"cuDeviceGetName": &c.fName, "cuDeviceGetAttribute": &c.fAttribute, "cuGetErrorString": &c.fText,
	})
	return c, err
}

func (c *cuda) version() (int, error) { return c.value(c.fVersion) }

func (c *cuda) start() error { return c.fault(C.call_init(c.fInit)) }

func (c *cuda) count() (int, error) { return c.value(c.fCount) }

func (c *cuda) value(f unsafe.Pointer) (int, error) {
	var v C.int
	err := c.fault(C.call_value(f, &v))
	return int(v), err
}

// Of CUdevice_attribute.
const (
	attributeMajor = 75
	attributeMinor = 76
)

func (c *cuda) device(id int) (Device, error) {
	var device, major, minor C.int
	var name [256]C.char
	for _, err := range []error{
		c.fault(C.call_get(c.fGet, &device, C.int(id))),
		c.fault(C.call_name(c.fName, &name[0], C.int(len(name)), device)),
		c.fault(C.call_attribute(c.fAttribute, &major, attributeMajor, device)),
		c.fault(C.call_attribute(c.fAttribute, &minor, attributeMinor, device)),
	} {
		if err != nil {
			return Device{}, err
		}
	}
	return Device{ID: id, Name: C.GoString(&name[0]), Major: int(major), Minor: int(minor)}, nil
}

// fault is the error of a CUresult.
func (c *cuda) fault(code C.int) error {
	if code == 0 {
		return nil
	}
	var text *C.char
	if C.call_text(c.fText, code, &text) != 0 || text == nil {
		return fmt.Errorf("CUDA error %d", int(code))
	}
	return fmt.Errorf("CUDA error %d, %s", int(code), C.GoString(text))
}

// cuDNNVersion returns what cuDNN says of itself and of the CUDA that it is made for.
func cuDNNVersion() (version, cuda int, err error) {
	var fVersion, fRuntime unsafe.Pointer
	err = symbols(dl.Library{}, "no library", map[string]*unsafe.Pointer{"cudnnGetVersion": &fVersion, "cudnnGetCudartVersion": &fRuntime})
	if err != nil {
		return 0, 0, err
	}
	return int(C.call_size(fVersion)), int(C.call_size(fRuntime)), nil
}
