//go:build cgo && linux

package emulator

import (
	"math/bits"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cuda/source"
)

// TestTable fails for a kernel of the sources that is not in the table, for a file that is
// not compiled, and for one that the device would see at another place.
func TestTable(t *testing.T) {
	for _, found := range regexp.MustCompile(`(?m)^KERNEL\((\w+)\)`).FindAllStringSubmatch(source.Source(), -1) {
		if name := found[1]; name != "name" && kernels[name] == nil {
			t.Errorf("kernel %s is in no row of table.h", name)
		}
	}
	if names := source.Names(); !slices.Equal(names, compiled()) {
		t.Errorf("kernels.c includes %v, want %v", compiled(), names)
	}
}

func TestThreads(t *testing.T) {
	d := device(t)
	x := make([]float32, 32*9)
	for i := range x {
		x[i] = float32(i % 7)
	}
	in, out := floats(t, d, x...), floats(t, d, make([]float32, 3)...)
	var sum float32
	for _, v := range x {
		sum += v
	}
	for range 8 { // in each of the orders
		clear(out)
		if err := d.Launch("probe_sum", 3, 128, at(out), at(in), int32(len(x))); err != nil {
			t.Fatal(err)
		}
		if err := d.Sync(); err != nil || out[0] != sum || out[2] != 3*sum {
			t.Fatalf("%v, %v; want %g", out, err, sum)
		}
	}
	var above uint32
	for i, v := range x[:32] {
		if v > 3 {
			above |= 1 << i
		}
	}
	want := []int32{int32(above), 1 + 16, 0, 2, 1, 1, 7, 12, 31, 0x3f800000}
	p, err := d.Alloc(4 * len(want))
	if err != nil {
		t.Fatal(err)
	}
	got := ints(p, len(want))
	for range 8 {
		got[7] = 7
		if err := d.Launch("probe_warp", 1, 64, p, at(in)); err != nil {
			t.Fatal(err)
		}
		if err := d.Sync(); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v, %v; want %v (%d above)", got, err, want, bits.OnesCount32(above))
		}
	}
}

func TestWrongThreads(t *testing.T) {
	d := device(t)
	out := floats(t, d, make([]float32, 64)...)
	run := func(how int32) error {
		if err := d.Launch("probe_wrong", 1, 64, at(out), how); err != nil {
			t.Fatal(err)
		}
		return d.Sync()
	}
	for how, parts := range [][]string{
		{"__syncthreads", "ended"},
		{"__syncthreads", "probes.h:"},
		{"lane 3 reads lane 35", "__shfl_xor_sync"},
		{"ffffffff"},
		{"__ballot_sync", "__shfl_sync"},
	} {
		for range 8 {
			err := run(int32(how))
			wants(t, err, append(parts, "kernel probe_wrong: thread ", "of block 0")...)
		}
	}
	seen := map[bool]bool{} // whether the first thread saw what the last wrote
	for range 16 {
		if err := run(5); err != nil {
			t.Fatal(err)
		}
		seen[out[0] == 1] = true
		if err := run(6); err != nil || out[1] == out[1] || out[0] != 1 {
			t.Fatalf("shared memory starts as %g, %v", out[1], err)
		}
	}
	if len(seen) != 2 {
		t.Error("a barrier that is missing shows in no order of threads")
	}
	if err := d.Launch("probe_sum", 1, 48, at(out), at(out), int32(64)); err != nil {
		t.Fatal(err)
	}
	wants(t, d.Sync(), "is not there")
}

// compiled returns the sources that kernels.c includes.
func compiled() []string {
	var names []string
	for _, found := range regexp.MustCompile(`"\.\./source/(\S+)"`).FindAllStringSubmatch(kernelsC, -1) {
		names = append(names, strings.TrimSpace(found[1]))
	}
	return names
}
