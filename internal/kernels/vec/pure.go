package vec

import "math"

// The twins in Go. They add up in the order in which one writes it down.

func goGather(y, a []float32, idx []int32, w []float32) {
	d := len(y)
	for q, i := range idx {
		f := a[q]
		for k, v := range w[int(i)*d:][:d] {
			y[k] += f * v
		}
	}
}

func goDots(out, x []float32, idx []int32, w []float32) {
	d := len(x)
	for q, i := range idx {
		var s float32
		for k, v := range w[int(i)*d:][:d] {
			s += x[k] * v
		}
		out[q] = s
	}
}

func goAbove(idx []int32, val, h []float32, floor float32) int {
	n := 0
	for j, v := range h {
		if !(v <= floor) {
			idx[n], val[n] = int32(j), v
			n++
		}
	}
	return n
}

func goAboveEach(idx []int32, val, h, limit []float32, least float32) int {
	n := 0
	for j, v := range h {
		if !(v <= limit[j]) && !(v <= least) {
			idx[n], val[n] = int32(j), v
			n++
		}
	}
	return n
}

func goShift(h, b, scale []float32) {
	for j := range h {
		h[j] += b[j]
		if scale != nil {
			h[j] *= scale[j]
		}
	}
}

func goDifference(out, a, b []float32, f float32) {
	for k := range out {
		out[k] = f * (a[k] - b[k])
	}
}

func goScale(out, x []float32, f float32) {
	for k, v := range x {
		out[k] = f * v
	}
}

func goSquares(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return s
}

func goSquaredError(a, b []float32) float64 {
	var s float64
	for k, v := range a {
		e := float64(v - b[k])
		s += e * e
	}
	return s
}

func goAccumulate(s []float64, f float64, x []float32) {
	for k, v := range x {
		s[k] += f * float64(v)
	}
}

func goAdam(p, g, m, v []float32, s AdamStep) {
	for k := range p {
		gk := s.Clip * g[k]
		mk := m[k] + s.Beta1*(gk-m[k])
		vk := s.Beta2*v[k] + s.Rest2*gk*gk
		m[k], v[k] = mk, vk
		p[k] -= s.LR * mk / (float32(math.Sqrt(float64(vk)))/s.Root + s.Eps)
	}
}
