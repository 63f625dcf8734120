//go:build gpu && cgo && linux && (amd64 || arm64)

package device

/*
#include <cuda.h>

// What cu lacks.
static CUresult alloc_host(void **p, size_t bytes) { return cuMemHostAlloc(p, bytes, CU_MEMHOSTALLOC_PORTABLE); }

// copy_and_wait returns when memory of Go's is not looked at any more.
static CUresult copy_and_wait(void *dst, const void *src, size_t bytes, void *stream) {
	CUresult r = cuMemcpyAsync((CUdeviceptr)dst, (CUdeviceptr)src, bytes, (CUstream)stream);
	return r == CUDA_SUCCESS ? cuStreamSynchronize((CUstream)stream) : r;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"gorgonia.org/cu"
)

// allocation is memory that was given out.
type allocation struct {
	p     unsafe.Pointer
	bytes int
	host  bool // AllocHost's
}

// end is the address behind it.
func (a allocation) end() uintptr { return uintptr(a.p) + uintptr(a.bytes) }

// memory is what was given out, in the order of addresses.
type memory struct {
	given []allocation
	used  int // bytes of Alloc
	room  int // how many there may be
	limit int64
}

// find returns the allocation that holds p, and its place; or where it would be.
func (m *memory) find(p unsafe.Pointer) (int, bool) {
	i, found := slices.BinarySearchFunc(m.given, uintptr(p), func(a allocation, at uintptr) int {
		switch {
		case a.end() <= at:
			return -1
		case uintptr(a.p) > at:
			return 1
		}
		return 0
	})
	return i, found
}

func (m *memory) add(a allocation) {
	i, _ := m.find(a.p)
	m.given = slices.Insert(m.given, i, a)
	if !a.host {
		m.used += a.bytes
	}
}

func (m *memory) remove(i int) {
	if !m.given[i].host {
		m.used -= m.given[i].bytes
	}
	m.given = slices.Delete(m.given, i, i+1)
}

// isDevice tells whether p is of Alloc, and that so many bytes from there on are.
func (m *memory) isDevice(p unsafe.Pointer, bytes int) (bool, error) {
	i, found := m.find(p)
	if !found {
		return false, nil
	}
	if a := m.given[i]; uintptr(p)+uintptr(bytes) > a.end() {
		return false, fmt.Errorf("device: %d bytes at %p go beyond the %d bytes at %p", bytes, p, a.bytes, a.p)
	}
	return !m.given[i].host, nil
}

// errNoMemory says how much there is.
func (m *memory) errNoMemory(bytes int) error {
	const mib = 1 << 20
	limit := "the card had that much free when it was opened"
	if m.limit > 0 {
		limit = fmt.Sprintf("the limit is %d MiB", m.limit)
	}
	return fmt.Errorf("device: no memory for %.1f MiB more: %.1f of %.1f MiB are in use (%s): smaller batches and fewer latents take less",
		float64(bytes)/mib, float64(m.used)/mib, float64(m.room)/mib, limit)
}

// roundUp makes sizes such that what is asked for is never nothing.
func roundUp(bytes int) int { return max(bytes+255, 256) &^ 255 }

// Alloc implements [cuda.Driver].
func (d *driver) Alloc(bytes int) (unsafe.Pointer, error) {
	size := roundUp(bytes)
	if bytes < 0 || size > d.room-d.used {
		return nil, d.errNoMemory(bytes)
	}
	var at cu.DevicePtr
	err := d.do("allocating", func() (err error) {
		at, err = cu.MemAllocManaged(int64(size), cu.AttachGlobal)
		return err
	}, outOfMemory)
	if errors.Is(err, outOfMemory) {
		return nil, fmt.Errorf("%w: %w", d.errNoMemory(bytes), outOfMemory)
	}
	if err != nil {
		return nil, err
	}
	p := pointer(&at)
	d.add(allocation{p: p, bytes: size})
	return p, nil
}

// pointer returns an address as Go has it; it is none of Go's memory.
func pointer(at *cu.DevicePtr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(at)) }

// AllocHost implements [cuda.Driver].
func (d *driver) AllocHost(bytes int) (unsafe.Pointer, error) {
	if bytes < 0 {
		return nil, fmt.Errorf("device: %d bytes of the host's memory", bytes)
	}
	size := roundUp(bytes)
	var p unsafe.Pointer
	err := d.do("allocating pinned memory", func() error { return result(C.alloc_host(&p, C.size_t(size))) }, outOfMemory)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes of the host's", err, bytes)
	}
	d.add(allocation{p: p, bytes: size, host: true})
	return p, nil
}

// Free implements [cuda.Driver].
func (d *driver) Free(p unsafe.Pointer) error { return d.free(p, false) }

// FreeHost implements [cuda.Driver].
func (d *driver) FreeHost(p unsafe.Pointer) error { return d.free(p, true) }

func (d *driver) free(p unsafe.Pointer, host bool) error {
	if p == nil {
		return nil
	}
	i, found := d.find(p)
	if !found || d.given[i].p != p || d.given[i].host != host {
		return fmt.Errorf("device: freeing %p, which is not what an allocation returned, or was freed", p)
	}
	return d.do("freeing", func() error {
		if err := d.stream.Synchronize(); err != nil {
			return err
		}
		d.remove(i)
		return release(p, host)
	})
}

func release(p unsafe.Pointer, host bool) error {
	if host {
		return cu.MemFreeHost(p)
	}
	return cu.MemFree(cu.DevicePtr(uintptr(p)))
}

// Copy implements [cuda.Driver].
func (d *driver) Copy(dst, src unsafe.Pointer, bytes int) error {
	if bytes < 0 {
		return fmt.Errorf("device: copying %d bytes", bytes)
	}
	if bytes == 0 {
		return nil
	}
	toDevice, err := d.isDevice(dst, bytes)
	if err != nil {
		return err
	}
	fromDevice, err := d.isDevice(src, bytes)
	if err != nil {
		return err
	}
	return d.do("copying", func() error {
		if toDevice && fromDevice {
			return cu.MemcpyAsync(cu.DevicePtr(uintptr(dst)), cu.DevicePtr(uintptr(src)), int64(bytes), d.stream)
		}
		return result(C.copy_and_wait(dst, src, C.size_t(bytes), unsafe.Pointer(d.stream.C())))
	})
}

// Clear implements [cuda.Driver].
func (d *driver) Clear(p unsafe.Pointer, bytes int) error {
	if bytes == 0 {
		return nil
	}
	switch is, err := d.isDevice(p, max(bytes, 0)); {
	case err != nil:
		return err
	case !is || bytes < 0:
		return fmt.Errorf("device: clearing %d bytes at %p, which are not of Alloc", bytes, p)
	}
	return d.do("clearing", func() error {
		return cu.MemsetD8Async(cu.DevicePtr(uintptr(p)), 0, int64(bytes), d.stream)
	})
}
