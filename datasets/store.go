package datasets

import "iter"

// store is a dataset whose examples can be read in any order. Pictures are one from
// the start, texts become one on disk. Its methods may be called at the same time.
type store[T any] interface {
	Len() int
	At(i int) (T, error) // 0 ≤ i < Len
}

// newStore returns ds as a store. Texts are written to a temporary file; other
// examples, which refer to their data rather than hold them, are kept in memory.
func newStore[T any](ds Dataset[T]) (store[T], error) {
	switch ds := any(ds).(type) {
	case store[T]:
		return ds, nil
	case Dataset[Text]:
		s, err := newSpill(ds.Pass(0))
		if err != nil {
			return nil, err
		}
		return any(s).(store[T]), nil // T is Text
	}
	var kept memory[T]
	for example, err := range ds.Pass(0) {
		if err != nil {
			return nil, err
		}
		kept = append(kept, example)
	}
	return kept, nil
}

// memory is a store of examples in memory.
type memory[T any] []T

func (m memory[T]) Len() int            { return len(m) }
func (m memory[T]) At(i int) (T, error) { return m[i], nil }

// inOrder yields all examples of s.
func inOrder[T any](s store[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range s.Len() {
			if example, err := s.At(i); !yield(example, err) || err != nil {
				return
			}
		}
	}
}
