package mixbuf

import (
	"fmt"
	"math/rand/v2"

	"github.com/saego/saego/extract"
)

// maxRows bounds a pool, whose slots are numbered by int32.
const maxRows = 1<<31 - 1

// pool is a set of rows in memory that never moves. Which slot a row lies in is of
// no consequence, only its place among slots: the rows in this order and the
// generator are the whole state.
type pool struct {
	dIn     int
	dOut    int              // 0 for no targets
	rows    []float32        // (len(slots), dIn)
	targets []float32        // (len(slots), dOut)
	origins []extract.Origin // one per slot
	slots   []int32          // a permutation of all slots: the first n hold rows, the others are free
	n       int
	rng     *rand.PCG
}

// newPool allocates all the memory that a pool of that many rows will ever need.
func newPool(rows int, info extract.Info, seed uint64) *pool {
	p := &pool{
		dIn:     info.DIn,
		dOut:    info.DOut,
		rows:    make([]float32, rows*info.DIn),
		targets: make([]float32, rows*info.DOut),
		origins: make([]extract.Origin, rows),
		slots:   make([]int32, rows),
		rng:     rand.NewPCG(seed, 0),
	}
	for i := range p.slots {
		p.slots[i] = int32(i)
	}
	return p
}

func (p *pool) full() bool { return p.n == len(p.slots) }

func (p *pool) row(slot int32) []float32 { return p.rows[int(slot)*p.dIn:][:p.dIn] }

func (p *pool) target(slot int32) []float32 { return p.targets[int(slot)*p.dOut:][:p.dOut] }

// fill copies rows of b, from row i on, until the pool is full or b is spent. It
// returns the first row that it left.
func (p *pool) fill(b extract.Batch, i int) int {
	for ; i < b.Len() && !p.full(); i++ {
		slot := p.slots[p.n]
		copy(p.row(slot), b.Row(i))
		copy(p.target(slot), b.TargetRow(i))
		p.origins[slot] = b.Origin[i]
		p.n++
	}
	return i
}

// draw fills out with random rows, which leave the pool: a Fisher-Yates shuffle
// that stops after a batch and moves slot numbers instead of rows.
func (p *pool) draw(out extract.Batch) {
	rng := rand.New(p.rng)
	for i := range out.Origin {
		j := rng.IntN(p.n)
		p.n--
		p.slots[j], p.slots[p.n] = p.slots[p.n], p.slots[j]
		p.get(out, i, p.slots[p.n])
	}
}

// drawInOrder empties the pool into out, oldest row first. The pool holds exactly
// one batch.
func (p *pool) drawInOrder(out extract.Batch) {
	for i, slot := range p.slots {
		p.get(out, i, slot)
	}
	p.n = 0
}

func (p *pool) get(out extract.Batch, i int, slot int32) {
	copy(out.Row(i), p.row(slot))
	copy(out.TargetRow(i), p.target(slot))
	out.Origin[i] = p.origins[slot]
}

// check refuses a batch that would corrupt the pool.
func (p *pool) check(b extract.Batch) error {
	if b.DIn != p.dIn || len(b.Data) != b.Len()*p.dIn {
		return fmt.Errorf("mixbuf: source: a batch has %d values for %d rows of width %d, want width %d: "+
			"Info must tell the width of every batch", len(b.Data), b.Len(), b.DIn, p.dIn)
	}
	if b.DOut != p.dOut || len(b.Target) != b.Len()*p.dOut {
		return fmt.Errorf("mixbuf: source: a batch has %d values for %d targets of width %d, want width %d: "+
			"Info must tell the width of every batch", len(b.Target), b.Len(), b.DOut, p.dOut)
	}
	return nil
}
