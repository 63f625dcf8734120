package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// MaxLanes is the most forward passes that a device computes at once.
const MaxLanes = 8

// lanePositions is how many positions a forward pass of a lane has at most, unless one
// sequence has more: what it computes stays in the processor's caches (docs/adr/0018).
const lanePositions = 256

// Lanes is a [Runner] that is faster with several small forward passes at once than with
// one of a whole batch, as a processor is.
type Lanes interface {
	Runner
	// Lanes returns a Runner for each forward pass that may be computed at once, at most
	// MaxLanes; none where whole batches are faster.
	Lanes() []Runner
}

// Forward runs r on a batch of sequences of that many positions: all tensors have one entry
// for each along their first axis. r gets them in as many forward passes as it is fastest
// with, see [Lanes]. Tensors that are no such batch are an error; whether their memory fills
// their shape is for r to check.
func Forward(ctx context.Context, r Runner, positions int, inputs, outputs []Tensor) error {
	n, err := sequences(positions, inputs, outputs)
	if err != nil {
		return fmt.Errorf("extract: forward: %w", err)
	}
	l := lanesOf(r)
	size := l.fit(positions, n)
	return l.each((n+size-1)/size, func(lane, pass int) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		from, to := pass*size, min((pass+1)*size, n)
		return l.runners[lane].Run(ctx, entries(inputs, from, to), entries(outputs, from, to))
	})
}

// sequences returns how many entries all tensors have along their first axis.
func sequences(positions int, inputs, outputs []Tensor) (int, error) {
	if positions < 1 {
		return 0, fmt.Errorf("sequences of %d positions, want at least 1", positions)
	}
	if len(inputs) == 0 || len(inputs[0].Shape) == 0 || inputs[0].Shape[0] < 1 {
		return 0, errors.New("the inputs hold no sequence: the first axis of each tensor counts them")
	}
	n := inputs[0].Shape[0]
	for _, t := range slices.Concat(inputs, outputs) {
		if len(t.Shape) == 0 || t.Shape[0] != n {
			return 0, fmt.Errorf("tensor %q has shape %v, want %d sequences along its first axis, as %q has", t.Name, t.Shape, n, inputs[0].Name)
		}
	}
	return int(n), nil
}

// entries returns the entries [from, to) of the tensors' first axis, in the same memory.
func entries(tensors []Tensor, from, to int) []Tensor {
	some := make([]Tensor, len(tensors))
	for i, t := range tensors {
		n := int(t.Shape[0])
		some[i] = Tensor{Name: t.Name, Shape: append([]int64{int64(to - from)}, t.Shape[1:]...)}
		if t.Int64 != nil {
			size := len(t.Int64) / n
			some[i].Int64 = t.Int64[from*size : to*size]
		} else {
			size := len(t.Float32) / n
			some[i].Float32 = t.Float32[from*size : to*size]
		}
	}
	return some
}

// lanes compute the forward passes of a batch.
type lanes struct {
	runners   []Runner // at least one
	positions int      // of a forward pass, unless one sequence has more; 0 = any number
}

func lanesOf(r Runner) lanes {
	if l, ok := r.(Lanes); ok {
		if all := l.Lanes(); len(all) > 0 {
			return lanes{all, lanePositions}
		}
	}
	return lanes{runners: []Runner{r}}
}

// fit returns how many sequences of that many positions make a forward pass, at most n.
func (l lanes) fit(positions, n int) int {
	if l.positions == 0 {
		return n
	}
	return max(1, min(n, l.positions/positions))
}

// each calls work for the forward passes 0 to n-1, in order, one in each lane at a time.
// Behind one that fails none is begun; the error is that of the first.
func (l lanes) each(n int, work func(lane, pass int) error) error {
	if len(l.runners) == 1 {
		for pass := range n {
			if err := work(0, pass); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		wait   sync.WaitGroup
		begun  atomic.Int64
		failed atomic.Bool
		ended  = make([]completed, n)
	)
	for lane := range min(len(l.runners), n) {
		wait.Go(func() {
			for !failed.Load() {
				pass := int(begun.Add(1)) - 1
				if pass >= n {
					return
				}
				c := complete(func() error { return work(lane, pass) })
				if ended[pass] = c; c.failed() {
					failed.Store(true)
				}
			}
		})
	}
	wait.Wait()
	for _, c := range ended {
		if c.failed() {
			return c.result()
		}
	}
	return nil
}
