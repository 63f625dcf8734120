package blas_test

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

	gblas "gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/internal/native"
)

// library skips where OpenBLAS is absent, or fails if SAEGO_REQUIRE has "blas".
func library(t testing.TB) *blas.Library {
	t.Helper()
	l, err := blas.Open("")
	if err == nil {
		return l
	}
	if strings.Contains(os.Getenv("SAEGO_REQUIRE"), "blas") {
		t.Fatal(err)
	}
	t.Skip(err)
	return nil
}

// product is one call of Sgemm.
type product struct {
	tA, tB        gblas.Transpose
	m, n, k       int
	alpha, beta   float32
	a, b, c       []float32
	lda, ldb, ldc int
}

func newProduct(rng *rand.Rand, tA, tB gblas.Transpose, m, n, k, pad int) product {
	p := product{tA: tA, tB: tB, m: m, n: n, k: k, alpha: 1.5, beta: 0.5}
	matrix := func(t gblas.Transpose, rows, cols int) ([]float32, int) {
		if t != gblas.NoTrans {
			rows, cols = cols, rows
		}
		stride := max(1, cols+pad)
		x := make([]float32, max(0, rows*stride-pad)) // the last row has no padding
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		return x, stride
	}
	p.a, p.lda = matrix(tA, m, k)
	p.b, p.ldb = matrix(tB, k, n)
	p.c, p.ldc = matrix(gblas.NoTrans, m, n)
	return p
}

// on returns C after the product.
func (p product) on(impl gblas.Float32Level3) []float32 {
	c := slices.Clone(p.c)
	impl.Sgemm(p.tA, p.tB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, c, p.ldc)
	return c
}

func maxDiff(a, b []float32) float64 {
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	return worst
}

// products cover odd shapes, strides, all transposes and empty sizes.
func products() []product {
	rng := rand.New(rand.NewPCG(1, 2))
	var out []product
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {64, 64, 64}, {17, 129, 65}, {1, 100, 33}, {100, 1, 33}, {0, 3, 3}, {3, 0, 3}, {3, 3, 0}} {
		for _, tA := range []gblas.Transpose{gblas.NoTrans, gblas.Trans} {
			for _, tB := range []gblas.Transpose{gblas.NoTrans, gblas.Trans} {
				for _, pad := range []int{0, 3} {
					out = append(out, newProduct(rng, tA, tB, s[0], s[1], s[2], pad))
				}
			}
		}
	}
	return out
}

func (p product) String() string {
	return fmt.Sprintf("%c%c (%d, %d, %d) strides %d %d %d", p.tA, p.tB, p.m, p.n, p.k, p.lda, p.ldb, p.ldc)
}

// TestAgainstGonum wants what gonum gives within rounding: 129 terms of size about
// 1 sum to an error well under 1e-4.
func TestAgainstGonum(t *testing.T) {
	l := library(t)
	for _, p := range products() {
		if d := maxDiff(p.on(l), p.on(gonum.Implementation{})); d > 1e-4 {
			t.Errorf("%v: differs from gonum by %g", p, d)
		}
	}
}

func TestDgemmAgainstGonum(t *testing.T) {
	l := library(t)
	a := []float64{1, 2, 3, 4, 5, 6}
	b := []float64{7, 8, 9, 10, 11, 12}
	got, want := make([]float64, 4), make([]float64, 4)
	l.Dgemm(gblas.NoTrans, gblas.NoTrans, 2, 2, 3, 1, a, 3, b, 2, 0, got, 2)
	gonum.Implementation{}.Dgemm(gblas.NoTrans, gblas.NoTrans, 2, 2, 3, 1, a, 3, b, 2, 0, want, 2)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestConcurrent wants the same bits from many goroutines as from one.
func TestConcurrent(t *testing.T) {
	l := library(t)
	rng := rand.New(rand.NewPCG(3, 4))
	p := newProduct(rng, gblas.NoTrans, gblas.Trans, 128, 256, 192, 0)
	want := p.on(l)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if !slices.Equal(p.on(l), want) {
					t.Error("another result")
				}
			}
		})
	}
	wg.Wait()
}

// TestOneThread runs itself with the variables that set OpenBLAS's threads: they must not
// multiply those of the goroutines that compute.
func TestOneThread(t *testing.T) {
	l := library(t)
	if n := l.Threads(); n != 1 {
		t.Fatalf("a product takes %d threads, want 1", n)
	}
	if os.Getenv("OPENBLAS_NUM_THREADS") != "" {
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOneThread$")
	cmd.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=4", "OMP_NUM_THREADS=4", "GOTO_NUM_THREADS=4")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestShortSlice wants a panic before OpenBLAS reads beyond a slice.
func TestShortSlice(t *testing.T) {
	l := library(t)
	for name, change := range map[string]func(*product){
		"A": func(p *product) { p.a = p.a[1:] }, "B": func(p *product) { p.b = p.b[1:] }, "C": func(p *product) { p.c = p.c[1:] },
		"stride": func(p *product) { p.lda = 4 }, "transpose": func(p *product) { p.tB = 'x' },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProduct(rand.New(rand.NewPCG(5, 6)), gblas.NoTrans, gblas.NoTrans, 3, 5, 7, 0)
			change(&p)
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "blas: Sgemm: ") {
					t.Errorf("panic %v, want one of Sgemm", r)
				}
			}()
			p.on(l)
		})
	}
}

func TestName(t *testing.T) {
	if name := blas.Name(library(t)); !strings.HasPrefix(name, "OpenBLAS ") {
		t.Errorf("Name() = %q", name)
	}
	if name := blas.Name(gonum.Implementation{}); name != "gonum (pure Go)" {
		t.Errorf("Name(gonum) = %q", name)
	}
}

func TestOpenNotOpenBLAS(t *testing.T) {
	text := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := []string{text, filepath.Join(t.TempDir(), "absent.so")}
	if ort, err := native.ONNXRuntime().Find(""); err == nil && filepath.IsAbs(ort[0]) {
		paths = append(paths, ort[0])
	}
	for _, path := range paths {
		_, _, err := blas.Default(path) // a named library is never replaced in silence
		if err == nil {
			t.Errorf("%s: no error", path)
			continue
		}
		for _, want := range []string{"blas: ", path, "make deps", "--blas-lib", "SAEGO_BLAS"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q, want %q in it", err, want)
			}
		}
	}
}

// TestDefaultWithoutLibrary runs where neither make deps nor a system has OpenBLAS.
func TestDefaultWithoutLibrary(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(native.HomeEnv, t.TempDir())
	t.Setenv("SAEGO_BLAS", "")
	impl, warning, err := blas.Default("")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := impl.(*blas.Library); ok {
		t.Skip("the system has an OpenBLAS")
	}
	for _, want := range []string{"make deps", "SAEGO_BLAS", "pure Go", "times as long", "-bench Sgemm"} {
		if !strings.Contains(warning, want) {
			t.Errorf("warning %q, want %q in it", warning, want)
		}
	}
}

// BenchmarkSgemm measures the encoder's shape: a tile of rows by W_enc stored transposed.
func BenchmarkSgemm(b *testing.B) {
	p := newProduct(rand.New(rand.NewPCG(7, 8)), gblas.NoTrans, gblas.Trans, 512, 6144, 768, 0)
	p.beta = 0
	run := func(name string, impl gblas.Float32Level3, goroutines int) {
		b.Run(fmt.Sprintf("%s-%d", name, goroutines), func(b *testing.B) {
			outs := make([][]float32, goroutines)
			for i := range outs {
				outs[i] = slices.Clone(p.c)
			}
			for b.Loop() {
				var wg sync.WaitGroup
				for _, c := range outs {
					wg.Go(func() {
						impl.Sgemm(p.tA, p.tB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, c, p.ldc)
					})
				}
				wg.Wait()
			}
			flop := 2 * float64(p.m) * float64(p.n) * float64(p.k) * float64(goroutines) * float64(b.N)
			b.ReportMetric(flop/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
	l := library(b)
	run("OpenBLAS", l, 1)
	run("OpenBLAS", l, 2)
	run("gonum", gonum.Implementation{}, 1)
}

func Example() {
	impl, warning, err := blas.Default("")
	if err != nil {
		fmt.Println(err)
		return
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, warning)
	}
	c := make([]float32, 1)
	impl.Sgemm(gblas.NoTrans, gblas.NoTrans, 1, 1, 2, 1, []float32{1, 2}, 2, []float32{3, 4}, 1, 0, c, 1)
	fmt.Println(c)
	// Output: [11]
}
