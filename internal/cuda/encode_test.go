package cuda_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/kernels"
)

// products is a device whose products are given.
type products struct {
	cuda.Driver
	left []float32
}

func (p *products) Multiply(q cuda.Product) error {
	h := p.left[:q.M*q.N]
	p.left = p.left[q.M*q.N:]
	return p.Copy(q.C, unsafe.Pointer(&h[0]), 4*len(h))
}

// sameCodes fails t unless got has want's entries, bit for bit.
func sameCodes(t *testing.T, got, want *kernels.CSR) {
	t.Helper()
	if got.Rows != want.Rows || got.Cols != want.Cols {
		t.Fatalf("(%d, %d), want (%d, %d)", got.Rows, got.Cols, want.Rows, want.Cols)
	}
	for i := range want.Rows {
		if got.Ptr[i+1] != want.Ptr[i+1] {
			t.Fatalf("row %d ends at %d, want %d", i, got.Ptr[i+1], want.Ptr[i+1])
		}
		idx, val := got.Row(i)
		wantIdx, wantVal := want.Row(i)
		for q, j := range wantIdx {
			if idx[q] != j || (math.Float32bits(val[q]) != math.Float32bits(wantVal[q]) && val[q] == val[q]) {
				t.Fatalf("row %d, entry %d: latent %d with %g, want %d with %g", i, q, idx[q], val[q], j, wantVal[q])
			}
		}
	}
}

// numbers returns normally distributed numbers: without ties if step is 0, else multiples
// of it, with a few that are special. If step is less than 0, they are neighbours of 1.
func numbers(n int, step float64, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 3))
	special := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1)), 0, 1e-42}
	x := make([]float32, n)
	for i := range x {
		v := rng.NormFloat64()
		switch {
		case step < 0:
			v = 1 + math.Round(5*v)/(1<<23)
		case step > 0 && rng.IntN(20) == 0:
			v = float64(special[rng.IntN(len(special))])
		case step > 0:
			v = math.Round(v/step) * step
		}
		x[i] = float32(v)
	}
	return x
}

func rules(cols int) map[string]kernels.Rule {
	limit := numbers(cols, 0.5, 7)
	return map[string]kernels.Rule{
		"positive":             kernels.Positive(),
		"top positive":         kernels.TopPositive(5),
		"top 1":                kernels.TopPositive(1),
		"more than positive":   kernels.TopPositive(cols * 9 / 10),
		"top of all":           kernels.Top(cols),
		"top of more":          kernels.Top(cols + 9),
		"top":                  kernels.Top(7),
		"nearly all":           kernels.Top(cols - 1),
		"magnitude":            kernels.TopMagnitude(6),
		"above":                kernels.Above(limit),
		"above by":             kernels.AboveBy(limit, -0.25),
		"magnitude above":      {K: 3, Limit: limit, Slack: 0.125, Least: 0.25, Magnitude: true},
		"all magnitudes above": {Limit: limit, Least: -1, Magnitude: true},
	}
}

// selections calls f for products of many shapes.
func selections(f func(name string, h []float32, a kernels.Affine)) {
	for _, shape := range []struct {
		rows, cols int
		step       float64 // see numbers
	}{{1, 1, 0.5}, {1, 2500, 0.5}, {3, 255, 0}, {3, 257, 0.5}, {2, 5000, 0}, {1, 9000, 0.5}, {1100, 9, 0.5}, {4, 2048, 1e-6}, {2, 700, 1e9}, {2, 300, -1}} {
		h := numbers(shape.rows*shape.cols, shape.step, 1)
		a := kernels.Affine{DIn: 1, DSAE: shape.cols}
		name := fmt.Sprintf("%d·%d by %g", shape.rows, shape.cols, shape.step)
		if shape.rows < 100 {
			f(name, h, a)
		}
		a.B = numbers(shape.cols, shape.step, 2)
		f(name+", b", h, a)
		if shape.rows < 100 {
			a.Scale = numbers(shape.cols, 0, 4)
			f(name+", b and scale", h, a)
		}
	}
}

// TestSelection wants, for equal products, what the host selects.
func TestSelection(t *testing.T) {
	selections(func(name string, h []float32, a kernels.Affine) {
		for rule, r := range rules(a.DSAE) {
			if len(h)/a.DSAE > 100 && !strings.HasPrefix(rule, "above") && !strings.HasPrefix(rule, "top positive") {
				continue // enough of many rows
			}
			t.Run(name+"/"+rule, func(t *testing.T) {
				want := kernels.NewCSR(0, a.DSAE)
				(&kernels.Encoder{Activation: r}).Select(want, slices.Clone(h), a)
				sameCodes(t, given(t, h, a, func(e *cuda.Engine, codes *kernels.CSR, x []float32, a kernels.Affine) {
					e.Encode(&kernels.Encoder{Activation: r}, codes, x, a)
				}), want)
			})
		}
	})
}

// TestFloors wants the same of batches whose values are not at all like those before.
func TestFloors(t *testing.T) {
	const rows, cols = 3, 4000
	a := kernels.Affine{DIn: 1, DSAE: cols}
	var batches [][]float32
	var all []float32
	for i, scale := range []float32{1, 1, 10, 10, 0.01, 1, -1, 1, float32(math.NaN()), 1, 1} {
		h := numbers(rows*cols, []float64{0, 0.25}[i%2], uint64(i))
		for q := range h {
			h[q] *= scale
		}
		batches, all = append(batches, h), append(all, h...)
	}
	for name, rule := range map[string]kernels.Rule{
		"top positive": kernels.TopPositive(30), "magnitude": kernels.TopMagnitude(200), "top": kernels.Top(256),
		"long": kernels.TopPositive(300), "above": {K: 20, Limit: numbers(cols, 0, 7)},
	} {
		t.Run(name, func(t *testing.T) {
			e := engineOn(t, func(d cuda.Driver) cuda.Driver { return &products{d, all} })
			here, want, codes := a, kernels.NewCSR(0, cols), kernels.NewCSRIn(e, 0, cols)
			here.W = e.Floats(nil, cols)
			x, enc := e.Floats(nil, rows), kernels.Encoder{Activation: rule}
			for _, h := range batches {
				e.Encode(&enc, codes, x, here)
				(&kernels.Encoder{Activation: rule}).Select(want, slices.Clone(h), a)
				wait(t, e)
				sameCodes(t, codes, want)
			}
		})
	}
}

// TestBatch wants what sorting the whole batch gives.
func TestBatch(t *testing.T) {
	selections(func(name string, h []float32, a kernels.Affine) {
		for _, k := range []int{1, a.DSAE, len(h) / 20, len(h) / 3, len(h) - 1, 2 * len(h)} {
			if k == 0 || (len(h)/a.DSAE > 100 && k != len(h)/20) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", name, k), func(t *testing.T) {
				sameCodes(t, given(t, h, a, func(e *cuda.Engine, codes *kernels.CSR, x []float32, a kernels.Affine) {
					e.EncodeBatch(&kernels.BatchTop{}, codes, x, a, k)
				}), largestOfAll(h, a, k))
			})
		}
	})
}

// largestOfAll returns the k largest of all positive values.
func largestOfAll(h []float32, a kernels.Affine, k int) *kernels.CSR {
	all, kept := kernels.NewCSR(0, a.DSAE), kernels.NewCSR(0, a.DSAE)
	(&kernels.Encoder{Activation: kernels.Positive()}).Select(all, slices.Clone(h), a)
	order := make([]int, len(all.Val))
	for q := range order {
		order[q] = q
	}
	slices.SortStableFunc(order, func(p, q int) int {
		return -cmp.Compare(sizeOf(all.Val[p]), sizeOf(all.Val[q]))
	})
	keep := make([]bool, len(all.Val))
	for _, q := range order[:min(k, len(order))] {
		keep[q] = true
	}
	kept.Resize(all.Rows, all.Cols, min(k, len(order)))
	n := 0
	kept.Ptr[0] = 0
	for i := range all.Rows {
		for q := all.Ptr[i]; q < all.Ptr[i+1]; q++ {
			if keep[q] {
				kept.Idx[n], kept.Val[n] = all.Idx[q], all.Val[q]
				n++
			}
		}
		kept.Ptr[i+1] = int32(n)
	}
	return kept
}

// sizeOf is v, but NaN is the largest.
func sizeOf(v float32) float64 {
	switch {
	case v != v:
		return math.Inf(1)
	case math.IsInf(float64(v), 1):
		return math.MaxFloat64
	}
	return float64(v)
}

// given returns what f makes of a device whose products are h.
func given(t *testing.T, h []float32, a kernels.Affine, f func(e *cuda.Engine, codes *kernels.CSR, x []float32, a kernels.Affine)) *kernels.CSR {
	t.Helper()
	e := engineOn(t, func(d cuda.Driver) cuda.Driver { return &products{d, h} })
	codes := kernels.NewCSRIn(e, 0, a.DSAE)
	x := e.Floats(nil, len(h)/a.DSAE*a.DIn)
	a.W, a.B, a.Scale = e.Floats(nil, a.DSAE*a.DIn), on(t, e, a.B), on(t, e, a.Scale)
	f(e, codes, x, a)
	wait(t, e)
	return codes
}
