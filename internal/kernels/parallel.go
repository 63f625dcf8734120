package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// For calls f for consecutive pieces of [0, n), each of size grain but the last,
// on as many goroutines as there are processors, and waits for them. The pieces
// are the same on every machine.
func For(n, grain int, f func(lo, hi int)) {
	pieces := (n + grain - 1) / grain
	workers := min(pieces, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for lo := 0; lo < n; lo += grain {
			f(lo, min(lo+grain, n))
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				lo := int(next.Add(1)-1) * grain
				if lo >= n {
					return
				}
				f(lo, min(lo+grain, n))
			}
		})
	}
	wg.Wait()
}

// sum adds f(lo, hi) over the pieces of [0, n), in their order.
func sum(n, grain int, f func(lo, hi int) float64) float64 {
	parts := make([]float64, (n+grain-1)/grain)
	For(n, grain, func(lo, hi int) { parts[lo/grain] = f(lo, hi) })
	var total float64
	for _, p := range parts {
		total += p
	}
	return total
}

// Pieces of work: small enough to share evenly, large enough to be worth a call.
const (
	rowGrain    = 64   // rows of a batch
	latentGrain = 64   // latents
	sumGrain    = 256  // rows that are summed in one piece
	flatGrain   = 8192 // numbers
)
