package store

import (
	"context"
	"fmt"

	"github.com/saego/saego/extract"
)

// sample is how many examples tell how many rows an example gives.
const sample = 64

// room says, once and before anything is written, whether the place has room for all
// rows, as far as the examples up to b tell.
func (w *writer) room(ctx context.Context, i int, b extract.Batch) error {
	read, last := b.Next.Examples, w.shard.rows+b.Len() >= w.m.ShardRows
	if w.sized || read < sample && !last && read < w.parts[i].Examples {
		return nil
	}
	w.sized = true
	rate := 0.0
	if read > 0 {
		rate = float64(b.Next.Counts.Rows) / float64(read)
	}
	w.expected = w.expect(rate)
	need := (w.expected - w.m.Rows()) * int64(w.m.RowBytes())
	free, known := w.place.Free(ctx)
	if known && need > free {
		return fmt.Errorf("%w: about %s are to be written for %d rows, %s are free: write fewer rows, take a smaller dtype, or name another place",
			ErrFull, size(need), w.expected, size(free))
	}
	return nil
}

// expect estimates the rows in the end, 0 where that is not known.
func (w *writer) expect(rate float64) (rows int64) {
	for i, p := range w.parts {
		n := int64(rate * float64(p.Examples))
		switch {
		case w.m.Parts[i].At.Done:
			n = int64(w.m.Parts[i].Rows)
		case p.Rows > 0 && (n == 0 || n > int64(p.Rows)):
			n = int64(p.Rows)
		case n == 0:
			return 0
		}
		rows += n
	}
	return rows
}

// size returns a number of bytes for people.
func size(bytes int64) string {
	if bytes < 1e9 {
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
}
