//go:build cgo && linux

package emulator

// #include <stdlib.h>
import "C"

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"unsafe"
)

// memory is an allocation, with guards before and behind it.
type memory struct {
	base unsafe.Pointer
	p    unsafe.Pointer // guard bytes behind base
	size int
	host bool // of AllocHost

	guarded []byte // what a guard holds
}

const (
	alignment = 256
	guard     = 4 * alignment
)

var made atomic.Uint32 // how many allocations

func newMemory(size int, host bool) (*memory, error) {
	if size < 0 {
		return nil, fmt.Errorf("emulator: %d bytes of memory", size)
	}
	whole := guard + (size+alignment-1)/alignment*alignment + guard
	base := C.aligned_alloc(alignment, C.size_t(whole))
	if base == nil {
		return nil, fmt.Errorf("emulator: the system has no %d bytes", whole)
	}
	m := &memory{base: base, p: unsafe.Add(base, guard), size: size, host: host}
	// A NaN that signals: another one when it was calculated with. And one for each
	// allocation: another one when it was copied.
	u := uint32(0xffb00000) | uint32(made.Add(1))&0xffff
	m.guarded = bytes.Repeat(binary.NativeEndian.AppendUint32(nil, u), guard/4)
	m.fill()
	before, behind := m.guards()
	copy(before, m.guarded)
	copy(behind, m.guarded)
	return m, nil
}

// fill makes floats NaN and integers −1.
func (m *memory) fill() {
	b := unsafe.Slice((*byte)(m.p), m.size)
	for i := range b {
		b[i] = 0xff
	}
}

// free gives the memory back; who still reads it had better not find the old values.
func (m *memory) free() {
	m.fill()
	C.free(m.base)
}

func (m *memory) guards() (before, behind []byte) {
	return unsafe.Slice((*byte)(m.base), guard), unsafe.Slice((*byte)(unsafe.Add(m.p, m.size)), guard)
}

func checkGuards(of []*memory) error {
	for _, m := range of {
		before, behind := m.guards()
		if !bytes.Equal(before, m.guarded) {
			return fmt.Errorf("memory before %d bytes at %p was overwritten", m.size, m.p)
		}
		if !bytes.Equal(behind, m.guarded) {
			return fmt.Errorf("memory behind %d bytes at %p was overwritten", m.size, m.p)
		}
	}
	return nil
}

// offset returns where p is in the memory.
func (m *memory) offset(p unsafe.Pointer) int { return int(uintptr(p)) - int(uintptr(m.p)) }

// holds says whether so many bytes from p on are m's.
func (m *memory) holds(p unsafe.Pointer, bytes int) bool {
	o := m.offset(p)
	return o >= 0 && bytes >= 0 && o+bytes <= m.size
}

// beyond says where p is, for errors.
func (m *memory) beyond(p unsafe.Pointer) string {
	return fmt.Sprintf("the memory at %p has %d bytes, and %p is byte %d", m.p, m.size, p, m.offset(p))
}

// find returns what p points into, its guards included, or nil.
func (d *Driver) find(p unsafe.Pointer) *memory {
	for _, m := range d.memory {
		if o := m.offset(p); o >= -guard && o < m.size+guard {
			return m
		}
	}
	return nil
}

// check says what is wrong with so many bytes of the device's memory.
func (d *Driver) check(what string, p unsafe.Pointer, bytes int) error {
	m := d.find(p)
	switch {
	case m == nil:
		return fmt.Errorf("emulator: %s: %p is not memory of the device", what, p)
	case m.host:
		return fmt.Errorf("emulator: %s: %p is memory of the host", what, p)
	case !m.holds(p, bytes):
		return fmt.Errorf("emulator: %s of %d bytes: %s", what, bytes, m.beyond(p))
	}
	return nil
}
