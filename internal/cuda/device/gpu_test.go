//go:build gpu && cgo && linux && (amd64 || arm64)

package device

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
)

// open returns a card. It skips where there is none, or fails if SAEGO_REQUIRE has "gpu".
func open(t *testing.T, o Options) cuda.Driver {
	t.Helper()
	d, err := Open(o)
	if err != nil {
		if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "gpu") {
			t.Fatalf("no GPU: %v", err)
		}
		t.Skipf("no GPU: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// check fails t on an error.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError fails t where an error lacks words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error %v, want %q in it", err, w)
		}
	}
}

func random(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// upload returns x in the card's memory.
func upload(t *testing.T, d cuda.Driver, x []float32) unsafe.Pointer {
	t.Helper()
	p, err := d.Alloc(4 * len(x))
	check(t, err)
	check(t, d.Copy(p, unsafe.Pointer(&x[0]), 4*len(x)))
	return p
}

// floats returns managed memory as Go has it.
func floats(p unsafe.Pointer, n int) []float32 { return unsafe.Slice((*float32)(p), n) }

// TestGPUKernels wants what Go computes, to the bit: no product is followed by a sum.
func TestGPUKernels(t *testing.T) {
	d := open(t, Options{})
	const rows, width, n = 37, 129, 37 * 129
	x, y, b := random(n, 1), random(n, 2), random(width, 3)
	px, py, pb := upload(t, d, x), upload(t, d, y), upload(t, d, b)
	out, err := d.Alloc(4 * n)
	check(t, err)
	var wg sync.WaitGroup // threads of the system have no context of their own
	for _, tc := range []struct {
		kernel string
		args   []any
		want   func(i int) float32
	}{
		{"center", []any{out, px, pb, int32(rows), int32(width)}, func(i int) float32 { return x[i] - b[i%width] }},
		{"difference", []any{out, px, py, float32(0.75), int32(n)}, func(i int) float32 { return 0.75 * (x[i] - y[i]) }},
		{"scale", []any{out, py, float32(-3), int32(n)}, func(i int) float32 { return -3 * y[i] }},
	} {
		wg.Go(func() {
			runtime.LockOSThread()
			for _, grid := range []int{1, 3, 1000} {
				if err := d.Clear(out, 4*n); err != nil {
					t.Error(err)
				}
				if err := d.Launch(tc.kernel, grid, 128, tc.args...); err != nil {
					t.Error(err)
				}
				if err := d.Sync(); err != nil {
					t.Error(err)
				}
				for i, got := range floats(out, n) {
					if want := tc.want(i); got != want {
						t.Errorf("%s on %d blocks: out[%d] = %g, want %g", tc.kernel, grid, i, got, want)
						return
					}
				}
			}
		})
		wg.Wait()
	}
}

// TestGPUMultiply bounds the error by what rounding the factors makes of it.
func TestGPUMultiply(t *testing.T) {
	d := open(t, Options{})
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {64, 48, 32}, {17, 129, 65}, {1, 100, 33}, {100, 1, 33}, {128, 256, 192}, {3, 4, 0}} {
		m, n, k := s[0], s[1], s[2]
		a, b, c := random(max(m*k, 1), 1), random(max(k*n, 1), 2), random(m*n, 3)
		pa, pb := upload(t, d, a), upload(t, d, b)
		for i := range 4 {
			var want []float64
			for precision, bound := range map[cuda.Precision]float64{cuda.Float32: 0x1p-22, cuda.TF32: 0x1p-10, cuda.BF16: 0x1p-7} {
				p := cuda.Product{TransA: i&1 != 0, TransB: i&2 != 0, M: m, N: n, K: k, Alpha: 1.5, Beta: 0.5, A: pa, B: pb, Precision: precision}
				p.C = upload(t, d, c)
				check(t, d.Multiply(p))
				check(t, d.Sync())
				name := fmt.Sprintf("(%d, %d, %d) %v %v precision %d", m, n, k, p.TransA, p.TransB, precision)
				if want == nil {
					want = product(p, a, b, c)
				}
				compare(t, name, floats(p.C, m*n), want, 8*bound*math.Sqrt(float64(k)+1))
				first := slices.Clone(floats(p.C, m*n))
				check(t, d.Copy(p.C, unsafe.Pointer(&c[0]), 4*m*n))
				check(t, d.Multiply(p))
				check(t, d.Sync())
				if !slices.Equal(first, floats(p.C, m*n)) {
					t.Errorf("%s: another result the second time", name)
				}
				check(t, d.Free(p.C))
			}
		}
	}
	check(t, d.Multiply(cuda.Product{M: 0, N: 3, K: 2}))
	wantError(t, d.Multiply(cuda.Product{M: -1, N: 3, K: 2}), "a product of (-1, 2)")
	wantError(t, d.Multiply(cuda.Product{M: 1, N: 3, K: 2, Precision: 9}), "precision 9")
}

// product is p in plain Go.
func product(p cuda.Product, a, b, c []float32) []float64 {
	at := func(x []float32, transposed bool, rows, cols, i, j int) float64 {
		if transposed {
			return float64(x[j*rows+i])
		}
		return float64(x[i*cols+j])
	}
	out := make([]float64, p.M*p.N)
	for i := range p.M {
		for j := range p.N {
			sum := 0.0
			for l := range p.K {
				sum += at(a, p.TransA, p.M, p.K, i, l) * at(b, p.TransB, p.K, p.N, l, j)
			}
			out[i*p.N+j] = float64(p.Alpha)*sum + float64(p.Beta)*float64(c[i*p.N+j])
		}
	}
	return out
}

func compare(t *testing.T, name string, got []float32, want []float64, bound float64) {
	t.Helper()
	for i, g := range got {
		if diff := math.Abs(float64(g) - want[i]); !(diff <= bound) {
			t.Errorf("%s: C[%d] = %g, want %g within %g", name, i, g, want[i], bound)
			return
		}
	}
}

func TestGPUMemory(t *testing.T) {
	d := open(t, Options{MemoryLimit: 64})
	x := random(1000, 1)
	a := upload(t, d, x)
	b, err := d.Alloc(4000)
	check(t, err)
	h, err := d.AllocHost(4000)
	check(t, err)
	if uintptr(a)%256 != 0 || uintptr(b)%256 != 0 {
		t.Errorf("%p and %p are not aligned to 256", a, b)
	}
	back := make([]float32, 500)
	check(t, d.Copy(h, a, 4000))                                        // card to pinned
	check(t, d.Clear(a, 4000))                                          //
	check(t, d.Copy(b, h, 4000))                                        // pinned to card
	check(t, d.Copy(a, unsafe.Add(b, 2000), 2000))                      // card to card, from within
	check(t, d.Copy(unsafe.Pointer(&back[0]), a, 2000))                 // card to Go
	check(t, d.Copy(unsafe.Add(a, 2000), unsafe.Pointer(&back[0]), 40)) // Go to card
	check(t, d.Sync())
	want := append(slices.Clone(x[500:]), slices.Concat(x[500:510], make([]float32, 490))...)
	if !slices.Equal(floats(a, 1000), want) || !slices.Equal(floats(b, 1000), x) {
		t.Error("copies differ")
	}
	if _, err := d.Alloc(65 << 20); err == nil {
		t.Error("more than the limit was given")
	} else {
		wantError(t, err, "no memory for 65.0 MiB", "the limit is 64 MiB", "smaller batches")
	}
	wantError(t, d.Copy(a, b, 1<<20), "go beyond")
	wantError(t, d.Clear(unsafe.Pointer(&back[0]), 4), "not of Alloc")
	wantError(t, d.Free(unsafe.Add(a, 256)), "not what an allocation returned")
	wantError(t, d.Free(h), "not what an allocation returned")
	check(t, d.FreeHost(h))
	check(t, d.Free(a))
	wantError(t, d.Free(a), "or was freed")
	check(t, d.Free(nil))
	empty, err := d.Alloc(0)
	check(t, err)
	check(t, d.Clear(empty, 0))
	p, err := d.Alloc(63 << 20) // what was freed is there again
	check(t, err)
	check(t, d.Free(p))
}

// TestGPUArguments wants what does not fit a kernel's declaration to be refused, and
// nothing to be wrong after it.
func TestGPUArguments(t *testing.T) {
	d := open(t, Options{})
	p := upload(t, d, random(8, 1))
	wantError(t, d.Launch("absent", 1, 32), `no kernel "absent"`)
	wantError(t, d.Launch("scale", 0, 32, p, p, float32(1), int32(8)), "0 blocks of 32 threads")
	wantError(t, d.Launch("scale", 1, 2048, p, p, float32(1), int32(8)), "1 blocks of 2048 threads")
	wantError(t, d.Launch("scale", 1, 32, p, p, float32(1), 8), "argument 3 is int")
	if f, err := d.(*driver).function("scale"); err == nil && f.sizes != nil { // drivers before CUDA 12.4 do not tell
		wantError(t, d.Launch("scale", 1, 32, p, p, float32(1)), "has 4 arguments, got 3")
		wantError(t, d.Launch("scale", 1, 32, p, p, 1.0, int32(8)), "argument 2 is float64", "4 bytes")
	}
	check(t, d.Launch("scale", 1, 32, p, p, float32(1), int32(8)))
	check(t, d.Sync())
}

// TestGPUFirstErrorStays runs itself in a process of its own: a context that has failed is
// lost to all of a process.
func TestGPUFirstErrorStays(t *testing.T) {
	if os.Getenv("SAEGO_TEST_FAULT") == "" {
		open(t, Options{})
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGPUFirstErrorStays$")
		cmd.Env = append(os.Environ(), "SAEGO_TEST_FAULT=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	d := open(t, Options{})
	p := upload(t, d, random(8, 1))
	nowhere := uintptr(16)
	check(t, d.Launch("scale", 1, 32, *(*unsafe.Pointer)(unsafe.Pointer(&nowhere)), p, float32(1), int32(8)))
	first := d.Sync()
	wantError(t, first, d.(*driver).name, "CUDA_ERROR_ILLEGAL_ADDRESS")
	_, errAlloc := d.Alloc(8)
	for i, err := range []error{d.Sync(), errAlloc, d.Copy(p, p, 4), d.Launch("scale", 1, 32, p, p, float32(1), int32(8)), d.Multiply(cuda.Product{M: 1, N: 1, K: 1})} {
		if err == nil || err.Error() != first.Error() {
			t.Errorf("call %d behind the error: %v, want %v", i, err, first)
		}
	}
}

func TestGPUClose(t *testing.T) {
	d := open(t, Options{})
	p := upload(t, d, random(8, 1))
	if name := d.Name(); !strings.Contains(name, "(sm_") || !strings.Contains(name, "), CUDA 1") {
		t.Errorf("Name() = %q", name)
	}
	check(t, d.Close())
	check(t, d.Close())
	wantError(t, d.Sync(), "closed")
	wantError(t, d.Copy(p, p, 4), "closed")
	again := open(t, Options{})
	check(t, again.Sync())
}
