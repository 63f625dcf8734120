package main

import "github.com/saego/saego/sae"

// Sizes of the main measurements; d_in is that of the rows.
const (
	dSAE  = 6144
	batch = 4096
)

// architecture returns the configuration of a name of the tables. What is not said
// here is sae-lens' default.
func architecture(name string, dIn, dSAE int) sae.Config {
	c := sae.DefaultConfig()
	c.Architecture, c.DIn, c.DSAE, c.Compat = name, dIn, dSAE, sae.CompatSAELens
	c.K = 64
	switch name {
	case sae.MatryoshkaBatchTopK:
		c.MatryoshkaWidths = []int{dSAE / 16, dSAE / 4, dSAE}
	case sae.Standard, sae.Gated:
		c.L1Coefficient = penalties[name].coefficient
	case sae.JumpReLU:
		c.L0Coefficient = penalties[name].coefficient
	}
	return c
}
