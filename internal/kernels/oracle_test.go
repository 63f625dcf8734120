package kernels_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/saego/saego/internal/kernels"
)

// normal returns n numbers from the standard normal distribution.
func normal(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// near fails t unless got equals want within tolerance times want's largest
// magnitude, or a tolerance of one where that is less.
func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	largest := 1.0
	for _, v := range want {
		largest = max(largest, math.Abs(v))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - v); !(d <= tolerance*largest) {
			t.Errorf("%s: value %d is %g, want %g", what, i, got[i], v)
			return
		}
	}
}

func affine(dIn, dSAE int, scaled bool) kernels.Affine {
	a := kernels.Affine{DIn: dIn, DSAE: dSAE, W: normal(dIn*dSAE, 2), B: normal(dSAE, 3)}
	if scaled {
		a.Scale = make([]float32, dSAE)
		for j := range a.Scale {
			a.Scale[j] = 0.5 + float32(j%3)
		}
	}
	return a
}

// preActivations is (x·Wᵀ + b) ⊙ scale in float64.
func preActivations(x []float32, a kernels.Affine) []float64 {
	var out []float64
	for row := range slices.Chunk(x, a.DIn) {
		for j := range a.DSAE {
			h := float64(a.B[j])
			for k, v := range row {
				h += float64(v) * float64(a.W[j*a.DIn+k])
			}
			if a.Scale != nil {
				h *= float64(a.Scale[j])
			}
			out = append(out, h)
		}
	}
	return out
}

// keepLargest zeroes all but the k largest of each row, and all that is not above
// zero if positive is set.
func keepLargest(h []float64, cols, k int, positive bool) []float64 {
	out := make([]float64, len(h))
	for i := 0; i < len(h); i += cols {
		order := make([]int, cols)
		for j := range order {
			order[j] = j
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case h[i+a] > h[i+b]:
				return -1
			case h[i+a] < h[i+b]:
				return 1
			}
			return 0
		})
		for _, j := range order[:min(k, cols)] {
			if !positive || h[i+j] > 0 {
				out[i+j] = h[i+j]
			}
		}
	}
	return out
}

func TestEncode(t *testing.T) {
	const dIn, dSAE = 7, 150
	for _, tt := range []struct {
		name     string
		selector kernels.Activation
		k        int
		positive bool
	}{
		{"relu", kernels.Positive(), dSAE, true},
		{"top 5", kernels.TopPositive(5), 5, true},
		{"top 140, more than are positive", kernels.TopPositive(140), 140, true},
		{"top of all", kernels.TopPositive(dSAE + 10), dSAE, true},
		{"either sign", kernels.Top(9), 9, false},
		{"either sign, nearly all", kernels.Top(149), 149, false},
	} {
		for _, rows := range []int{0, 1, 511, 512, 1100} { // a tile has 512
			for _, scaled := range []bool{false, true} {
				a, x := affine(dIn, dSAE, scaled), normal(rows*dIn, 4)
				enc, codes := kernels.Encoder{Activation: tt.selector}, kernels.NewCSR(0, dSAE)
				enc.Encode(codes, normal(3*dIn, 5), a) // what is left of it must not show
				enc.Encode(codes, x, a)
				near(t, tt.name, codes.Dense(), keepLargest(preActivations(x, a), dSAE, tt.k, tt.positive), 1e-5)
				wellFormed(t, codes, rows, dSAE)
			}
		}
	}
}

// wellFormed checks what a CSR promises.
func wellFormed(t *testing.T, c *kernels.CSR, rows, cols int) {
	t.Helper()
	if c.Rows != rows || c.Cols != cols || len(c.Ptr) != rows+1 || len(c.Idx) != len(c.Val) || int(c.Ptr[rows]) != len(c.Idx) {
		t.Fatalf("codes are (%d, %d) with %d pointers, %d latents, %d values; want (%d, %d)",
			c.Rows, c.Cols, len(c.Ptr), len(c.Idx), len(c.Val), rows, cols)
	}
	for i := range rows {
		if idx, _ := c.Row(i); !slices.IsSorted(idx) {
			t.Errorf("row %d: latents %v are not ascending", i, idx)
		}
	}
}

func TestEncodeSubset(t *testing.T) {
	const dIn, dSAE, k = 5, 40, 4
	all := make([]int32, dSAE)
	for j := range all {
		all[j] = int32(j)
	}
	for _, scaled := range []bool{false, true} {
		a := affine(dIn, dSAE, scaled)
		enc, codes := kernels.Encoder{Activation: kernels.Top(k)}, kernels.NewCSR(0, dSAE)
		// growing, shrinking and empty, on one encoder
		for _, latents := range [][]int32{all, {}, {3}, {0, 7, 8, 9, 21, 39}, all} {
			for _, rows := range []int{600, 3} {
				x := normal(rows*dIn, 6)
				enc.EncodeSubset(codes, x, a, latents)
				h := preActivations(x, a)
				for i := range h {
					if !slices.Contains(latents, int32(i%dSAE)) {
						h[i] = math.Inf(-1)
					}
				}
				want := keepLargest(h, dSAE, min(k, len(latents)), false)
				near(t, "subset", codes.Dense(), want, 1e-5)
				wellFormed(t, codes, rows, dSAE)
			}
		}
	}
}

// codes returns random codes (rows, cols), n of them in each row, and the same as
// a dense matrix.
func codes(rows, cols, n int) (*kernels.CSR, []float64) {
	enc, c := kernels.Encoder{Activation: kernels.Top(n)}, kernels.NewCSR(0, cols)
	enc.Encode(c, normal(rows*3, 7), affine(3, cols, false))
	dense := make([]float64, rows*cols)
	for i, v := range c.Dense() {
		dense[i] = float64(v)
	}
	return c, dense
}

// matMul returns a·b with a (n, m) and b (m, p), where a is read by at.
func matMul(n, m, p int, at func(i, j int) float64, b []float32) []float64 {
	out := make([]float64, n*p)
	for i := range n {
		for j := range m {
			for k := range p {
				out[i*p+k] += at(i, j) * float64(b[j*p+k])
			}
		}
	}
	return out
}

// fastBLAS is gonum's by another name: codes that are not sparse go there.
type fastBLAS struct{ gonum.Implementation }

func TestProducts(t *testing.T) {
	t.Run("sparse", func(t *testing.T) { testProducts(t, 130, 90, 6) })
	t.Run("not sparse", func(t *testing.T) { testProducts(t, 70, 90, 60) })
	blas32.Use(fastBLAS{})
	defer blas32.Use(gonum.Implementation{})
	t.Run("beside a fast BLAS, sparse", func(t *testing.T) { testProducts(t, 130, 90, 6) })
	t.Run("beside a fast BLAS, not sparse", func(t *testing.T) { testProducts(t, 300, 600, 200) })
}

func testProducts(t *testing.T, rows, cols, active int) {
	const dIn = 11
	c, d := codes(rows, cols, active)
	w, b, src := normal(cols*dIn, 8), normal(dIn, 9), normal(rows*dIn, 10)
	scale, div := affine(1, cols, true).Scale, make([]float32, cols)
	for j := range div {
		div[j] = 1 + float32(j%4)
	}

	out := normal(rows*dIn, 11) // must be overwritten
	kernels.Decode(out, c, w, nil, nil)
	near(t, "Decode", out, matMul(rows, cols, dIn, func(i, j int) float64 { return d[i*cols+j] }, w), 1e-5)
	kernels.Decode(out, c, w, b, div)
	want := matMul(rows, cols, dIn, func(i, j int) float64 { return d[i*cols+j] / float64(div[j]) }, w)
	for i := range want {
		want[i] += float64(b[i%dIn])
	}
	near(t, "Decode with bias and norms", out, want, 1e-5)

	g := normal(cols*dIn, 12)
	kernels.RowGrad(g, c, src, nil, nil)
	near(t, "RowGrad", g, matMul(cols, rows, dIn, func(j, i int) float64 { return d[i*cols+j] }, src), 1e-5)
	kernels.RowGrad(g, c, src, scale, div)
	near(t, "RowGrad, scaled", g, matMul(cols, rows, dIn,
		func(j, i int) float64 { return d[i*cols+j] * float64(scale[j]) / float64(div[j]) }, src), 1e-5)

	for _, div := range [][]float32{nil, div} {
		cg := &kernels.CSR{}
		kernels.CodeGrad(cg, c, w, src, div)
		want := make([]float64, rows*cols)
		for i := range rows {
			idx, _ := c.Row(i)
			for _, j := range idx {
				for k := range dIn {
					want[i*cols+int(j)] += float64(src[i*dIn+k]) * float64(w[int(j)*dIn+k])
				}
				if div != nil {
					want[i*cols+int(j)] /= float64(div[j])
				}
			}
		}
		near(t, "CodeGrad", cg.Dense(), want, 1e-5)
	}
}

// TestReconstruction wants what its parts give one by one.
func TestReconstruction(t *testing.T) {
	blas32.Use(fastBLAS{})
	defer blas32.Use(gonum.Implementation{})
	for _, active := range []int{5, 20, 70} { // 70 of 90 are not sparse
		const rows, cols, dIn, f = 130, 90, 11, 0.4
		c, _ := codes(rows, cols, active)
		w, b, target := normal(cols*dIn, 1), normal(dIn, 2), normal(rows*dIn, 3)
		for _, div := range [][]float32{nil, affine(1, cols, true).Scale} {
			out, residual, g := make([]float32, rows*dIn), make([]float32, rows*dIn), &kernels.CSR{}
			e := kernels.Reconstruction{Out: out, Target: target, Residual: residual, F: f, W: w, B: b, Div: div}.Run(g, c)

			wantOut, wantResidual, wantG := make([]float32, rows*dIn), make([]float32, rows*dIn), &kernels.CSR{}
			kernels.Decode(wantOut, c, w, b, div)
			kernels.Difference(wantResidual, wantOut, target, f)
			kernels.CodeGrad(wantG, c, w, wantResidual, div)
			near(t, "output", out, wide(wantOut), 1e-6)
			near(t, "residual", residual, wide(wantResidual), 1e-6)
			near(t, "gradient of the codes", g.Val, wide(wantG.Val), 1e-6)
			near(t, "error", []float32{float32(e)}, []float64{kernels.SquaredError(wantOut, target)}, 1e-6)
		}
	}
}

func TestColumns(t *testing.T) {
	const rows, cols = 70, 33
	c, d := codes(rows, cols, 4)
	v := normal(cols, 13)
	sums, scaled, active := make([]float64, cols), make([]float64, cols), make([]int32, cols)
	for i, x := range d {
		j := i % cols
		sums[j] += x
		scaled[j] += x * float64(v[j])
		if x != 0 {
			active[j]++
		}
	}
	out := make([]float32, cols)
	kernels.ColSum(out, c, nil)
	near(t, "ColSum", out, sums, 1e-5)
	kernels.ColSum(out, c, v)
	near(t, "ColSum, scaled", out, scaled, 1e-5)
	counts := make([]int32, cols)
	kernels.ActiveRows(counts, c)
	if !slices.Equal(counts, active) {
		t.Errorf("ActiveRows: %v, want %v", counts, active)
	}
}

// TestNewCodesNewColumns encodes another batch of the same size into the same
// codes, whose transpose must not be that of the first.
func TestNewCodesNewColumns(t *testing.T) {
	const dIn, dSAE, rows = 4, 30, 20
	a := affine(dIn, dSAE, false)
	enc, c := kernels.Encoder{Activation: kernels.TopPositive(3)}, kernels.NewCSR(0, dSAE)
	for seed := range uint64(4) {
		enc.Encode(c, normal(rows*dIn, 20+seed), a)
		want, got := make([]float64, dSAE), make([]float32, dSAE)
		for q, j := range c.Idx {
			want[j] += float64(c.Val[q])
		}
		kernels.RowGrad(got, c, slices.Repeat([]float32{1}, rows), nil, nil)
		near(t, "sums of columns", got, want, 1e-5)
	}
}
