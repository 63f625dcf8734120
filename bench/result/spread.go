package result

import (
	"math"
	"slices"
)

// Spread says how measurements lie.
type Spread struct {
	Min    float64 `json:"min"`
	Q1     float64 `json:"q1"` // a quarter lies below
	Median float64 `json:"median"`
	Q3     float64 `json:"q3"` // a quarter lies above
	Max    float64 `json:"max"`
}

// Summary returns the spread of values, with quantiles between two of them by
// proportion; zeros where there is none.
func Summary(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	s := slices.Sorted(slices.Values(values))
	at := func(q float64) float64 {
		x := q * float64(len(s)-1)
		i := int(math.Floor(x))
		return s[i] + (x-float64(i))*(s[min(i+1, len(s)-1)]-s[i])
	}
	return Spread{Min: s[0], Q1: at(0.25), Median: at(0.5), Q3: at(0.75), Max: s[len(s)-1]}
}

// Median returns the median of values, 0 where there is none.
func Median(values []float64) float64 { return Summary(values).Median }
