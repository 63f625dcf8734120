package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// encodeDead adds the codes of the dead latents alone: the k largest of each row, of
// either sign. The product is over the dead rows of W_enc, which are few.
func (b *builder) encodeDead(k int, norms *gorgonia.Node) *gorgonia.Node {
	enc := kernels.Encoder{NewSelector: kernels.Top(max(k, 1))}
	mask := floats(b.dead.Value())
	var latents []int32
	return b.encode("encodeDead", norms, func(dst *Codes, x []float32, a kernels.Affine) {
		latents = latents[:0]
		for j, d := range mask {
			if d != 0 {
				latents = append(latents, int32(j))
			}
		}
		enc.EncodeSubset(&dst.CSR, x, a, latents)
	})
}
