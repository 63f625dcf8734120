package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"

	"github.com/saego/saego/extract"
)

// Source is an [extract.Resumer] of the rows of a part, each as it was written, in the
// precision of the store. The examples of its cursors are rows.
//
// It reads in the caller's goroutine; what it has open is closed when a sequence ends,
// also when the caller breaks off. It takes the memory of a batch. Several sequences may
// run at once.
type Source struct {
	store *Store
	part  PartInfo
	order Order

	mu     sync.Mutex
	call   int
	counts extract.Counts
}

var (
	_ extract.Resumer = (*Source)(nil)
	_ extract.Counter = (*Source)(nil)
)

// Info implements [extract.Source].
func (s *Source) Info() extract.Info { return s.store.Info() }

// Rows returns the rows of a pass.
func (s *Source) Rows() int { return s.part.Rows }

// Counts implements [extract.Counter]: what was read of the store since the sequence that
// was started last began, what lies before its cursor included. An example that lies in
// two shards counts in both. What was dropped when the store was written is in the
// manifest.
func (s *Source) Counts() extract.Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Batches implements [extract.Source].
func (s *Source) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return s.BatchesFrom(ctx, extract.Cursor{})
}

// BatchesFrom implements [extract.Resumer].
func (s *Source) BatchesFrom(ctx context.Context, c extract.Cursor) iter.Seq2[extract.Batch, error] {
	r := &reading{Source: s, cursor: c}
	r.call = s.begin(c.Counts)
	return func(yield func(extract.Batch, error) bool) {
		err := r.check()
		for err == nil && (s.order.Passes == 0 || r.cursor.Pass < s.order.Passes) {
			err = r.pass(ctx, yield)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(extract.Batch{}, fmt.Errorf("store: %v: %w", s.store.place, err))
		}
	}
}

// begin starts to count a sequence.
func (s *Source) begin(c extract.Counts) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.call++
	s.counts = c
	return s.call
}

// publish shows the counts of a sequence, unless a later one was started meanwhile.
func (s *Source) publish(call int, c extract.Counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if call == s.call {
		s.counts = c
	}
}

// errStopped ends a pass whose consumer wants no more.
var errStopped = errors.New("stopped by the consumer")

// reading is one sequence.
type reading struct {
	*Source
	call   int
	cursor extract.Cursor // behind what was yielded; its counts are of all passes
	batch  extract.Batch
}

// check says what is wrong with the cursor.
func (r *reading) check() error {
	if c := r.cursor; c.Pass < 0 || c.Examples < 0 || c.Examples > r.part.Rows {
		return fmt.Errorf("cursor: pass %d, row %d: part %s has %d rows: go on with the store that it was made on",
			c.Pass, c.Examples, r.part.Name, r.part.Rows)
	}
	return nil
}

// pass yields the rows of a pass from the cursor on.
func (r *reading) pass(ctx context.Context, yield func(extract.Batch, error) bool) error {
	skip := r.cursor.Examples
	for _, i := range r.shards() {
		if n := r.part.Shards[i].Rows; skip >= n {
			skip -= n
			continue
		}
		if err := r.shard(ctx, i, skip, yield); err != nil {
			return err
		}
		skip = 0
	}
	r.cursor.Pass, r.cursor.Examples = r.cursor.Pass+1, 0
	r.cursor.Counts.Passes++
	r.publish(r.call, r.cursor.Counts)
	return nil
}

// shards returns the order of the shards in the pass at hand.
func (r *reading) shards() []int {
	n := len(r.part.Shards)
	if r.cursor.Pass > 0 || r.order.Shuffle {
		return rand.New(rand.NewPCG(r.order.Seed, uint64(r.cursor.Pass))).Perm(n)
	}
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// shard yields the rows of shard i from lo on.
func (r *reading) shard(ctx context.Context, i, lo int, yield func(extract.Batch, error) bool) (err error) {
	s, err := openShard(ctx, r.store, r.part, i)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for rows := r.part.Shards[i].Rows; lo < rows; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		hi := min(rows, (lo/s.step+1)*s.step)
		if err := s.read(&r.batch, lo, hi); err != nil {
			return err
		}
		r.count(s.begins(lo, hi))
		r.batch.Next, lo = r.cursor, hi
		if !yield(r.batch, nil) {
			return errStopped
		}
	}
	return nil
}

// count counts the batch at hand, in which so many examples begin.
func (r *reading) count(examples int) {
	r.cursor.Examples += r.batch.Len()
	c := &r.cursor.Counts
	c.Examples += int64(examples)
	c.Rows += int64(r.batch.Len())
	c.Tokens += int64(r.batch.Len())
	r.publish(r.call, *c)
}
