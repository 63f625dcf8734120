//go:build cgo && linux

package emulator

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
)

// Driver emulates a device.
type Driver struct {
	Room int // bytes that Alloc gives in all; 0 = no bound

	memory   []*memory
	queue    []task
	launches int
}

// task is what waits to be done.
type task struct {
	name string // for errors
	run  func() error
	near []*memory // what it was given
}

var _ cuda.Driver = (*Driver)(nil)

// New returns a device without memory in use.
func New() (*Driver, error) { return &Driver{}, nil }

// Name implements [cuda.Driver].
func (d *Driver) Name() string { return "emulator" }

// Alloc implements [cuda.Driver].
func (d *Driver) Alloc(bytes int) (unsafe.Pointer, error) { return d.alloc(bytes, false) }

// AllocHost implements [cuda.Driver].
func (d *Driver) AllocHost(bytes int) (unsafe.Pointer, error) { return d.alloc(bytes, true) }

func (d *Driver) alloc(bytes int, host bool) (unsafe.Pointer, error) {
	used := 0
	for _, m := range d.memory {
		used += m.size
	}
	if d.Room > 0 && used+bytes > d.Room {
		return nil, fmt.Errorf("emulator: no memory for %d bytes: %d of %d are in use", bytes, used, d.Room)
	}
	m, err := newMemory(bytes, host)
	if err != nil {
		return nil, err
	}
	d.memory = append(d.memory, m)
	return m.p, nil
}

// Free implements [cuda.Driver].
func (d *Driver) Free(p unsafe.Pointer) error { return d.free(p, false) }

// FreeHost implements [cuda.Driver].
func (d *Driver) FreeHost(p unsafe.Pointer) error { return d.free(p, true) }

func (d *Driver) free(p unsafe.Pointer, host bool) error {
	i := slices.IndexFunc(d.memory, func(m *memory) bool { return m.p == p && m.host == host })
	if i < 0 {
		return fmt.Errorf("emulator: %p is not memory to be freed", p)
	}
	err := d.Sync()
	d.memory[i].free()
	d.memory = slices.Delete(d.memory, i, i+1)
	return err
}

// Copy implements [cuda.Driver].
func (d *Driver) Copy(dst, src unsafe.Pointer, bytes int) error {
	if bytes == 0 {
		return nil
	}
	onDevice := 0
	for _, p := range []unsafe.Pointer{dst, src} {
		m := d.find(p)
		if m == nil {
			continue // Go's
		}
		if !m.holds(p, bytes) {
			return fmt.Errorf("emulator: copy of %d bytes: %s", bytes, m.beyond(p))
		}
		if !m.host {
			onDevice++
		}
	}
	run := func() error {
		copy(unsafe.Slice((*byte)(dst), bytes), unsafe.Slice((*byte)(src), bytes))
		return nil
	}
	if onDevice == 2 {
		d.queue = append(d.queue, task{name: "copy", run: run})
		return nil
	}
	if err := d.Sync(); err != nil {
		return err
	}
	return run()
}

// Clear implements [cuda.Driver].
func (d *Driver) Clear(p unsafe.Pointer, bytes int) error {
	if bytes == 0 {
		return nil
	}
	if err := d.check("clear", p, bytes); err != nil {
		return err
	}
	d.queue = append(d.queue, task{name: "clear", run: func() error {
		clear(unsafe.Slice((*byte)(p), bytes))
		return nil
	}})
	return nil
}

// Sync implements [cuda.Driver].
func (d *Driver) Sync() error {
	queue := d.queue
	d.queue = nil
	for _, t := range queue {
		if err := t.run(); err != nil {
			return err
		}
		if err := checkGuards(t.near); err != nil {
			return fmt.Errorf("emulator: %s: %w", t.name, err)
		}
	}
	if err := checkGuards(d.memory); err != nil {
		return fmt.Errorf("emulator: by the host, or far from what a kernel was given: %w", err)
	}
	return nil
}

// Close implements [cuda.Driver].
func (d *Driver) Close() error {
	err := d.Sync()
	for _, m := range d.memory {
		m.free()
	}
	d.memory = nil
	return err
}
