//go:build gpu && cgo && linux && (amd64 || arm64)

package device

/*
#include <cuda.h>

// The sizes of a function's parameters, at most so many; their number, or less than 1
// where the driver does not tell, as those before CUDA 12.4.
static int parameter_sizes(CUfunction f, int *sizes, int most) {
	size_t offset, size;
	for (int i = 0; i <= most; i++) {
		CUresult r = cuFuncGetParamInfo(f, i, &offset, &size);
		if (r == CUDA_ERROR_INVALID_VALUE) return i;
		if (r != CUDA_SUCCESS) return -1;
		if (i < most) sizes[i] = (int)size;
	}
	return most + 1;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"gorgonia.org/cu"
)

// mostArguments is how many a kernel may have.
const mostArguments = 64

type cuFunction = cu.Function

// function is a kernel, ready to be launched.
type function struct {
	cu.Function
	sizes []int // of its arguments, in bytes; nil = unknown
}

// arguments are where a launch has them: a slot of eight bytes each, and where it is.
type arguments struct {
	slots [mostArguments]uint64
	at    [mostArguments]unsafe.Pointer
}

// Launch implements [cuda.Driver].
func (d *driver) Launch(kernel string, grid, threads int, args ...any) error {
	if grid < 1 || grid > math.MaxInt32 || threads < 1 || threads > 1024 {
		return fmt.Errorf("device: kernel %s: %d blocks of %d threads, want 1 to %d of 1 to 1024", kernel, grid, threads, math.MaxInt32)
	}
	f, err := d.function(kernel)
	if err != nil {
		return err
	}
	if err := d.args.set(kernel, f.sizes, args); err != nil {
		return err
	}
	// cu copies the slots, and the driver the arguments, before they return.
	return d.do("launching kernel "+kernel, func() error {
		return f.Launch(grid, 1, 1, threads, 1, 1, 0, d.stream, d.args.at[:len(args)])
	})
}

// set lays the arguments down. The driver copies what the kernel's declaration says, so
// one too few, or of another size, would be read from anywhere.
func (a *arguments) set(kernel string, sizes []int, args []any) error {
	if len(args) > mostArguments || (sizes != nil && len(args) != len(sizes)) {
		return fmt.Errorf("device: kernel %s has %d arguments, got %d", kernel, len(sizes), len(args))
	}
	for i, arg := range args {
		size := 8
		a.slots[i], a.at[i] = 0, unsafe.Pointer(&a.slots[i])
		switch v := arg.(type) {
		case nil: // a null pointer
		case unsafe.Pointer:
			a.slots[i] = uint64(uintptr(v))
		case float64:
			a.slots[i] = math.Float64bits(v)
		case int32:
			a.slots[i], size = uint64(uint32(v)), 4 // the first four bytes: both machines are little-endian
		case float32:
			a.slots[i], size = uint64(math.Float32bits(v)), 4
		default:
			return fmt.Errorf("device: kernel %s: argument %d is %T, want unsafe.Pointer, int32, float32 or float64", kernel, i, arg)
		}
		if sizes != nil && sizes[i] != size {
			return fmt.Errorf("device: kernel %s: argument %d is %T, and the kernel has one of %d bytes", kernel, i, arg, sizes[i])
		}
	}
	return nil
}

// function returns the kernel of a name, looked up once.
func (d *driver) function(name string) (function, error) {
	if f, ok := d.functions[name]; ok {
		return f, nil
	}
	var f function
	err := d.do("looking up kernel "+name, func() (err error) {
		if f.Function, err = d.module.Function(name); err != nil {
			return err
		}
		var sizes [mostArguments]C.int
		n := int(C.parameter_sizes(C.CUfunction(handle(&f.Function)), &sizes[0], mostArguments))
		if n < 1 || n > mostArguments {
			return nil
		}
		f.sizes = make([]int, n)
		for i := range f.sizes {
			f.sizes[i] = int(sizes[i])
		}
		return nil
	}, notFound)
	if errors.Is(err, notFound) {
		return f, fmt.Errorf("device: there is no kernel %q", name)
	}
	if err == nil {
		d.functions[name] = f
	}
	return f, err
}
