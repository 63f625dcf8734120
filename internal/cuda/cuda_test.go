package cuda_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/emulator"
	"github.com/saego/saego/internal/kernels"
)

// cpu is the oracle.
var cpu = kernels.CPU()

// engine returns an engine on the emulator, or skips t.
func engine(t *testing.T) *cuda.Engine {
	t.Helper()
	return engineOn(t, func(d cuda.Driver) cuda.Driver { return d })
}

// engineOn is engine on what wrap makes of the emulator.
func engineOn(t *testing.T, wrap func(cuda.Driver) cuda.Driver) *cuda.Engine {
	t.Helper()
	d, err := emulator.New()
	if err != nil {
		t.Skip(err)
	}
	e := cuda.New(wrap(d), cuda.Float32)
	t.Cleanup(func() {
		if err := errors.Join(e.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// normal returns n numbers from the standard normal distribution.
func normal(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// positive returns n numbers from 0.5 to 1.5.
func positive(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 0.5 + float32(i%9)/8
	}
	return x
}

// randomCodes returns codes of which about a share is active. A row and a latent are not
// active at all.
func randomCodes(rows, latents int, share float64, seed uint64) *kernels.CSR {
	c, rng := kernels.NewCSR(rows, latents), rand.New(rand.NewPCG(seed, 2))
	for i := range rows {
		for j := range latents {
			if i != rows/2 && j != latents/3 && rng.Float64() < share {
				c.Idx, c.Val = append(c.Idx, int32(j)), append(c.Val, float32(rng.NormFloat64()))
			}
		}
		c.Ptr[i+1] = int32(len(c.Idx))
	}
	return c
}

// wait fails t for what the engine kept.
func wait(t *testing.T, e *cuda.Engine) {
	t.Helper()
	if err := e.Wait(); err != nil {
		t.Fatal(err)
	}
}

// on returns x in the engine's memory, nil for nil.
func on(t *testing.T, e *cuda.Engine, x []float32) []float32 {
	t.Helper()
	if x == nil {
		return nil
	}
	y := e.Floats(nil, len(x))
	wait(t, e)
	copy(y, x)
	return y
}

// codesOn returns c in the engine's memory.
func codesOn(t *testing.T, e *cuda.Engine, c *kernels.CSR) *kernels.CSR {
	t.Helper()
	out := kernels.NewCSRIn(e, 0, c.Cols)
	put(t, e, out, c)
	return out
}

// put sets out, of the engine's, to c.
func put(t *testing.T, e *cuda.Engine, out, c *kernels.CSR) {
	t.Helper()
	out.Resize(c.Rows, c.Cols, len(c.Val))
	wait(t, e)
	copy(out.Ptr, c.Ptr)
	copy(out.Idx, c.Idx)
	copy(out.Val, c.Val)
}

// near fails t unless got equals want within tolerance times want's largest magnitude, or a
// tolerance of one where that is less.
func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	largest := 1.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - float64(v)); !(d <= tolerance*largest) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, got[i], v)
		}
	}
}

// nearOne is near for a sum.
func nearOne(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-6*max(1, math.Abs(want))) {
		t.Fatalf("%s is %g, want %g", what, got, want)
	}
}

// nearCodes is near for the entries of matrices.
func nearCodes(t *testing.T, what string, got, want *kernels.CSR) {
	t.Helper()
	if !slices.Equal(got.Ptr, want.Ptr) || !slices.Equal(got.Idx, want.Idx) {
		t.Fatalf("%s: other entries", what)
	}
	near(t, what, got.Val, want.Val, 1e-5)
}

// widthsOfRows are odd, many, a multiple of four, and more than a block has.
var widthsOfRows = []int{1, 5, 33, 768, 1284}

// each calls f for each combination of what may be nil, or two where rows are long.
func each(latents, d int, f func(scale, div []float32)) {
	p := positive(latents)
	f(nil, nil)
	f(normal(latents, 70), p)
	if d < 100 {
		f(nil, p)
		f(p, nil)
	}
}
