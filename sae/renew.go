package sae

// Reviver is an [Architecture] whose own loss can reach dead latents.
type Reviver interface{ Revives(Config) bool }

// Revives says whether m's own loss reaches dead latents: that of the TopK family and
// of jumprelu, where their coefficient is not 0.
func (m *Model) Revives() bool {
	r, ok := m.arch.(Reviver)
	return ok && r.Revives(m.cfg)
}

// Revives implements [Reviver].
func (topK) Revives(c Config) bool { return c.AuxLossCoefficient > 0 }

// Revives implements [Reviver].
func (jumpReLU) Revives(c Config) bool { return c.PreActLossCoefficient > 0 }

// Renew makes latent j a new one that reads along enc (d_in) and writes along dec (the
// output's width); its other numbers are what they are at the start.
func (m *Model) Renew(j int, enc, dec []float32) {
	copy(m.wEnc[j*m.cfg.DIn:][:m.cfg.DIn], enc)
	copy(m.wDec[j*m.cfg.Out():][:m.cfg.Out()], dec)
	for i, s := range specs(m.arch, m.cfg) {
		if s.perLatent(m.cfg) {
			m.params[i].Data[j] = s.Init
		}
	}
}

// LatentWidths returns, for each of [Model.Params], how many of its values belong to
// one latent, and lie together in Data: d_in for W_enc, the output's width for W_dec, 1
// for b_enc and the like; 0 where values belong to no latent.
func (m *Model) LatentWidths() []int {
	widths := make([]int, len(m.params))
	for i, s := range specs(m.arch, m.cfg) {
		switch {
		case s.Name == "W_enc":
			widths[i] = m.cfg.DIn
		case s.Name == "W_dec":
			widths[i] = m.cfg.Out()
		case s.perLatent(m.cfg):
			widths[i] = 1
		}
	}
	return widths
}

// perLatent says whether s has one number for each latent.
func (s Spec) perLatent(c Config) bool {
	return s.Name != "b_dec" && len(s.Shape) == 1 && s.Shape[0] == c.DSAE
}

// EncoderInput returns what the encoder's product saw in the last run (rows, d_in): the
// rows, normalised and centred.
func (g *Graph) EncoderInput() []float32 { return floats(g.b.encoded.Value()) }
