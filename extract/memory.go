package extract

import (
	"context"
	"fmt"
	"iter"
)

// memoryBatch is how many rows a [Memory] yields at a time.
const memoryBatch = 4096

// Memory is a [Source] over rows that are held in memory: held-out rows to evaluate
// on, for one.
type Memory struct {
	info  Info
	batch Batch
}

var _ Resumer = (*Memory)(nil)

// Collect reads the first n rows of a pass over src, or all of them if there are
// fewer or n is 0. Each takes 4·(d_in+d_out) bytes.
func Collect(ctx context.Context, src Source, n int) (*Memory, error) {
	info := src.Info()
	m := &Memory{info: info, batch: Batch{DIn: info.DIn, DOut: info.DOut}}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, fmt.Errorf("extract: collect: %w", err)
		}
		if n > 0 {
			b = b.Slice(0, min(b.Len(), n-m.batch.Len()))
		}
		m.batch.Data = append(m.batch.Data, b.Data...)
		m.batch.Target = append(m.batch.Target, b.Target...)
		m.batch.Origin = append(m.batch.Origin, b.Origin...)
		if m.batch.Len() == n {
			break
		}
	}
	return m, nil
}

// Len returns the number of rows.
func (m *Memory) Len() int { return m.batch.Len() }

// Info implements [Source]: it is that of the source the rows came from.
func (m *Memory) Info() Info { return m.info }

// Batches implements [Source].
func (m *Memory) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return m.BatchesFrom(ctx, Cursor{})
}

// BatchesFrom implements [Resumer]. The examples of its cursors are rows, and there
// is one pass.
func (m *Memory) BatchesFrom(ctx context.Context, c Cursor) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if c.Pass != 0 || c.Examples < 0 || c.Examples > m.Len() {
			yield(Batch{}, fmt.Errorf("extract: memory: cursor: pass %d, row %d: there is one pass of %d rows: "+
				"go on with the rows that it was made on", c.Pass, c.Examples, m.Len()))
			return
		}
		for lo := c.Examples; lo < m.Len(); lo += memoryBatch {
			if ctx.Err() != nil {
				yield(Batch{}, context.Cause(ctx))
				return
			}
			hi := min(lo+memoryBatch, m.Len())
			b := m.batch.Slice(lo, hi)
			b.Next = Cursor{Examples: hi}
			if !yield(b, nil) {
				return
			}
		}
	}
}
