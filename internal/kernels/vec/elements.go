package vec

// Shift sets h to (h + b) ⊙ scale; scale may be nil for ones.
func Shift(h, b, scale []float32) {
	b = b[:len(h)]
	if scale != nil {
		scale = scale[:len(h)]
	}
	switch {
	case len(h) == 0:
	case set == pureGo:
		goShift(h, b, scale)
	default:
		shift(h, b, scale)
	}
}

// Difference sets out to f·(a − b); out may be one of them.
func Difference(out, a, b []float32, f float32) {
	a, b = a[:len(out)], b[:len(out)]
	switch {
	case len(out) == 0:
	case set == pureGo:
		goDifference(out, a, b, f)
	default:
		difference(out, a, b, f)
	}
}

// Scale sets out to f·x; out may be x.
func Scale(out, x []float32, f float32) {
	x = x[:len(out)]
	switch {
	case len(out) == 0:
	case set == pureGo:
		goScale(out, x, f)
	default:
		scale(out, x, f)
	}
}

// Squares returns Σ x², summed in float64.
func Squares(x []float32) float64 {
	switch {
	case len(x) == 0:
		return 0
	case set == pureGo:
		return goSquares(x)
	}
	return squares(x)
}

// SquaredError returns Σ (a − b)², summed in float64.
func SquaredError(a, b []float32) float64 {
	b = b[:len(a)]
	switch {
	case len(a) == 0:
		return 0
	case set == pureGo:
		return goSquaredError(a, b)
	}
	return squaredError(a, b)
}

// Accumulate adds f·x to s, in float64.
func Accumulate(s []float64, f float64, x []float32) {
	x = x[:len(s)]
	switch {
	case len(s) == 0:
	case set == pureGo:
		goAccumulate(s, f, x)
	default:
		accumulate(s, f, x)
	}
}

// AdamStep are the numbers of a step of Adam, as kernels.Adam has them from the
// settings.
type AdamStep struct {
	Clip  float32 // factor of the gradient
	Beta1 float32 // 1 − β₁
	Beta2 float32 // β₂
	Rest2 float32 // 1 − β₂
	LR    float32 // over 1 − β₁ᵗ
	Root  float32 // √(1 − β₂ᵗ)
	Eps   float32
}

// Adam takes a step: p, with its gradient and its moments.
func Adam(p, g, m, v []float32, s AdamStep) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	switch {
	case len(p) == 0:
	case set == pureGo:
		goAdam(p, g, m, v, s)
	default:
		adam(p, g, m, v, s)
	}
}
