package cuda_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels"
)

const batch, latents = 21, 70

func TestDecode(t *testing.T) { testDecode(t, 1) }

// TestDense multiplies with zeros whatever is not empty.
func TestDense(t *testing.T) {
	testDecode(t, 0)
	testRowGrad(t, 0)
}

func testDecode(t *testing.T, denseAbove float64) {
	e := engine(t)
	e.DenseAbove(denseAbove)
	for _, d := range widthsOfRows {
		for _, share := range []float64{0, 0.1, 0.9} { // none, few, more than are taken at a time
			width := latents
			if share == 0.9 && d == 33 {
				width = 600
			}
			c, w, b, target := randomCodes(batch, width, share, 1), normal(width*d, 2), normal(d, 3), normal(batch*d, 4)
			dc, dw, db, dTarget := codesOn(t, e, c), on(t, e, w), on(t, e, b), on(t, e, target)
			each(width, d, func(bias, div []float32) { // bias is there or not
				if bias != nil {
					bias = b
				}
				dBias, dDiv := bias, on(t, e, div)
				if bias != nil {
					dBias = db
				}
				what := fmt.Sprintf("d %d, share %g, bias %t, div %t", d, share, bias != nil, div != nil)
				out, want := e.Floats(nil, batch*d), make([]float32, batch*d)
				cpu.Decode(want, c, w, bias, div)
				e.Decode(out, dc, dw, dBias, dDiv)
				wait(t, e)
				near(t, "decoded, "+what, out, want, 1e-5)

				g, wantG := kernels.NewCSRIn(e, 0, width), kernels.NewCSR(0, width)
				cpu.CodeGrad(wantG, c, w, target, div)
				e.CodeGrad(g, dc, dw, dTarget, dDiv)
				wait(t, e)
				nearCodes(t, "gradient of codes, "+what, g, wantG)

				r := kernels.Reconstruction{Out: want, Target: target, Residual: make([]float32, batch*d), F: 0.4, W: w, B: bias, Div: div}
				dr := kernels.Reconstruction{Out: out, Target: dTarget, Residual: e.Floats(nil, batch*d), F: 0.4, W: dw, B: dBias, Div: dDiv}
				clear(out)
				wantSum := cpu.Reconstruct(r, wantG, c)
				nearOne(t, "error, "+what, e.Reconstruct(dr, g, dc), wantSum)
				wait(t, e)
				near(t, "reconstruction, "+what, out, r.Out, 1e-5)
				near(t, "residual, "+what, dr.Residual, r.Residual, 1e-5)
				nearCodes(t, "gradient of a reconstruction, "+what, g, wantG)
			})
		}
	}
}

func TestRowGrad(t *testing.T) { testRowGrad(t, 1) }

func testRowGrad(t *testing.T, denseAbove float64) {
	e := engine(t)
	e.DenseAbove(denseAbove)
	for _, d := range widthsOfRows {
		c, src, old := randomCodes(batch, latents, 0.2, 1), normal(batch*d, 2), normal(latents*d, 3)
		dc, dSrc := codesOn(t, e, c), on(t, e, src)
		each(latents, d, func(scale, div []float32) {
			dScale, dDiv := on(t, e, scale), on(t, e, div)
			want, g := slices.Clone(old), on(t, e, old)
			cpu.AddRowGrad(want, c, src, scale, div)
			e.AddRowGrad(g, dc, dSrc, dScale, dDiv)
			wait(t, e)
			near(t, "sum of gradients", g, want, 1e-5)
			cpu.RowGrad(want, c, src, scale, div)
			e.RowGrad(g, dc, dSrc, dScale, dDiv)
			wait(t, e)
			near(t, "gradient", g, want, 1e-5)
		})
	}
	const d = 5
	g := on(t, e, normal(latents*d, 3))
	none := codesOn(t, e, kernels.NewCSR(batch, latents))
	e.AddRowGrad(g, none, on(t, e, normal(batch*d, 2)), nil, nil)
	wait(t, e)
	near(t, "gradient without codes", g, normal(latents*d, 3), 0)
	e.RowGrad(g, none, on(t, e, normal(batch*d, 2)), nil, nil)
	wait(t, e)
	near(t, "gradient without codes", g, make([]float32, latents*d), 0)
}

// TestUnaligned has rows of four columns that cannot be read at once.
func TestUnaligned(t *testing.T) {
	const d = 8
	e := engine(t)
	off := func(x []float32) []float32 { return on(t, e, append([]float32{0}, x...))[1:] }
	c, w, src := randomCodes(batch, latents, 0.1, 1), normal(latents*d, 2), normal(batch*d, 3)
	e.DenseAbove(1)
	dc, g, wantG := codesOn(t, e, c), kernels.NewCSRIn(e, 0, latents), kernels.NewCSR(0, latents)
	out, want, rows, wantRows := off(src), slices.Clone(src), off(w), slices.Clone(w)
	cpu.Decode(want, c, w, nil, nil)
	e.Decode(out, dc, off(w), nil, nil)
	cpu.CodeGrad(wantG, c, w, src, nil)
	e.CodeGrad(g, dc, off(w), off(src), nil)
	cpu.AddRowGrad(wantRows, c, src, nil, nil)
	e.AddRowGrad(rows, dc, off(src), nil, nil)
	wait(t, e)
	near(t, "decoded", out, want, 1e-5)
	nearCodes(t, "gradient of codes", g, wantG)
	near(t, "gradient", rows, wantRows, 1e-5)
}

// TestColumns looks at sums by latent where there are more rows, or latents, than the
// transpose takes at a time, and where a pattern changes.
func TestColumns(t *testing.T) {
	e := engine(t)
	one, other := kernels.NewCSRIn(e, 0, 1), kernels.NewCSRIn(e, 0, 1)
	check := func(out *kernels.CSR, c *kernels.CSR) {
		t.Helper()
		put(t, e, out, c)
		sums, scaled, scale := make([]float32, c.Cols), make([]float32, c.Cols), positive(c.Cols)
		cpu.ColSum(sums, c, nil)
		cpu.ColSum(scaled, c, scale)
		got, count, want := e.Floats(nil, c.Cols), make([]int32, c.Cols), make([]int32, c.Cols)
		e.ColSum(got, out, on(t, e, scale))
		wait(t, e)
		near(t, "scaled sums", got, scaled, 1e-5)
		e.ColSum(got, out, nil)
		wait(t, e)
		near(t, "sums", got, sums, 1e-5)
		cpu.ActiveRows(want, c)
		if e.ActiveRows(count, out); !slices.Equal(count, want) {
			t.Errorf("(%d, %d): %v rows are active, want %v", c.Rows, c.Cols, count, want)
		}
		src, rows, wantRows := normal(c.Rows, 9), e.Floats(nil, c.Cols), make([]float32, c.Cols)
		cpu.RowGrad(wantRows, c, src, nil, nil)
		e.RowGrad(rows, out, on(t, e, src), nil, nil)
		wait(t, e)
		near(t, "gradient", rows, wantRows, 1e-5)
	}
	check(one, randomCodes(20000, 3, 0.9, 1))
	check(other, randomCodes(3, 3000, 0.1, 2))
	check(one, randomCodes(batch, latents, 0.1, 3))
	check(other, randomCodes(batch, latents, 0.2, 4))
	check(one, randomCodes(batch, latents, 0.1, 5))
	check(one, kernels.NewCSR(2, 9))
	check(one, kernels.NewCSR(0, 9))
	for seed := range 6 { // more than are kept
		check(kernels.NewCSRIn(e, 0, 1), randomCodes(batch, latents, 0.1, uint64(seed)))
	}
}

func TestLevels(t *testing.T) {
	const f = 0.25
	widths := []int{3, 4, 15, latents}
	e := engine(t)
	for _, d := range widthsOfRows {
		c, w, b, target := randomCodes(batch, latents, 0.3, 1), normal(latents*d, 2), normal(d, 3), normal(batch*d, 4)
		dc, dw, db, dTarget := codesOn(t, e, c), on(t, e, w), on(t, e, b), on(t, e, target)
		for name, stats := range map[string]*kernels.RowStats{
			"plain": nil, "scaled": {Scale: normal(batch, 7)}, "undone": {Mean: normal(batch, 6), Scale: normal(batch, 7)},
		} {
			var dStats *kernels.RowStats
			if stats != nil {
				dStats = &kernels.RowStats{Mean: on(t, e, stats.Mean), Scale: on(t, e, stats.Scale)}
			}
			for _, levels := range []int{1, len(widths)} { // that are set in Out
				if levels == 1 && stats == nil && d > 100 {
					continue
				}
				all, n := widths, batch*d
				each(latents, d, func(bias, div []float32) {
					l := kernels.Levels{
						Widths: all, Out: make([]float32, levels*n), Target: target, Sums: make([]float32, len(all)*n), F: f,
						W: w, Div: div, Stats: stats,
					}
					dl := kernels.Levels{
						Widths: all, Out: e.Floats(nil, levels*n), Target: dTarget, Sums: e.Floats(nil, len(all)*n), F: f,
						W: dw, Div: on(t, e, div), Stats: dStats,
					}
					if bias != nil {
						l.B, dl.B = b, db
					}
					g, wantG := kernels.NewCSRIn(e, 0, latents), kernels.NewCSR(0, latents)
					errors, wantErrors := make([]float64, len(all)), make([]float64, len(all))
					rows, wantRows := e.Floats(nil, latents*d), make([]float32, latents*d)
					cpu.DecodeLevels(l, wantG, c, wantErrors)
					cpu.RowGradLevels(wantRows, c, l.Sums, div, all)
					e.DecodeLevels(dl, g, dc, errors)
					e.RowGradLevels(rows, dc, dl.Sums, dl.Div, all)
					wait(t, e)
					for k := range errors {
						nearOne(t, name+" error", errors[k], wantErrors[k])
					}
					near(t, name+" reconstructions", dl.Out, l.Out, 1e-5)
					near(t, name+" sums", dl.Sums, l.Sums, 1e-5)
					nearCodes(t, name+" gradient of codes", g, wantG)
					near(t, name+" gradient of W", rows, wantRows, 1e-5)
				})
			}
		}
	}
}
