package extract

import (
	"context"
	"sync"
)

// flight has batches computed, each in memory of its own: as many at once as the network has
// devices. They land in the order in which they were launched, and batch i of a pass goes to
// device i modulo their number: rows and their order do not depend on which is faster.
type flight[B any] struct {
	slots []B              // memory, one for each device
	done  []chan completed // likewise: the end of the work on it
	first int              // slot of the oldest batch in the air
	n     int              // batches in the air

	ctx  context.Context // of the work
	stop context.CancelFunc
	wait sync.WaitGroup
}

// completed says how work ended that a goroutine did.
type completed struct {
	err    error
	thrown any // what it panicked with
}

// complete does the work.
func complete(work func() error) (c completed) {
	defer func() { c.thrown = recover() }()
	c.err = work()
	return c
}

func (c completed) failed() bool { return c.err != nil || c.thrown != nil }

// result panics where the work did, in the goroutine that waits for it.
func (c completed) result() error {
	if c.thrown != nil {
		panic(c.thrown)
	}
	return c.err
}

// newFlight returns a flight with a slot for each device of r.
func newFlight[B any](r Runner, slot func(Runner) B) *flight[B] {
	f := &flight[B]{}
	for _, device := range devicesOf(r) {
		f.slots = append(f.slots, slot(device))
		f.done = append(f.done, make(chan completed, 1))
	}
	return f
}

// pass calls read, which launches batches and has some of them land, and rest, which has the
// others land. Those that were launched before an error of read come before it. No work
// goes on when it returns.
func (f *flight[B]) pass(ctx context.Context, read, rest func() error) error {
	f.ctx, f.stop = context.WithCancel(ctx)
	f.first, f.n = 0, 0
	defer f.close()
	err := read()
	if f.n > 0 && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if landed := rest(); landed != nil {
		return landed
	}
	return err
}

// close stops what is in the air, waits for it and forgets it.
func (f *flight[B]) close() {
	f.stop()
	f.wait.Wait()
	for _, done := range f.done {
		select {
		case <-done:
		default:
		}
	}
	f.n = 0
}

// ground returns the slot of the batch that is launched next.
func (f *flight[B]) ground() B { return f.slots[f.next()] }

func (f *flight[B]) next() int { return (f.first + f.n) % len(f.slots) }

// launch has work done on the batch on the ground. With one device it is done here and now.
func (f *flight[B]) launch(work func(context.Context, B) error) {
	i := f.next()
	f.n++
	if len(f.slots) == 1 {
		f.done[i] <- completed{err: work(f.ctx, f.slots[i])}
		return
	}
	f.wait.Go(func() {
		f.done[i] <- complete(func() error { return work(f.ctx, f.slots[i]) })
	})
}

// land waits for the oldest batch in the air. One that failed brings the others down.
func (f *flight[B]) land() (B, error) {
	c, slot := <-f.done[f.first], f.slots[f.first]
	f.first, f.n = (f.first+1)%len(f.slots), f.n-1
	if c.failed() {
		f.close()
	}
	return slot, c.result()
}
