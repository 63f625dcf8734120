package main

import (
	"errors"
	"strings"
	"time"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
)

// timed is a driver that does one thing at a time: it waits for the device before and
// behind all that it is asked for, and adds up how long each operation takes.
type timed struct {
	cuda.Driver
	took  map[string]float64 // seconds
	calls map[string]int
}

// operations are those of a step, by how their kernels' names begin.
var operations = []struct{ name, kernels string }{
	{"product", "product"},
	{"selection", "encode"},
	{"decode", "decode"},
	{"code gradient", "code_grad"},
	{"transpose", "columns_count columns_ptr columns_fill columns_sort"},
	{"row gradients", "row_grad"},
	{"norm", "squares sum_parts"},
	{"adam", "adam"},
	{"copies", "copy clear"},
	{others, ""},
}

const others = "others"

// operation returns which one a kernel is part of.
func operation(kernel string) string {
	for _, o := range operations {
		for prefix := range strings.FieldsSeq(o.kernels) {
			if strings.HasPrefix(kernel, prefix) {
				return o.name
			}
		}
	}
	return others
}

// restart forgets what was.
func (t *timed) restart() { t.took, t.calls = map[string]float64{}, map[string]int{} }

func (t *timed) time(kernel string, f func() error) error {
	if err := t.Sync(); err != nil {
		return err
	}
	start := time.Now()
	err := f()
	err = errors.Join(err, t.Sync())
	o := operation(kernel)
	t.took[o] += time.Since(start).Seconds()
	t.calls[o]++
	return err
}

// Launch implements [cuda.Driver].
func (t *timed) Launch(kernel string, grid, threads int, args ...any) error {
	return t.time(kernel, func() error { return t.Driver.Launch(kernel, grid, threads, args...) })
}

// Multiply implements [cuda.Driver].
func (t *timed) Multiply(p cuda.Product) error {
	return t.time("product", func() error { return t.Driver.Multiply(p) })
}

// Copy implements [cuda.Driver].
func (t *timed) Copy(dst, src unsafe.Pointer, bytes int) error {
	return t.time("copy", func() error { return t.Driver.Copy(dst, src, bytes) })
}

// Clear implements [cuda.Driver].
func (t *timed) Clear(p unsafe.Pointer, bytes int) error {
	return t.time("clear", func() error { return t.Driver.Clear(p, bytes) })
}
