package kernels

// Entries is the part of an [Engine] that goes through the entries of codes: the penalties
// and gates of sae. The functions of this package with these names, and the
// methods of [Jump], say what is set; [CPU]'s engine calls them. Memory is the engine's, as in
// Engine.
type Entries interface {
	LpPenalty(c *CSR, first int, norms []float32, p float64, byCode, byNorm []float32) float64
	TanhPenalty(c *CSR, first int, norms []float32, scale float32, byCode, byNorm []float32) float64
	// L0Penalty is Jump.L0.
	L0Penalty(j Jump, c *CSR, first int, threshold []float32, target float64, byCode, byThreshold []float32) float64
	AddEntries(out, c *CSR, first int, f float32, v []float32)
	SumEntries(out []float32, c *CSR, first int, f float64, v []float32)

	// Jump, JumpGrad and JumpThresholdGrad are Jump.Run, Grad and ThresholdGrad.
	Jump(j Jump, out, h *CSR, threshold []float32)
	JumpGrad(j Jump, out, g, h *CSR, threshold []float32)
	JumpThresholdGrad(j Jump, out []float32, g, h *CSR, threshold []float32)

	Gate(both, a *CSR, gate, mag, r, scale []float32)
	GateCodesGrad(out, g, both, a *CSR, scale []float32)
	GateVectorsGrad(gate, mag, r []float32, g, both, a *CSR, scale []float32)
}

func (cpu) LpPenalty(c *CSR, first int, norms []float32, p float64, byCode, byNorm []float32) float64 {
	return LpPenalty(c, first, norms, p, byCode, byNorm)
}

func (cpu) TanhPenalty(c *CSR, first int, norms []float32, scale float32, byCode, byNorm []float32) float64 {
	return TanhPenalty(c, first, norms, scale, byCode, byNorm)
}

func (cpu) L0Penalty(j Jump, c *CSR, first int, threshold []float32, target float64, byCode, byThreshold []float32) float64 {
	return j.L0(c, first, threshold, target, byCode, byThreshold)
}

func (cpu) AddEntries(out, c *CSR, first int, f float32, v []float32) {
	AddEntries(out, c, first, f, v)
}

func (cpu) SumEntries(out []float32, c *CSR, first int, f float64, v []float32) {
	SumEntries(out, c, first, f, v)
}

func (cpu) Jump(j Jump, out, h *CSR, threshold []float32) { j.Run(out, h, threshold) }

func (cpu) JumpGrad(j Jump, out, g, h *CSR, threshold []float32) { j.Grad(out, g, h, threshold) }

func (cpu) JumpThresholdGrad(j Jump, out []float32, g, h *CSR, threshold []float32) {
	j.ThresholdGrad(out, g, h, threshold)
}

func (cpu) Gate(both, a *CSR, gate, mag, r, scale []float32) { Gate(both, a, gate, mag, r, scale) }

func (cpu) GateCodesGrad(out, g, both, a *CSR, scale []float32) {
	GateCodesGrad(out, g, both, a, scale)
}

func (cpu) GateVectorsGrad(gate, mag, r []float32, g, both, a *CSR, scale []float32) {
	GateVectorsGrad(gate, mag, r, g, both, a, scale)
}
