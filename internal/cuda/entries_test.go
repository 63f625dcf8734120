package cuda_test

import (
	"fmt"
	"testing"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/kernels"
)

// penalties are those of kernels.Entries, of positive codes.
var penalties = map[string]func(k kernels.Entries, c *kernels.CSR, first int, v, byCode, byLatent []float32) float64{
	"l1": func(k kernels.Entries, c *kernels.CSR, first int, v, byCode, byLatent []float32) float64 {
		return k.LpPenalty(c, first, v, 1, byCode, byLatent)
	},
	"lp": func(k kernels.Entries, c *kernels.CSR, first int, v, byCode, byLatent []float32) float64 {
		return k.LpPenalty(c, first, v, 1.5, byCode, byLatent)
	},
	"tanh": func(k kernels.Entries, c *kernels.CSR, first int, v, byCode, byLatent []float32) float64 {
		return k.TanhPenalty(c, first, v, 0.7, byCode, byLatent)
	},
	"l0": func(k kernels.Entries, c *kernels.CSR, first int, v, byCode, byLatent []float32) float64 {
		return k.L0Penalty(kernels.Jump{Width: 0.5}, c, first, v, 0, byCode, byLatent)
	},
	"quadratic l0": func(k kernels.Entries, c *kernels.CSR, first int, v, byCode, byLatent []float32) float64 {
		return k.L0Penalty(kernels.Jump{Width: 2}, c, first, v, 3.5, byCode, byLatent)
	},
}

// positiveCodes are randomCodes without signs.
func positiveCodes(rows, latents int, share float64) *kernels.CSR {
	c := randomCodes(rows, latents, share, 5)
	for q, v := range c.Val {
		c.Val[q] = max(v, -v)
	}
	return c
}

func TestPenalties(t *testing.T) {
	for name, penalty := range penalties {
		for _, share := range []float64{0, 0.1, 0.9} {
			for _, first := range []int{0, 11, 20} {
				t.Run(fmt.Sprint(name, share, first), func(t *testing.T) {
					c, v := positiveCodes(20, 70, share), positive(70)
					e := engine(t)
					theirs, n, from := codesOn(t, e, c), len(c.Val), int(c.Ptr[first])
					wants, gots := [][]float32{make([]float32, n), make([]float32, n)}, [][]float32{e.Floats(nil, n), e.Floats(nil, n)}
					for i := range 2 {
						for q := range from { // of rows before the first: nobody sets or reads them
							wants[i][q], gots[i][q] = 9, 9
						}
					}
					want := penalty(cpu, c, first, v, wants[0], wants[1])
					got := penalty(e, theirs, first, on(t, e, v), gots[0], gots[1])
					wait(t, e)
					nearOne(t, "penalty", got, want)
					for i, by := range []string{"code", "latent"} {
						near(t, "derivative by the "+by, gots[i][from:], wants[i][from:], 1e-6)
					}
					samePenaltyGrads(t, e, theirs, c, first, gots[0], wants[0])
				})
			}
		}
	}
}

// samePenaltyGrads compares what becomes of derivatives.
func samePenaltyGrads(t *testing.T, e *cuda.Engine, theirs, c *kernels.CSR, first int, got, want []float32) {
	t.Helper()
	out, outs := e.Floats(nil, c.Cols), make([]float32, c.Cols)
	g, gs := kernels.NewCSRIn(e, 0, c.Cols), kernels.NewCSR(0, c.Cols)
	e.AddEntries(g, theirs, first, 0.3, got)
	cpu.AddEntries(gs, c, first, 0.3, want)
	e.SumEntries(out, theirs, first, 0.3, got)
	cpu.SumEntries(outs, c, first, 0.3, want)
	wait(t, e)
	nearCodes(t, "gradient at the codes", g, gs)
	near(t, "gradient at the latents' numbers", out, outs, 1e-6)
}

// TestL0WithoutCodes asks for the derivatives by the threshold alone.
func TestL0WithoutCodes(t *testing.T) {
	c, v, e := positiveCodes(9, 40, 0.5), positive(40), engine(t)
	want, got := make([]float32, len(c.Val)), e.Floats(nil, len(c.Val))
	cpu.L0Penalty(kernels.Jump{Width: 1}, c, 0, v, 0, nil, want)
	e.L0Penalty(kernels.Jump{Width: 1}, codesOn(t, e, c), 0, on(t, e, v), 0, nil, got)
	wait(t, e)
	near(t, "derivative by the threshold", got, want, 0)
}

func TestJump(t *testing.T) {
	threshold := positive(70)
	for _, share := range []float64{0, 0.1, 0.9} {
		h := randomCodes(20, 70, share, 6)
		for q, j := range h.Idx {
			if q%5 == 0 {
				h.Val[q] = threshold[j] // not above it
			}
		}
		g := kernels.NewCSR(0, 70)
		g.Like(h)
		copy(g.Val, normal(len(h.Val), 7))
		for _, toInput := range []bool{false, true} {
			j, e := kernels.Jump{Width: 0.7, ToInput: toInput}, engine(t)
			theirs, theirG, theta := codesOn(t, e, h), &kernels.CSR{}, on(t, e, threshold)
			theirG.Like(theirs)
			copy(theirG.Val, g.Val)
			var out, outs, slope, slopes kernels.CSR
			sums, wants := e.Floats(nil, 70), make([]float32, 70)
			e.Jump(j, &out, theirs, theta)
			e.JumpGrad(j, &slope, theirG, theirs, theta)
			e.JumpThresholdGrad(j, sums, theirG, theirs, theta)
			cpu.Jump(j, &outs, h, threshold)
			cpu.JumpGrad(j, &slopes, g, h, threshold)
			cpu.JumpThresholdGrad(j, wants, g, h, threshold)
			wait(t, e)
			sameCodes(t, &out, &outs)
			nearCodes(t, "gradient at the codes", &slope, &slopes)
			near(t, "gradient at the thresholds", sums, wants, 1e-6)
		}
	}
}

func TestGate(t *testing.T) {
	gate, mag, r := normal(70, 1), normal(70, 2), normal(70, 3)
	for _, share := range []float64{0, 0.1, 0.9} {
		a, e := randomCodes(20, 70, share, 6), engine(t)
		n := len(a.Val)
		theirs, theirGate, theirMag, theirR := codesOn(t, e, a), on(t, e, gate), on(t, e, mag), on(t, e, r)
		scale, scales := e.Floats(nil, 70), make([]float32, 70)
		both, boths := kernels.NewCSRIn(e, 0, 70), kernels.NewCSR(0, 70)
		e.Gate(both, theirs, theirGate, theirMag, theirR, scale)
		cpu.Gate(boths, a, gate, mag, r, scales)
		wait(t, e)
		nearCodes(t, "codes", both, boths)
		near(t, "scale", scale, scales, 1e-6)
		var g, gs, grad, grads kernels.CSR
		g.Like(both)
		gs.Like(boths)
		copy(g.Val, normal(2*n, 4))
		copy(gs.Val, normal(2*n, 4))
		copy(both.Val, boths.Val) // what is 0 in one is in both
		e.GateCodesGrad(&grad, &g, both, theirs, scale)
		cpu.GateCodesGrad(&grads, &gs, boths, a, scales)
		wait(t, e)
		nearCodes(t, "gradient at the codes", &grad, &grads)
		var got, want [3][]float32
		for i := range got {
			got[i], want[i] = e.Floats(nil, 70), make([]float32, 70)
		}
		e.GateVectorsGrad(got[0], got[1], got[2], &g, both, theirs, scale)
		cpu.GateVectorsGrad(want[0], want[1], want[2], &gs, boths, a, scales)
		e.GateVectorsGrad(nil, got[1], nil, &g, both, theirs, scale)
		wait(t, e)
		for i, of := range []string{"gate", "mag", "r"} {
			near(t, "gradient at "+of, got[i], want[i], 1e-6)
		}
	}
}
