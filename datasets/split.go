package datasets

import (
	"fmt"
	"iter"
	"math"
)

// Example is an example that knows its place in the data it comes from.
type Example interface {
	Text | Image
	index() int
}

// HoldOut splits ds in two that are disjoint and together complete: held gets each
// example with probability fraction (0 to 1), train the others. Which one an example
// goes to depends on its Index and seed only, so that shuffling before or after
// makes no difference, and a longer data set keeps the split of a shorter one.
//
// Shuffle first, HoldOut second, and both parts share what Shuffle keeps.
func HoldOut[T Example](ds Dataset[T], fraction float64, seed uint64) (train, held Dataset[T], err error) {
	if !(fraction >= 0 && fraction <= 1) { // also false for NaN
		return nil, nil, fmt.Errorf("datasets: hold-out fraction is %g, want 0 to 1", fraction)
	}
	isHeld := func(e T) bool {
		u := float64(mix(mix(seed)^uint64(e.index()))>>11) / (1 << 53) // uniform in [0, 1)
		return u < fraction
	}
	return filter[T]{ds, isHeld, false}, filter[T]{ds, isHeld, true}, nil
}

// filter is the part of a dataset for which pick returns want.
type filter[T any] struct {
	ds   Dataset[T]
	pick func(T) bool
	want bool
}

func (f filter[T]) Labels() []string { return f.ds.Labels() }

func (f filter[T]) Pass(n int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for e, err := range f.ds.Pass(n) {
			if err == nil && f.pick(e) != f.want {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Limit returns the first n examples of each pass over ds, and ds itself if n is
// less than 1. Over a shuffled dataset each pass has other examples.
func Limit[T any](ds Dataset[T], n int) Dataset[T] {
	if n < 1 {
		n = math.MaxInt
	}
	return limit[T]{ds, n}
}

type limit[T any] struct {
	ds Dataset[T]
	n  int
}

func (l limit[T]) Labels() []string { return l.ds.Labels() }

func (l limit[T]) Pass(n int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := l.n
		for e, err := range l.ds.Pass(n) {
			left--
			if !yield(e, err) || err != nil || left == 0 {
				return
			}
		}
	}
}
