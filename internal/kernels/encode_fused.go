package kernels

import (
	"runtime"
	"sync"

	"github.com/saego/saego/internal/kernels/vec"
)

// fused is the memory of an encoder whose rule is applied in registers.
type fused struct {
	panels []float32 // W_enc as vec.Pack lays it out
	limits []float32
	mu     sync.Mutex
	free   []*lane
}

// Rows that go through the product together: as many as keep a panel of latents busy,
// fewer where else a processor would have none.
const (
	fusedRows    = 228
	fusedRowsMin = 48
)

func (e *Encoder) encodeFused(dst *CSR, x []float32, a Affine, rule Rule, rows int) {
	size := fusedRows
	for size > fusedRowsMin && rows < size*runtime.GOMAXPROCS(0) {
		size /= 2 // codes of a row do not depend on the rows beside it
	}
	f := &e.fused
	f.panels = resize(f.panels, vec.PanelsSize(a.DSAE, a.DIn))
	For(a.DSAE, 8*vec.Columns(), func(lo, hi int) { vec.Pack(f.panels, a.W, a.DIn, lo, hi) })
	f.limits = resize(f.limits, a.DSAE)
	limits := rule.limits(f.limits, a.DSAE)
	e.grow(rows, size)
	For(rows, size, func(lo, hi int) {
		l := f.take()
		l.rows = vec.Rows{
			X: x[lo*a.DIn : hi*a.DIn], DIn: a.DIn, Panels: f.panels, Latents: a.DSAE, B: a.B, Scale: a.Scale,
			Limit: limits, Magnitude: rule.Magnitude,
			Memory: l.rows.Memory, Count: l.rows.Count, Floors: l.rows.Floors, Idx: l.rows.Idx, Val: l.rows.Val,
		}
		l.encode(&e.tiles[lo/size], rule, hi-lo)
		if e.prune != nil {
			e.prune(&e.tiles[lo/size])
		}
		f.give(l)
	})
	e.gather(dst, rows, a.DSAE, size)
}

func (f *fused) take() *lane {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.free) == 0 {
		return &lane{}
	}
	l := f.free[len(f.free)-1]
	f.free = f.free[:len(f.free)-1]
	return l
}

func (f *fused) give(l *lane) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free = append(f.free, l)
}

// EncoderMemory returns the bytes that an [Encoder] of a [Rule] holds beside the codes,
// for so many rows on so many processors. k is the rule's, 0 for none.
func EncoderMemory(rows, dIn, dSAE, k, processors int) int {
	if !vec.Fused() {
		tiles := (rows + tileRows - 1) / tileRows
		return 4 * min(processors, tiles) * min(rows, tileRows) * dSAE
	}
	size := min(rows, fusedRows)
	lanes := min(processors, (rows+size-1)/size)
	lane := 4*vec.MemorySize(size, dIn) + 8*size*room(dSAE, k)
	lane += lane / 8 // resize's
	return 4*vec.PanelsSize(dSAE, dIn) + lanes*lane
}

// room is how many values a row may keep before it is left with the k largest: an odd
// number of cache lines of 16 values, so that the ends of all rows are not in the same
// sets of the cache.
func room(dSAE, k int) int {
	all := dSAE + vec.Columns()
	if k > 0 {
		all = min(all, 4*k+4*vec.Columns())
	}
	return 16 * (all/16 + 1 | 1)
}
