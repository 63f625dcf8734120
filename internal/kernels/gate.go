package kernels

import "math"

// Gate sets both (2·rows, latents) to the two parts of a gated SAE's codes, one below the
// other, from the entries of a: relu(a·scale + mag), and a + gate. It sets scale (latents)
// to exp(r).
func Gate(both, a *CSR, gate, mag, r, scale []float32) {
	for j, v := range r {
		scale[j] = float32(math.Exp(float64(v)))
	}
	both.Twice(a)
	n := len(a.Val)
	For(n, flatGrain, func(lo, hi int) {
		for q := lo; q < hi; q++ {
			v, j := a.Val[q], a.Idx[q]
			both.Val[q] = max(v*scale[j]+mag[j], 0)
			both.Val[n+q] = v + gate[j]
		}
	})
}

// gated is the gradient of [Gate] at one of its vectors, or a: of g, that at both.
type gated struct {
	g, both, a *CSR
	scale      []float32
}

// mag returns the gradient of entry q at a·scale + mag.
func (t gated) mag(q int) float32 {
	if t.both.Val[q] > 0 {
		return t.g.Val[q]
	}
	return 0
}

func (t gated) gate(q int) float32 { return t.g.Val[len(t.a.Val)+q] }

// GateCodesGrad sets out to the gradient of [Gate] at a, from g, that at both.
func GateCodesGrad(out, g, both, a *CSR, scale []float32) {
	t := gated{g, both, a, scale}
	Map(out, a, func(q int, j int32, _ float32) float32 { return t.mag(q)*scale[j] + t.gate(q) })
}

// GateVectorsGrad sets gate, mag and r (latents) to the gradients of [Gate] at them, from
// g, that at both; those that are nil are left out.
func GateVectorsGrad(gate, mag, r []float32, g, both, a *CSR, scale []float32) {
	t := gated{g, both, a, scale}
	if gate != nil {
		ColReduce(gate, a, 1, func(_, q int) float64 { return float64(t.gate(q)) })
	}
	if mag != nil {
		ColReduce(mag, a, 1, func(_, q int) float64 { return float64(t.mag(q)) })
	}
	if r != nil {
		ColReduce(r, a, 1, func(j, q int) float64 { return float64(t.mag(q) * a.Val[q] * scale[j]) })
	}
}
