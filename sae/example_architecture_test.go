package sae_test

import (
	"fmt"
	"math"

	"github.com/saego/saego/sae"
)

// squaredReLU is an architecture of one's own: f = relu(h)² (So et al., "Primer",
// 2021), with the loss of a standard SAE. What it does not say is as in standard.
type squaredReLU struct{ sae.Architecture }

func (squaredReLU) Activation(*sae.Model) sae.Activation {
	return sae.ActivationFunc(func() sae.Selector {
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			for j, v := range h {
				if v > 0 {
					idx, val = append(idx, int32(j)), append(val, v*v)
				}
			}
			return idx, val
		}
	})
}

func (a squaredReLU) Build(b *sae.Builder) error {
	slope := func(f float32) float32 { return 2 * float32(math.Sqrt(float64(f))) }
	codes := b.Encode(sae.Encoding{Activation: a.Activation(b.Model()), Slope: slope})
	codes = b.Penalize(sae.L1Loss, codes, b.DecoderNorms(true), sae.LpPenalty(1))
	b.Reconstruct(codes, nil)
	return nil
}

// A new activation trains, saves and loads like any other.
func ExampleRegister() {
	standard, err := sae.Lookup(sae.Standard)
	if err == nil {
		err = sae.Register("squared_relu", squaredReLU{standard})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := sae.DefaultConfig()
	cfg.Architecture, cfg.DIn, cfg.DSAE = "squared_relu", 4, 16
	m, err := sae.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := m.Graph(sae.GraphConfig{Rows: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = g.Run(sae.Input{X: []float32{1, 0, 0, 0, 0, 1, 0, 0}, Coefficient: 0.1})
	fmt.Println(g.Losses()[0].Name, g.Losses()[1].Name, len(g.Learnables()), "gradients", err)
	// Output: mse_loss l1_loss 4 gradients <nil>
}
