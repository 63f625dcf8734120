package kernels

import "math"

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
	b1, b2 := float32(1-a.Beta1), float32(a.Beta2)
	c2 := float32(1 - a.Beta2)
	clip, eps := float32(a.Clip), float32(a.Eps)
	lr := float32(a.LR / (1 - math.Pow(a.Beta1, float64(a.Step))))
	root := float32(math.Sqrt(1 - math.Pow(a.Beta2, float64(a.Step))))
	For(len(param), flatGrain, func(lo, hi int) {
		p, g, m, v := param[lo:hi], grad[lo:hi], m[lo:hi], v[lo:hi]
		for k := range p {
			gk := clip * g[k]
			mk := m[k] + b1*(gk-m[k])
			vk := b2*v[k] + c2*gk*gk
			m[k], v[k] = mk, vk
			p[k] -= lr * mk / (float32(math.Sqrt(float64(vk)))/root + eps)
		}
	})
}
