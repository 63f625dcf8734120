package kernels_test

import (
	"math"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels"
)

// someCodes returns codes with rows of different lengths, one of them empty.
func someCodes(rows, latents int) *kernels.CSR {
	c := kernels.NewCSR(rows, latents)
	v := normal(rows*latents, 5)
	for i := range rows {
		for j := range latents {
			if i != 1 && (i*7+j*3)%4 == 0 {
				c.Idx, c.Val = append(c.Idx, int32(j)), append(c.Val, v[i*latents+j])
			}
		}
		c.Ptr[i+1] = int32(len(c.Idx))
	}
	return c
}

// upTo returns codes without the latents from width on.
func upTo(c *kernels.CSR, width int) *kernels.CSR {
	out := kernels.NewCSR(c.Rows, c.Cols)
	for i := range c.Rows {
		idx, val := c.Row(i)
		for q, j := range idx {
			if int(j) < width {
				out.Idx, out.Val = append(out.Idx, j), append(out.Val, val[q])
			}
		}
		out.Ptr[i+1] = int32(len(out.Idx))
	}
	return out
}

// TestLevels compares nested decoding and its gradients with plain decoding, level by
// level.
func TestLevels(t *testing.T) {
	const rows, latents, f = 24, 48, 0.25
	widths := []int{3, 4, 15, latents}
	for _, d := range []int{5, 32} { // gradients of rows: whole, and by columns
		w, b, target, div := normal(latents*d, 1), normal(d, 2), normal(rows*d, 3), make([]float32, latents)
		for j := range div {
			div[j] = 0.5 + float32(j%3)
		}
		c := someCodes(rows, latents)
		for name, stats := range map[string]*kernels.RowStats{"plain": nil, "undone": {Mean: normal(rows, 6), Scale: normal(rows, 7)}} {
			l := kernels.Levels{
				Widths: widths, Out: make([]float32, len(widths)*rows*d), Target: target, Sums: make([]float32, len(widths)*rows*d), F: f,
				W: w, B: b, Div: div, Stats: stats,
			}
			got, gotRows, errors := kernels.NewCSR(0, latents), make([]float32, latents*d), make([]float64, len(widths))
			l.Run(got, c, errors)
			kernels.RowGradLevels(gotRows, c, l.Sums, div, widths)

			wantCodes, wantRows := make([]float64, rows*latents), make([]float64, latents*d)
			for k, width := range widths {
				level, out, g := upTo(c, width), make([]float32, rows*d), make([]float32, rows*d)
				kernels.Decode(out, level, w, b, div)
				if stats != nil {
					stats.Undo(out, out, d)
				}
				near(t, name+" reconstruction", l.Out[k*rows*d:][:rows*d], wide(out), 1e-5)
				near(t, name+" error", []float32{float32(errors[k])}, []float64{kernels.SquaredError(out, target)}, 1e-5)
				kernels.Difference(g, out, target, f)
				if stats != nil {
					stats.Rescale(g, g, d)
				}
				codeGrad, rowGrad := kernels.NewCSR(0, latents), make([]float32, latents*d)
				kernels.CodeGrad(codeGrad, level, w, g, div)
				kernels.RowGrad(rowGrad, level, g, nil, div)
				add(wantCodes, codeGrad.Dense())
				add(wantRows, rowGrad)
			}
			near(t, name+" gradient of codes", got.Dense(), wantCodes, 1e-5)
			near(t, name+" gradient of W", gotRows, wantRows, 1e-5)
			all := l.Out
			l.Out = make([]float32, rows*d)
			if l.Run(got, c, errors); !slices.Equal(l.Out, all[len(all)-rows*d:]) {
				t.Errorf("%s: the last level alone is not the last of all", name)
			}
		}
	}
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	add(out, x)
	return out
}

func add(sum []float64, x []float32) {
	for i, v := range x {
		sum[i] += float64(v)
	}
}

func TestEntries(t *testing.T) {
	c := someCodes(9, 12)
	doubled, twice := &kernels.CSR{}, kernels.NewCSR(0, 12)
	kernels.Map(doubled, c, func(q int, j int32, v float32) float32 {
		if c.Idx[q] != j || c.Val[q] != v {
			t.Errorf("entry %d is latent %d with %g, want %d with %g", q, j, v, c.Idx[q], c.Val[q])
		}
		return 2 * v
	})
	sums := make([]float32, 12)
	kernels.ColReduce(sums, doubled, 0.5, func(_, q int) float64 { return float64(doubled.Val[q]) })
	want := make([]float64, 12)
	for i := range c.Rows {
		add(want, c.Dense()[i*12:][:12])
	}
	near(t, "column sums", sums, want, 1e-6)

	twice.Twice(c)
	copy(twice.Val, c.Val)
	copy(twice.Val[len(c.Val):], doubled.Val)
	if !slices.Equal(twice.Dense(), append(c.Dense(), doubled.Dense()...)) {
		t.Error("two parts of one matrix are not the two matrices")
	}
	part := &kernels.CSR{}
	if part.Part(twice, 9, 9); !slices.Equal(part.Dense(), doubled.Dense()) {
		t.Error("the second part is not the second matrix")
	}
	full := c.Dense()
	c.Val[2], full[int(c.Idx[2])] = 0, 0 // in the first row
	small := kernels.NewCSR(0, 12)
	small.Compact(c)
	if !slices.Equal(small.Dense(), full) || len(small.Val) != len(c.Val)-1 {
		t.Errorf("%d entries without the zero, want %d", len(small.Val), len(c.Val)-1)
	}
}

func TestRowStats(t *testing.T) {
	const rows, d = 5, 7
	x := normal(rows*d, 4)
	clear(x[:d]) // nothing to divide by
	for name, norm := range map[string]func(out, x []float32, d int, s kernels.RowStats) kernels.RowStats{
		"layer": kernels.LayerNorm, "constant": kernels.ConstantNorm,
	} {
		out := make([]float32, len(x))
		s := norm(out, x, d, kernels.RowStats{})
		for i := 1; i < rows; i++ {
			var sum, squares float64
			for _, v := range out[i*d:][:d] {
				sum, squares = sum+float64(v), squares+float64(v)*float64(v)
			}
			if name == "layer" && (math.Abs(sum) > 1e-4 || math.Abs(squares/(d-1)-1) > 1e-3) || name == "constant" && math.Abs(squares/d-1) > 1e-5 {
				t.Errorf("%s: row %d sums to %g, its squares to %g", name, i, sum, squares)
			}
		}
		back := make([]float32, 2*len(x)) // two parts of the same rows
		s.Undo(back, append(slices.Clone(out), out...), d)
		near(t, name+" undone", back, wide(append(slices.Clone(x), x...)), 1e-4)
	}
}
