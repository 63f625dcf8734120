package datasets

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"sync"
)

// Shuffle returns ds in random order: pass n is a permutation drawn from all
// permutations alike by (seed, n), the same on every machine.
//
// Pictures are shuffled by path. Texts are written once, at the first pass, to a
// temporary file without a name, and read from there; in memory stay 12 bytes per
// text. The file goes when the dataset is garbage or the process ends; it lies in
// TMPDIR. Examples of any other type are kept in memory.
//
// ds is read by its pass 0. Passes may run at the same time.
func Shuffle[T any](ds Dataset[T], seed uint64) Dataset[T] {
	return &shuffled[T]{ds: ds, seed: seed}
}

type shuffled[T any] struct {
	ds   Dataset[T]
	seed uint64

	mu    sync.Mutex
	store store[T] // nil before the first pass
}

func (s *shuffled[T]) Labels() []string { return s.ds.Labels() }

func (s *shuffled[T]) Pass(n int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		st, err := s.open()
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, i := range permutation(st.Len(), s.seed, n) {
			if example, err := st.At(int(i)); !yield(example, err) || err != nil {
				return
			}
		}
	}
}

// open makes the store, once. A failure is not kept: the next pass tries again.
func (s *shuffled[T]) open() (store[T], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store != nil {
		return s.store, nil
	}
	st, err := newStore(s.ds)
	if err != nil {
		return nil, err
	}
	if st.Len() > math.MaxUint32 {
		return nil, fmt.Errorf("datasets: shuffle: %d examples, want at most %d: split the data", st.Len(), uint32(math.MaxUint32))
	}
	s.store = st
	return st, nil
}

// permutation returns the numbers 0 to size-1 in the order of pass n (Fisher-Yates).
func permutation(size int, seed uint64, n int) []uint32 {
	p := make([]uint32, size)
	for i := range p {
		p[i] = uint32(i)
	}
	rng := rand.New(rand.NewPCG(mix(seed), mix(uint64(n)))) // PCG starts neighbouring seeds close together
	rng.Shuffle(size, func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}

// mix spreads the bits of x over the whole word: the finalizer of SplitMix64
// (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
