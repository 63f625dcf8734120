package extract

// sieve takes what a network computes, keeps some rows and forgets the others, in
// place.
type sieve struct {
	activations          // the kept rows moved to the front
	origin      []Origin // one per kept row
}

// outputs returns the tensors for a forward pass of that many sequences, in the
// memory of the sieve, which forgets its rows.
func (s *sieve) outputs(sequences, positions int) []Tensor {
	s.origin = s.origin[:0]
	return s.activations.outputs(sequences, positions)
}

// keep keeps row i, which must be greater than that of the call before. It fails
// where a value is not finite.
func (s *sieve) keep(i int, o Origin) error {
	s.origin = append(s.origin, o)
	return s.take(len(s.origin)-1, &s.activations, i)
}

// batch returns the kept rows, aliasing the sieve. Behind them lies next.
func (s *sieve) batch(next Cursor) Batch { return s.activations.batch(s.origin, next) }
