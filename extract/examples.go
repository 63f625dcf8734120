package extract

import (
	"context"
	"iter"
)

// Examples returns how many examples a pass through the dataset has. It reads the
// dataset and feeds nothing.
func (s *Text) Examples(ctx context.Context) (int, error) { return count(ctx, s.ds.Pass(0)) }

// Examples returns how many pictures a pass through the dataset has. It opens none.
func (v *Vision) Examples(ctx context.Context) (int, error) { return count(ctx, v.ds.Pass(0)) }

// count returns the length of a sequence.
func count[T any](ctx context.Context, pass iter.Seq2[T, error]) (n int, err error) {
	for _, err := range pass {
		if ctx.Err() != nil {
			return n, context.Cause(ctx)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
