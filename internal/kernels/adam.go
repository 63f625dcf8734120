package kernels

import (
	"math"

	"github.com/saego/saego/internal/kernels/vec"
)

// Adam holds the numbers of one step of Adam (Kingma and Ba, 2015, algorithm 1), as
// torch.optim.Adam takes it.
type Adam struct {
	LR, Beta1, Beta2, Eps float64
	Step                  int     // from 1
	Clip                  float64 // every gradient is multiplied by it
}

// Update takes one step: param, with its gradient and its moments, all of one
// length.
func (a Adam) Update(param, grad, m, v []float32) {
	step := vec.AdamStep{
		Clip: float32(a.Clip), Beta1: float32(1 - a.Beta1), Beta2: float32(a.Beta2), Rest2: float32(1 - a.Beta2),
		LR:   float32(a.LR / (1 - math.Pow(a.Beta1, float64(a.Step)))),
		Root: float32(math.Sqrt(1 - math.Pow(a.Beta2, float64(a.Step)))), Eps: float32(a.Eps),
	}
	For(len(param), flatGrain, func(lo, hi int) {
		vec.Adam(param[lo:hi], grad[lo:hi], m[lo:hi], v[lo:hi], step)
	})
}
