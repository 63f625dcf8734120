//go:build cgo && linux

package emulator

import (
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
)

func device(t *testing.T) *Driver {
	t.Helper()
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// floats returns memory of the device that holds x.
func floats(t *testing.T, d *Driver, x ...float32) []float32 {
	t.Helper()
	p, err := d.Alloc(4 * len(x))
	if err != nil {
		t.Fatal(err)
	}
	s := unsafe.Slice((*float32)(p), len(x))
	copy(s, x)
	return s
}

func at[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

// wants fails t unless err has all parts.
func wants(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%q has no %q", err, p)
		}
	}
}

func TestLaterIsLater(t *testing.T) {
	d := device(t)
	x, y := floats(t, d, 1, 2, 3), floats(t, d, 0, 0, 0)
	if err := d.Launch("scale", 1, 256, at(y), at(x), float32(2), int32(3)); err != nil {
		t.Fatal(err)
	}
	if y[2] != 0 {
		t.Errorf("%g before Sync", y[2])
	}
	host := make([]float32, 3)
	if err := d.Copy(at(host), at(y), 12); err != nil || host[2] != 6 {
		t.Errorf("%v, %v; want 6", host, err)
	}
	if err := d.Clear(at(y), 4); err != nil || y[0] != 2 {
		t.Errorf("%g before Sync, %v", y[0], err)
	}
	if err := d.Copy(at(x), at(y), 8); err != nil || x[0] != 1 {
		t.Errorf("%g before Sync, %v", x[0], err)
	}
	if err := d.Sync(); err != nil || x[0] != 0 || x[1] != 4 {
		t.Errorf("%v, %v", x, err)
	}
	fresh, err := d.Alloc(4)
	if v := *(*float32)(fresh); err != nil || v == v {
		t.Errorf("fresh memory is %g, %v", v, err)
	}
	if err := d.Free(fresh); err != nil {
		t.Error(err)
	}
}

func TestWrongCalls(t *testing.T) {
	d := device(t)
	x, own := floats(t, d, 1, 2), make([]float32, 2)
	n := int32(2)
	wants(t, d.Launch("nothing", 1, 1), `"nothing"`)
	wants(t, d.Launch("scale", 1, 1, at(x), at(x), float32(1)), "scale", "4 arguments, not 3")
	wants(t, d.Launch("scale", 1, 1, at(x), at(x), 1.0, n), "scale", "argument 2 is float64, not a float32")
	wants(t, d.Launch("scale", 1, 1, at(x), n, float32(1), n), "argument 1 is int32, not a pointer")
	wants(t, d.Launch("scale", 0, 1, at(x), at(x), float32(1), n), "0 blocks")
	wants(t, d.Launch("scale", 1, 1025, at(x), at(x), float32(1), n), "1025 threads")
	wants(t, d.Launch("scale", 1, 1, at(x), at(own), float32(1), n), "scale, argument 1", "is not memory of the device")
	pinned, err := d.AllocHost(8)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.Launch("scale", 1, 1, at(x), pinned, float32(1), n), "argument 1", "memory of the host")
	wants(t, d.Copy(at(x), at(own), 9), "9 bytes")
	wants(t, d.Clear(at(x), 9), "9 bytes")
	wants(t, d.Free(pinned), "not memory to be freed")
	wants(t, d.Multiply(cuda.Product{M: 1, N: 1, K: 3, A: at(x), B: at(x), C: at(x)}), "matrix A")
	wants(t, d.Multiply(cuda.Product{M: 1, N: 1, K: 1, A: at(x), B: at(x[1:]), C: at(x[1:])}), "C is one of its factors")
	if err := d.Launch("scale", 1, 1, at(x), at(x), float32(1), int32(3)); err != nil {
		t.Fatal(err)
	}
	wants(t, d.Sync(), "kernel scale", "behind 8 bytes")
	d.memory[0].fill()
	_, behind := d.memory[0].guards()
	copy(behind, d.memory[0].guarded)
	d.Room = 16
	_, err = d.Alloc(1)
	wants(t, err, "no memory for 1 bytes")
}

func TestMultiply(t *testing.T) {
	d := device(t)
	a, b := floats(t, d, 1, 2, 3, 4, 5, 6), floats(t, d, 1, 0, 2, 1, 0, 3) // (2, 3) and (3, 2), or transposed
	for _, tt := range []struct {
		ta, tb bool
		want   [4]float32
	}{
		{false, false, [4]float32{5, 11, 14, 23}},
		{true, false, [4]float32{7, 18, 10, 22}},
		{false, true, [4]float32{7, 10, 16, 22}},
		{true, true, [4]float32{11, 16, 14, 20}},
	} {
		c := floats(t, d, 2, 0, 0, 0)
		p := cuda.Product{TransA: tt.ta, TransB: tt.tb, M: 2, N: 2, K: 3, Alpha: 1, Beta: 1, A: at(a), B: at(b), C: at(c)}
		if err := d.Multiply(p); err != nil {
			t.Fatal(err)
		}
		if err := d.Sync(); err != nil {
			t.Fatal(err)
		}
		if tt.want[0] += 2; [4]float32(c) != tt.want {
			t.Errorf("transposed %t, %t: %v, want %v", tt.ta, tt.tb, c, tt.want)
		}
	}
	x, one, c := floats(t, d, 1+1.0/1024, float32(math.Inf(1))), floats(t, d, 1), floats(t, d, 0, 0)
	for to, want := range map[cuda.Precision]float32{cuda.Float32: x[0], cuda.TF32: x[0], cuda.BF16: 1} {
		if err := d.Multiply(cuda.Product{M: 2, N: 1, K: 1, Alpha: 1, A: at(x), B: at(one), C: at(c), Precision: to}); err != nil {
			t.Fatal(err)
		}
		if err := d.Sync(); err != nil || c[0] != want || c[1] != x[1] {
			t.Errorf("precision %d: %v, %v; want %g", to, c, err, want)
		}
	}
}
