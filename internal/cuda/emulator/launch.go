//go:build cgo && linux

package emulator

/*
#cgo CFLAGS: -O2 -Wall -Wno-unused-function -Wno-unused-const-variable -Wno-unknown-pragmas -Wno-sign-compare -fno-strict-aliasing -Werror=implicit-function-declaration -Werror=incompatible-pointer-types -Werror=int-conversion
#cgo LDFLAGS: -lm
#include <stdlib.h>
#include "threads.h"
*/
import "C"

import (
	"fmt"
	"sync"
	"unsafe"

	_ "github.com/saego/saego/internal/cuda/source" // a change of it makes the kernels be compiled again
)

// machine is held by who runs a kernel: threads have global variables.
var machine sync.Mutex

// kernels is the table of C.
var kernels = func() map[string]*C.struct_emu_kernel {
	var count C.int
	first := C.emu_table(&count)
	table := unsafe.Slice(first, count)
	m := make(map[string]*C.struct_emu_kernel, len(table))
	for i := range table {
		m[C.GoString(table[i].name)] = &table[i]
	}
	return m
}()

// Launch implements [cuda.Driver].
func (d *Driver) Launch(kernel string, grid, threads int, args ...any) error {
	k := kernels[kernel]
	if k == nil {
		return fmt.Errorf("emulator: there is no kernel %q in emulator/table.h", kernel)
	}
	if grid < 1 || grid > 1<<31-1 || threads < 1 || threads > 1024 {
		return fmt.Errorf("emulator: kernel %s: %d blocks of %d threads", kernel, grid, threads)
	}
	values, err := d.arguments(kernel, C.GoString(k.types), args)
	if err != nil {
		return err
	}
	d.launches++
	order := C.int(uint32(d.launches) * 2654435761 >> 30)
	var near []*memory
	for _, a := range args {
		if p, ok := a.(unsafe.Pointer); ok && p != nil {
			near = append(near, d.find(p))
		}
	}
	d.queue = append(d.queue, task{"kernel " + kernel, func() error {
		machine.Lock()
		defer machine.Unlock()
		if wrong := C.emu_run(k, C.uint(grid), C.uint(threads), &values[0], order); wrong != nil {
			return fmt.Errorf("emulator: kernel %s: %s", kernel, C.GoString(wrong))
		}
		return nil
	}, near})
	return nil
}

// arguments checks the arguments of a kernel against its types, a letter each.
func (d *Driver) arguments(kernel, types string, args []any) ([]C.union_emu_arg, error) {
	if len(args) != len(types) {
		return nil, fmt.Errorf("emulator: kernel %s has %d arguments, not %d", kernel, len(types), len(args))
	}
	values := make([]C.union_emu_arg, len(args)+1)
	for i, a := range args {
		to, kind := unsafe.Pointer(&values[i]), byte(0)
		switch a := a.(type) {
		case unsafe.Pointer:
			what := fmt.Sprintf("kernel %s, argument %d", kernel, i)
			if a != nil {
				if err := d.check(what, a, 1); err != nil {
					return nil, err
				}
			}
			*(*unsafe.Pointer)(to), kind = a, 'p'
		case int32:
			*(*int32)(to), kind = a, 'i'
		case float32:
			*(*float32)(to), kind = a, 'f'
		case float64:
			*(*float64)(to), kind = a, 'd'
		}
		if kind != types[i] {
			names := map[byte]string{'p': "a pointer", 'i': "an int32", 'f': "a float32", 'd': "a float64"}
			return nil, fmt.Errorf("emulator: kernel %s, argument %d is %T, not %s", kernel, i, a, names[types[i]])
		}
	}
	return values, nil
}
