package kernels_test

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels"
)

func TestDense(t *testing.T) {
	const rows, d = 77, 19
	x, y, b := normal(rows*d, 1), normal(rows*d, 2), normal(d, 3)
	var squaredError, squares float64
	centered, difference, double := make([]float64, rows*d), make([]float64, rows*d), make([]float64, rows*d)
	norms, columns, product := make([]float64, rows), make([]float64, d), make([]float64, d)
	v := normal(rows, 4)
	v[3] = 0
	for i := range x {
		a, c := float64(x[i]), float64(y[i])
		centered[i], difference[i], double[i] = a-float64(b[i%d]), 3*(a-c), 2*a
		squaredError += (a - c) * (a - c)
		squares += a * a
		norms[i/d] += a * a
		columns[i%d] += 0.5 * a
		product[i%d] -= float64(v[i/d]) * a
	}
	for i := range norms {
		norms[i] = math.Sqrt(norms[i])
	}
	out := make([]float32, rows*d)
	kernels.Center(out, x, b)
	near(t, "Center", out, centered, 1e-6)
	kernels.Difference(out, x, y, 3)
	near(t, "Difference", out, difference, 1e-6)
	kernels.Scale(out, x, 2)
	near(t, "Scale", out, double, 0)
	kernels.RowNorms(out[:rows], x)
	near(t, "RowNorms", out[:rows], norms, 1e-6)
	kernels.RowNorms(nil, nil) // no rows, no norms
	kernels.ColumnSums(out[:d], x, 0.5)
	near(t, "ColumnSums", out[:d], columns, 1e-6)
	kernels.VecMat(out[:d], v, x, -1)
	near(t, "VecMat", out[:d], product, 1e-6)
	near(t, "SquaredError", []float32{float32(kernels.SquaredError(x, y))}, []float64{squaredError}, 1e-6)
	near(t, "SquaredNorm", []float32{float32(kernels.SquaredNorm(x))}, []float64{squares}, 1e-6)
}

func TestRowNormsGrad(t *testing.T) {
	const rows, d = 9, 5
	w, gNorm := normal(rows*d, 5), normal(rows, 6)
	clear(w[:d]) // a norm of zero has no direction
	norms, got, want := make([]float32, rows), make([]float32, rows*d), make([]float64, rows*d)
	kernels.RowNorms(norms, w)
	clear(got)
	kernels.AddRowNormsGrad(got, w, norms, gNorm)
	for i := d; i < rows*d; i++ {
		want[i] = float64(gNorm[i/d]) * float64(w[i]) / float64(norms[i/d])
	}
	near(t, "AddRowNormsGrad", got, want, 1e-6)
}

// TestAdam follows algorithm 1 in float64 for fifty steps. Float32 moments carry
// 6e-8 of rounding a step.
func TestAdam(t *testing.T) {
	const n = 40
	p, m, v := normal(n, 7), make([]float32, n), make([]float32, n)
	want, wm, wv := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range p {
		want[i] = float64(p[i])
	}
	for step := 1; step <= 50; step++ {
		a := kernels.Adam{LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: step, Clip: 0.5}
		g := normal(n, uint64(100+step))
		a.Update(p, g, m, v)
		for i := range want {
			gi := a.Clip * float64(g[i])
			wm[i] = a.Beta1*wm[i] + (1-a.Beta1)*gi
			wv[i] = a.Beta2*wv[i] + (1-a.Beta2)*gi*gi
			mHat := wm[i] / (1 - math.Pow(a.Beta1, float64(step)))
			vHat := wv[i] / (1 - math.Pow(a.Beta2, float64(step)))
			want[i] -= a.LR * mHat / (math.Sqrt(vHat) + a.Eps)
		}
	}
	near(t, "parameters", p, want, 1e-5)
	near(t, "first moments", m, wm, 1e-6)
	near(t, "second moments", v, wv, 1e-6)
}

// everything runs each kernel that works in pieces, and returns all results.
func everything() []float32 {
	const rows, dIn, dSAE = 1500, 24, 300
	a, x := affine(dIn, dSAE, true), normal(rows*dIn, 8)
	enc, c, g := kernels.Encoder{Activation: kernels.TopPositive(8)}, kernels.NewCSR(0, dSAE), &kernels.CSR{}
	enc.Encode(c, x, a)
	out, grad := make([]float32, rows*dIn), make([]float32, dSAE*dIn)
	kernels.Decode(out, c, a.W, nil, nil)
	kernels.CodeGrad(g, c, a.W, x, a.Scale)
	kernels.RowGrad(grad, g, x, a.Scale, nil)
	sums := make([]float32, dIn)
	kernels.ColumnSums(sums, x, 1)
	all := slices.Concat(c.Val, out, g.Val, grad, sums)
	all = append(all, float32(kernels.SquaredError(x, out)), float32(kernels.SquaredNorm(grad)))
	kernels.VecMat(sums, a.B, a.W, 1)
	m, v := make([]float32, len(grad)), make([]float32, len(grad))
	kernels.Adam{LR: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Step: 1, Clip: 1}.Update(a.W, grad, m, v)
	return append(append(all, sums...), a.W...)
}

func TestBitsDoNotDependOnProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := everything()
	for _, n := range []int{2, 7} {
		runtime.GOMAXPROCS(n)
		if got := everything(); !slices.Equal(got, want) {
			t.Errorf("%d processors: other bits than one gives", n)
		}
	}
}

// TestAllocations allows the closures, the parts of a sum and what gonum's product
// takes, but no memory that grows with the rows.
func TestAllocations(t *testing.T) {
	const rows, dIn, dSAE = 600, 8, 64
	a, x := affine(dIn, dSAE, false), normal(rows*dIn, 9)
	enc, c, g := kernels.Encoder{Activation: kernels.TopPositive(4)}, kernels.NewCSR(0, dSAE), &kernels.CSR{}
	sub := kernels.Encoder{Activation: kernels.Top(4)}
	latents, dead := []int32{1, 5, 9, 33}, kernels.NewCSR(0, dSAE)
	out, grad := make([]float32, rows*dIn), make([]float32, dSAE*dIn)
	for name, f := range map[string]func(){
		"Encode":       func() { enc.Encode(c, x, a) },
		"EncodeSubset": func() { sub.EncodeSubset(dead, x, a, latents) },
		"Decode":       func() { kernels.Decode(out, c, a.W, nil, nil) },
		"CodeGrad":     func() { kernels.CodeGrad(g, c, a.W, x, nil) },
		"RowGrad":      func() { kernels.RowGrad(grad, c, x, nil, nil) },
		"SquaredNorm":  func() { kernels.SquaredNorm(grad) },
	} {
		enc.Encode(c, x, a)
		if n := testing.AllocsPerRun(5, f); n > 30 {
			t.Errorf("%s: %g allocations, want at most 30", name, n)
		}
	}
}
