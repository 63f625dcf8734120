package cuda_test

import (
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels"
)

func TestVectors(t *testing.T) {
	const n = 37
	e := engine(t)
	for _, d := range widthsOfRows {
		x, y, b := normal(n*d, 1), normal(n*d, 2), normal(d, 3)
		dx, dy, db, out, want := on(t, e, x), on(t, e, y), on(t, e, b), e.Floats(nil, n*d), make([]float32, n*d)

		cpu.Center(want, x, b)
		e.Center(out, dx, db)
		wait(t, e)
		near(t, "centered", out, want, 1e-6)
		cpu.Difference(want, x, y, 0.3)
		e.Difference(out, dx, dy, 0.3)
		wait(t, e)
		near(t, "difference", out, want, 1e-6)
		cpu.Scale(want, x, -2)
		e.Scale(out, dx, -2)
		wait(t, e)
		near(t, "scaled", out, want, 0)
		e.Scale(dx, dx, 2) // in place
		e.Scale(dx, dx, 0.5)
		wait(t, e)
		near(t, "scaled twice", dx, x, 0)

		nearOne(t, "squared error", e.SquaredError(dx, dy), cpu.SquaredError(x, y))
		nearOne(t, "squared norm", e.SquaredNorm(dx), cpu.SquaredNorm(x))
	}
	if s := e.SquaredNorm(nil) + e.SquaredError(nil, nil); s != 0 {
		t.Errorf("nothing sums to %g", s)
	}
	e.Scale(nil, nil, 2)
	e.Center(nil, nil, e.Floats(nil, 3))
	wait(t, e)
}

func TestAdam(t *testing.T) {
	const n = 1000
	e := engine(t)
	p, m, v := normal(n, 1), make([]float32, n), make([]float32, n)
	dp, dm, dv := on(t, e, p), e.Floats(nil, n), e.Floats(nil, n)
	for step := range 3 {
		g := normal(n, uint64(10+step))
		a := kernels.Adam{LR: 1e-2, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: step + 1, Clip: 0.7}
		cpu.Adam(a, p, g, m, v)
		e.Adam(a, dp, on(t, e, g), dm, dv)
	}
	wait(t, e)
	near(t, "parameter", dp, p, 1e-6)
	near(t, "first moment", dm, m, 1e-6)
	near(t, "second moment", dv, v, 1e-6)
}

func TestColumnSums(t *testing.T) {
	e := engine(t)
	for _, n := range []int{0, 1, 65, 700, 9000} {
		for _, d := range []int{1, 5, 300} {
			if n*d > 300000 {
				continue
			}
			x, v := normal(n*d, 1), normal(n, 2)
			for i := range v {
				if i%3 == 0 {
					v[i] = 0
				}
			}
			dx, want, out := on(t, e, x), make([]float32, d), e.Floats(nil, d)
			cpu.ColumnSums(want, x, 0.5)
			e.ColumnSums(out, dx, 0.5)
			wait(t, e)
			near(t, "column sums", out, want, 1e-6)
			cpu.VecMat(want, v, x, -2)
			e.VecMat(out, on(t, e, v), dx, -2)
			wait(t, e)
			near(t, "product of a vector", out, want, 1e-6)
		}
	}
}

func TestMultiply(t *testing.T) {
	const m, n = 7, 10
	e := engine(t)
	for _, k := range []int{0, 1, 33} {
		a, b := normal(m*k, 1), normal(k*n, 2)
		da, db := on(t, e, a), on(t, e, b)
		for _, ta := range []bool{false, true} {
			for _, tb := range []bool{false, true} {
				for _, beta := range []float32{0, 1, -0.5} {
					want := normal(m*n, 3)
					out := on(t, e, want)
					if k == 0 {
						cpu.Scale(want, want, beta)
					} else {
						cpu.Multiply(want, a, b, ta, tb, m, n, k, beta)
					}
					e.Multiply(out, da, db, ta, tb, m, n, k, beta)
					wait(t, e)
					near(t, "product", out, want, 1e-5)
				}
			}
		}
	}
	e.Multiply(nil, nil, nil, false, false, 0, 3, 0, 0)
	wait(t, e)
}

func TestRowNorms(t *testing.T) {
	const n = 19
	e := engine(t)
	for _, d := range widthsOfRows {
		w, gNorm, g := normal(n*d, 1), normal(n, 2), normal(n*d, 3)
		clear(w[3*d:][:d]) // without a norm
		gNorm[5] = 0
		norms := make([]float32, n)
		dw, dNorms, dg := on(t, e, w), e.Floats(nil, n), on(t, e, g)
		cpu.RowNorms(norms, w)
		e.RowNorms(dNorms, dw)
		wait(t, e)
		near(t, "norms", dNorms, norms, 1e-6)
		cpu.AddRowNormsGrad(g, w, norms, gNorm)
		e.AddRowNormsGrad(dg, dw, dNorms, on(t, e, gNorm))
		wait(t, e)
		near(t, "gradient", dg, g, 1e-6)
	}
	e.RowNorms(nil, nil)
	e.AddRowNormsGrad(nil, nil, nil, nil)
	wait(t, e)
}

func TestNormalized(t *testing.T) {
	const n = 11
	e := engine(t)
	for _, d := range widthsOfRows {
		x := normal(n*d, 1)
		clear(x[2*d:][:d])
		x[0] += 1000 // far from zero
		dx := on(t, e, x)
		for name, f := range map[string][2]func(out, x []float32, d int, s kernels.RowStats) kernels.RowStats{
			"layer":    {cpu.LayerNorm, e.LayerNorm},
			"constant": {cpu.ConstantNorm, e.ConstantNorm},
		} {
			want, out := make([]float32, n*d), e.Floats(nil, n*d)
			s := f[0](want, x, d, kernels.RowStats{})
			got := f[1](out, dx, d, kernels.RowStats{})
			wait(t, e)
			near(t, name, out, want, 1e-6)
			near(t, name+" scale", got.Scale, s.Scale, 1e-6)
			near(t, name+" mean", got.Mean, s.Mean, 1e-6)

			twice := append(slices.Clone(want), want...) // two parts of the same rows
			back, wantBack := on(t, e, twice), make([]float32, 2*n*d)
			cpu.Undo(s, wantBack, twice, d)
			e.Undo(got, back, back, d)
			wait(t, e)
			near(t, name+" undone", back, wantBack, 1e-6)
			cpu.Rescale(s, wantBack, twice, d)
			e.Rescale(got, back, on(t, e, twice), d)
			wait(t, e)
			near(t, name+" rescaled", back, wantBack, 1e-6)
		}
	}
}
