package extract

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
)

// reader is the goroutine of one call of a [prefetch]. It has ended when close returns.
type reader struct {
	stop  context.CancelFunc
	wait  sync.WaitGroup
	free  chan *copied // whose memory is unused
	ready chan *copied // in the source's order; closed at its end

	// How the source ended, to be read once ready is closed.
	err    error
	counts Counts
	thrown any  // what it panicked with
	ended  bool // else it left its goroutine, by runtime.Goexit
}

// copied is a batch in memory of its own, with what was counted up to it.
type copied struct {
	Batch
	counts Counts
}

// start begins to read what open has.
func (p *prefetch) start(ctx context.Context, open func(context.Context) iter.Seq2[Batch, error]) *reader {
	ctx, stop := context.WithCancel(ctx)
	r := &reader{stop: stop, free: make(chan *copied, p.ahead), ready: make(chan *copied, p.ahead)}
	for range p.ahead {
		r.free <- &copied{}
	}
	r.wait.Go(func() {
		defer close(r.ready)
		defer func() { r.thrown = recover() }()
		for b, err := range open(ctx) {
			if r.err = err; err == nil {
				r.err = r.hand(ctx, b, p.counts())
			}
			if r.err != nil {
				break
			}
		}
		r.counts, r.ended = p.counts(), true
	})
	return r
}

// hand makes a copy of b ready as soon as there is memory for it, unless ctx ends
// before that.
func (r *reader) hand(ctx context.Context, b Batch, counts Counts) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("extract: prefetch: %w", context.Cause(ctx))
	case c := <-r.free:
		data, target, origin := c.Data, c.Target, c.Origin
		c.Batch, c.counts = b, counts
		c.Data, c.Target, c.Origin = append(data[:0], b.Data...), append(target[:0], b.Target...), append(origin[:0], b.Origin...)
		r.ready <- c // does not block either
		return nil
	}
}

// close stops the goroutine, waits for it, and ends the caller's as it ended, once.
func (r *reader) close() {
	r.stop()
	r.wait.Wait()
	thrown, ended := r.thrown, r.ended
	r.thrown, r.ended = nil, true
	switch {
	case thrown != nil:
		panic(thrown)
	case !ended:
		runtime.Goexit()
	}
}
