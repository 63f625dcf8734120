package onednn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/internal/kernels/onednn"
	"github.com/saego/saego/internal/native"
)

var _ kernels.BF16Product = (*onednn.Library)(nil)

// library skips where there is no oneDNN, or where this processor has no AVX-512, of
// which oneDNN makes its products of bfloat16; or fails if SAEGO_REQUIRE has "onednn".
func library(t testing.TB) *onednn.Library {
	t.Helper()
	l, err := onednn.Open("")
	if err == nil {
		return l
	}
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "onednn") {
		t.Fatal(err)
	}
	t.Skip(err)
	return nil
}

// reference compiles testdata/dnnl.c, a oneDNN of a few lines, so that the way to the
// library and back is tested on any machine. It skips where there is no compiler.
func reference(t testing.TB, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "libdnnl.so")
	args := append([]string{"-O1", "-shared", "-fPIC", "-ffp-contract=off", "-o", path, filepath.Join("testdata", "dnnl.c")}, flags...)
	if out, err := exec.CommandContext(t.Context(), "cc", args...).CombinedOutput(); err != nil {
		t.Skipf("cc: %v: %s", err, out)
	}
	return path
}

func open(t testing.TB, path string) *onednn.Library {
	t.Helper()
	l, err := onednn.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// bf16 returns n numbers of size 1.
func bf16(n int, seed uint64) []uint16 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x, out := make([]float32, n), make([]uint16, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	kernels.ToBF16(out, x)
	return out
}

// againstTwin compares with the twin in Go: both sum k terms of size 1 in float32, in
// orders of their own.
func againstTwin(t *testing.T, l *onednn.Library) {
	t.Helper()
	var twin kernels.EmulatedBF16
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {64, 64, 64}, {17, 129, 65}, {1, 100, 33}, {100, 1, 33}, {512, 384, 192}, {0, 3, 3}, {3, 0, 3}} {
		m, n, k := s[0], s[1], s[2]
		a, b := bf16(m*k, 1), bf16(n*k, 2)
		got, want := make([]float32, m*n), make([]float32, m*n)
		for i := range got {
			got[i] = 99 // what was there must not count
		}
		l.MultiplyBF16(m, n, k, a, b, got)
		twin.MultiplyBF16(m, n, k, a, b, want)
		worst := 0.0
		for i := range got {
			worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
		}
		if worst > float64(k)/(1<<21) {
			t.Errorf("(%d, %d, %d): differs from the twin by %g", m, n, k, worst)
		}
	}
	c := []float32{1, 2, 3, 4}
	l.MultiplyBF16(2, 2, 0, nil, nil, c)
	if !slices.Equal(c, make([]float32, 4)) {
		t.Errorf("a sum of nothing is %v, want zeros", c)
	}
}

func TestAgainstTwin(t *testing.T)          { againstTwin(t, library(t)) }
func TestReferenceAgainstTwin(t *testing.T) { againstTwin(t, open(t, reference(t, "-DRUNTIME=2"))) }

// concurrent wants the same bits from many goroutines as from one.
func concurrent(t *testing.T, l *onednn.Library) {
	t.Helper()
	const m, n, k = 128, 256, 192
	a, b, want := bf16(m*k, 3), bf16(n*k, 4), make([]float32, m*n)
	l.MultiplyBF16(m, n, k, a, b, want)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got := make([]float32, m*n)
			for range 10 {
				l.MultiplyBF16(m, n, k, a, b, got)
				if !slices.Equal(got, want) {
					t.Error("another result")
				}
			}
		})
	}
	wg.Wait()
}

func TestConcurrent(t *testing.T) { concurrent(t, library(t)) }

// TestReferenceOneThread runs on a oneDNN that fails where the thread of the system that
// calls it has not been held to one thread.
func TestReferenceOneThread(t *testing.T) { concurrent(t, open(t, reference(t, "-DRUNTIME=2"))) }

func TestReferenceSequential(t *testing.T) {
	l := open(t, reference(t, "-DRUNTIME=1"))
	if want := "oneDNN 3.2.1 ("; !strings.HasPrefix(l.Name(), want) {
		t.Errorf("Name() = %q, want %q first", l.Name(), want)
	}
	againstTwin(t, l)
}

// TestOpenUnfit wants the reason why a library cannot be used.
func TestOpenUnfit(t *testing.T) {
	text := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	hint := []string{"make deps-bf16", "--onednn-lib", "SAEGO_ONEDNN"}
	for _, tt := range []struct {
		name, path string
		want       []string
	}{
		{"no library", text, hint},
		{"absent", filepath.Join(t.TempDir(), "absent.so"), hint},
		{"another library", reference(t, "-DNO_GEMM"), append(hint, "it lacks dnnl_gemm_bf16bf16f32")},
		{"threads of another kind", reference(t, "-DRUNTIME=4"), append(hint, "3.2.1", "threads")},
		{"OpenMP that is not there", reference(t, "-DRUNTIME=2", "-DNO_OMP"), append(hint, "threads")},
		{"processor", reference(t, "-DRUNTIME=1", "-DSTATUS=3"), []string{"oneDNN 3.2.1", "on this processor", `"unimplemented"`}},
		{"strange status", reference(t, "-DRUNTIME=1", "-DSTATUS=77"), []string{"status is 77"}},
		{"wrong product", reference(t, "-DRUNTIME=1", "-DWRONG"), []string{"want [7 2 16 5]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := onednn.Open(tt.path)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tt.want, "onednn: ", tt.path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
		})
	}
}

// TestDefault wants a warning that says how to mend it, or a library that is faster.
func TestDefault(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(native.HomeEnv, t.TempDir())
	t.Setenv("SAEGO_ONEDNN", "")
	l, warning, err := onednn.Default("")
	if err != nil {
		t.Fatal(err)
	}
	if (l == nil) == (warning == "") {
		t.Fatalf("library %v and warning %q, want one of them", l, warning)
	}
	unfit := onednn.Supported()
	if unfit != nil && warning != unfit.Error() {
		t.Errorf("warning %q, want that this processor is not made for it: %v", warning, unfit)
	}
	if unfit == nil && l == nil && !strings.Contains(warning, "make deps-bf16") {
		t.Errorf("warning %q, want the way to get oneDNN", warning)
	}
	if _, _, err := onednn.Default("/absent.so"); (err == nil) != (unfit != nil) {
		t.Errorf("an absent library by name: %v; processor: %v", err, unfit)
	}
}

func TestShortSlice(t *testing.T) {
	l := open(t, reference(t, "-DRUNTIME=1"))
	for name, short := range map[string][3]int{"a": {5, 6, 4}, "b": {6, 5, 4}, "c": {6, 6, 3}} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "onednn: a product (2, 3)·(2, 3)ᵀ") {
					t.Errorf("panic %v, want one that names the shapes", r)
				}
			}()
			l.MultiplyBF16(2, 2, 3, make([]uint16, short[0]), make([]uint16, short[1]), make([]float32, short[2]))
		})
	}
}

// BenchmarkMultiply measures the encoder's shape: a tile of rows by W_enc.
func BenchmarkMultiply(b *testing.B) {
	const m, n, k = 512, 6144, 768
	l := library(b)
	x, w := bf16(m*k, 1), bf16(n*k, 2)
	for _, goroutines := range []int{1, 2} {
		b.Run(fmt.Sprintf("oneDNN-%d", goroutines), func(b *testing.B) {
			outs := make([][]float32, goroutines)
			for i := range outs {
				outs[i] = make([]float32, m*n)
			}
			for b.Loop() {
				var wg sync.WaitGroup
				for _, c := range outs {
					wg.Go(func() { l.MultiplyBF16(m, n, k, x, w, c) })
				}
				wg.Wait()
			}
			flop := 2 * m * n * k * float64(goroutines) * float64(b.N)
			b.ReportMetric(flop/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// Example falls back to the twin in Go, as a program does for --bf16 emulate.
func Example() {
	var product kernels.BF16Product = &kernels.EmulatedBF16{}
	if l, warning, err := onednn.Default(""); err != nil || l == nil {
		fmt.Fprintln(os.Stderr, warning, err)
	} else {
		product = l
	}
	c := make([]float32, 1)
	product.MultiplyBF16(1, 1, 2, []uint16{0x3f80, 0x4000}, []uint16{0x4040, 0x4080}, c) // 1·3 + 2·4
	fmt.Println(c)
	// Output: [11]
}
