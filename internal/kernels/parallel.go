package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// For calls f for consecutive pieces of [0, n), each of size grain but the last,
// on as many goroutines as there are processors, the caller's among them, and waits for
// them. The pieces are the same on every machine.
func For(n, grain int, f func(lo, hi int)) {
	pieces := (n + grain - 1) / grain
	workers := min(pieces, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for lo := 0; lo < n; lo += grain {
			f(lo, min(lo+grain, n))
		}
		return
	}
	l := loops.Get().(*loop)
	l.n, l.grain, l.f = n, grain, f
	l.next.Store(0)
	l.wg.Add(workers - 1)
	for range workers - 1 {
		go l.run()
	}
	l.work() // its thread is awake, and on a processor of its own
	l.wg.Wait()
	l.f = nil
	loops.Put(l)
}

// loop is a call of [For]. It is kept for the next one: a step has many of them, and is
// to leave nothing behind.
type loop struct {
	n, grain int
	f        func(lo, hi int)
	next     atomic.Int64
	wg       sync.WaitGroup
	run      func() // help, as a value
}

var loops = sync.Pool{New: func() any {
	l := &loop{}
	l.run = l.help
	return l
}}

// help works on a goroutine of its own.
func (l *loop) help() {
	defer l.wg.Done()
	l.work()
}

// work takes pieces until there are none.
func (l *loop) work() {
	for {
		lo := int(l.next.Add(1)-1) * l.grain
		if lo >= l.n {
			return
		}
		l.f(lo, min(lo+l.grain, l.n))
	}
}

// sum adds f(lo, hi) over the pieces of [0, n), in their order.
func sum(n, grain int, f func(lo, hi int) float64) float64 {
	parts := sumLists.take((n + grain - 1) / grain)
	For(n, grain, func(lo, hi int) { parts[lo/grain] = f(lo, hi) })
	var total float64
	for _, p := range parts {
		total += p
	}
	sumLists.give(parts)
	return total
}

// Memory that goroutines at work borrow, kept for the next call.
var (
	sumLists    freeList[float64] // sums of pieces of rows, or of latents
	countLists  freeList[int32]   // a number of each latent
	factorLists freeList[float32] // the factors of a row
	panelLists  freeList[float32] // a few columns of all rows
	denseLists  freeList[float32] // codes with their zeros
)

// freeList lends memory to the goroutines at work and keeps it for the next call.
type freeList[T any] struct {
	mu   sync.Mutex
	free [][]T
}

func (l *freeList[T]) take(n int) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) == 0 {
		return make([]T, n)
	}
	s := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return resize(s, n)
}

func (l *freeList[T]) give(s []T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, s)
}

// Pieces of work: small enough to share evenly, large enough to be worth a call.
const (
	rowGrain    = 128  // rows of a batch
	latentGrain = 128  // latents
	sumGrain    = 256  // rows that are summed in one piece
	flatGrain   = 8192 // numbers
)
