package extract

import (
	"context"
	"fmt"
	"iter"
)

// Cursor is a position in a [Resumer]: behind some batch, or the zero value before
// the first. It is plain data, to be written down as JSON.
type Cursor struct {
	Pass     int    `json:"pass"`     // passes through the dataset that ended
	Examples int    `json:"examples"` // examples of the next pass that were read, those that gave no row included
	Done     Counts `json:"done"`     // counts of the passes that ended
	Counts   Counts `json:"counts"`   // counts of the next pass so far
}

// Resumer is a [Source] that can start anywhere.
//
// The batches from a cursor on are those that an uninterrupted sequence yields
// there, to the bit, and so are its counts. Each of its batches says in
// [Batch.Next] where it ends. What lies before the cursor costs no tokenizing, no
// decoding and no network. The data must be what they were: a cursor that lies
// beyond their end is an error, another change goes unnoticed.
type Resumer interface {
	Source
	BatchesFrom(ctx context.Context, c Cursor) iter.Seq2[Batch, error]
}

// check says what is wrong with c.
func (c Cursor) check() error {
	if c.Pass < 0 || c.Examples < 0 {
		return fmt.Errorf("cursor: pass %d, example %d: want 0 or more: it is damaged", c.Pass, c.Examples)
	}
	return nil
}

// rest yields what comes after the first skip examples of a pass.
func rest[T any](pass iter.Seq2[T, error], skip int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := skip
		for example, err := range pass {
			if left > 0 && err == nil {
				left--
				continue
			}
			if !yield(example, err) || err != nil {
				return
			}
		}
		if left > 0 {
			var none T
			yield(none, fmt.Errorf("cursor: %d examples of this pass were read before, but the dataset has %d: "+
				"go on with the data that it was made on", skip, skip-left))
		}
	}
}
