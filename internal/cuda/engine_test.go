package cuda_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/emulator"
	"github.com/saego/saego/internal/kernels"
)

var errDevice = errors.New("the device has a fault")

// faulty is a driver that fails now and then.
type faulty struct {
	cuda.Driver
	launch, sync int // calls until one fails; 0 = none
}

func (f *faulty) Launch(kernel string, grid, threads int, args ...any) error {
	if f.launch--; f.launch == 0 {
		return errDevice
	}
	return f.Driver.Launch(kernel, grid, threads, args...)
}

func (f *faulty) Sync() error {
	if f.sync--; f.sync == 0 {
		return errDevice
	}
	return f.Driver.Sync()
}

func TestErrors(t *testing.T) {
	d, err := emulator.New()
	if err != nil {
		t.Skip(err)
	}
	f := &faulty{Driver: d}
	e := cuda.New(f, cuda.Float32)
	x, y := e.Floats(nil, 3), e.Floats(nil, 3)
	copy(x, []float32{1, 2, 3})
	for name, fault := range map[string]func(){"launch": func() { f.launch = 1 }, "sync": func() { f.sync = 1 }} {
		fault()
		e.Scale(y, x, 5)
		if err := e.Wait(); !errors.Is(err, errDevice) {
			t.Errorf("%s: Wait returned %v", name, err)
		}
		if err := e.Wait(); err != nil {
			t.Errorf("%s: Wait returned %v again", name, err)
		}
		e.Scale(y, x, 2)
		if wait(t, e); y[2] != 6 {
			t.Errorf("%s: %v behind an error", name, y)
		}
	}
	f.launch = 1
	e.Scale(y, x, 5)
	e.Scale(y, x, 7) // must not be asked for
	if err := e.Wait(); !errors.Is(err, errDevice) || y[2] != 6 {
		t.Errorf("%v, %v: an error is not the end", y, err)
	}

	c, sums, want := randomCodes(batch, latents, 0.1, 1), e.Floats(nil, latents), make([]float32, latents)
	codes := codesOn(t, e, c)
	cpu.ColSum(want, c, nil)
	f.launch = 2 // in the transpose
	e.ColSum(sums, codes, nil)
	if err := e.Wait(); !errors.Is(err, errDevice) {
		t.Errorf("transposing: Wait returned %v", err)
	}
	e.ColSum(sums, codes, nil)
	wait(t, e)
	near(t, "sums behind an error", sums, want, 1e-5)

	own := make([]float32, 3)
	e.Scale(y, own, 2)
	if err := e.Wait(); err == nil || !strings.Contains(err.Error(), "kernel scale: argument 1 is not memory of the engine's") {
		t.Errorf("memory of Go's: %v", err)
	}
	d.Room = 100
	big := e.Floats(nil, 1000)
	e.Scale(big, big, 2)
	if err := e.Wait(); len(big) != 1000 || err == nil || !strings.Contains(err.Error(), "no memory for") {
		t.Errorf("%d numbers, %v", len(big), err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestMemory(t *testing.T) {
	d, err := emulator.New()
	if err != nil {
		t.Skip(err)
	}
	e := cuda.New(d, cuda.Float32)
	x, i := e.Floats(nil, 10), e.Ints(nil, 10)
	if slices.Max(x) != 0 || slices.Max(i) != 0 || slices.Min(i) != 0 {
		t.Errorf("%v, %v are not zeros", x, i)
	}
	if y := e.Floats(x[:0], 11); &y[0] != &x[0] || len(y) != 11 { // there is some slack
		t.Error("memory that suffices is not used again")
	}
	d.Room = 10000
	for n := 10; n < 900; n += 10 { // all of them would be 200 KB
		x = e.Floats(x, n)
		x[0], x[n-1] = 1, 2
		e.Scale(x, x, 2)
		if wait(t, e); x[0] != 2 || x[n-1] != 4 {
			t.Fatalf("%g, %g", x[0], x[n-1])
		}
	}
	part := e.Floats(x[1:2], len(x)+len(x)/2) // what it is in place of is part of x, which stays
	e.Scale(x, x, 2)
	e.Scale(part, part, 1)
	if wait(t, e); x[0] != 4 {
		t.Errorf("%g", x[0])
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestUpload(t *testing.T) {
	e := engine(t)
	host := e.Staging(5)
	copy(host, normal(5, 1))
	x := e.Floats(nil, 5)
	e.Upload(x, host)
	want := normal(5, 1)
	host[0] = 7
	wait(t, e)
	near(t, "uploaded", x, want, 0)
	e.Upload(x, want[:2])
	e.Upload(nil, nil)
	if s := e.Staging(0); len(s) != 0 {
		t.Errorf("%d numbers for none", len(s))
	}
	wait(t, e)
}

// TestSameBits runs everything again and again: the emulator has another order of threads
// and blocks each time.
func TestSameBits(t *testing.T) {
	const d, f = 768, 0.5
	e := engine(t)
	widths := []int{9, 40, latents}
	c, w, b, target := codesOn(t, e, randomCodes(batch, latents, 0.3, 1)), on(t, e, normal(latents*d, 2)), on(t, e, normal(d, 3)), on(t, e, normal(batch*d, 4))
	div, n := on(t, e, positive(latents)), batch*d
	g, out, residual, sums := kernels.NewCSRIn(e, 0, latents), e.Floats(nil, n), e.Floats(nil, n), e.Floats(nil, 3*n)
	rows, byColumn, byRow := e.Floats(nil, latents*d), e.Floats(nil, d), e.Floats(nil, latents)
	var first []uint64
	for run := range 6 {
		var bits []uint64
		take := func(x ...float64) {
			for _, v := range x {
				bits = append(bits, math.Float64bits(v))
			}
		}
		takeAll := func(all ...[]float32) {
			wait(t, e)
			for _, x := range all {
				for _, v := range x {
					take(float64(v))
				}
			}
		}
		e.DenseAbove(float64(run % 2)) // changes the bits
		take(e.Reconstruct(kernels.Reconstruction{Out: out, Target: target, Residual: residual, F: f, W: w, B: b, Div: div}, g, c))
		takeAll(out, residual, g.Val)
		put(t, e, c, randomCodes(batch, latents, 0.3, 1)) // the same, which nobody knows
		e.RowGrad(rows, c, residual, nil, div)
		e.ColSum(byRow, c, nil)
		take(e.SquaredNorm(rows), e.SquaredError(out, target))
		takeAll(rows, byRow)
		errs := make([]float64, len(widths))
		e.DecodeLevels(kernels.Levels{Widths: widths, Out: out, Target: target, Sums: sums, F: f, W: w, B: b, Div: div}, g, c, errs)
		e.RowGradLevels(rows, c, sums, div, widths)
		e.ColumnSums(byColumn, out, 1)
		take(errs...)
		takeAll(rows, byColumn, out, sums, g.Val)
		e.VecMat(byColumn, byRow, w, 1)
		e.RowNorms(byRow, w)
		s := e.LayerNorm(out, target, d, kernels.RowStats{})
		takeAll(byColumn, byRow, out, s.Mean, s.Scale)
		switch {
		case run == 1:
			first = append(first, bits...)
		case run == 0:
			first = slices.Clone(bits)
		case !slices.Equal(bits, first[run%2*len(bits):][:len(bits)]):
			t.Fatalf("run %d gives other bits", run)
		}
	}
}
