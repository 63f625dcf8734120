// Package planted makes rows from a dictionary that is known, to see whether an SAE
// finds it again: [Data] is the rows, [Cases] are settings of each architecture that
// can be trained with which it does, and [Recovered] tells how much of it was found.
//
// The tests of package train and the comparison with sae-lens in bench/planted share
// it.
package planted

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/saego/saego/extract"
)

// Config says what is planted.
type Config struct {
	DIn, DOut int     // values of a row and of its target
	Atoms     int     // directions, each a row of length one
	L0        float64 // mean number of atoms in a row
	Rows      int
	Seed      uint64
}

// Default is 128 atoms in 64 dimensions, four to a row on average.
func Default() Config {
	return Config{DIn: 64, DOut: 48, Atoms: 128, L0: 4, Rows: 200_000, Seed: 1}
}

// Data are rows x and their targets y. Each atom is in a row with the same chance,
// whatever else is in it, with a strength from 1 to 2:
//
//	x = Σ s_i·atom_i,  y = Σ s_i·answer_i
type Data struct {
	Config
	Dictionary []float32 // (Atoms, DIn)
	Answers    []float32 // (Atoms, DOut)
	X          []float32 // (Rows, DIn)
	Y          []float32 // (Rows, DOut)
}

// New draws data. Equal configurations give equal data; those that differ in Rows
// alone begin alike.
func New(c Config) *Data {
	d := &Data{
		Config: c, Dictionary: directions(c.Atoms, c.DIn, c.Seed, 1), Answers: directions(c.Atoms, c.DOut, c.Seed, 2),
		X: make([]float32, c.Rows*c.DIn), Y: make([]float32, c.Rows*c.DOut),
	}
	rng := rand.New(rand.NewPCG(c.Seed, 3))
	share := c.L0 / float64(c.Atoms)
	for i := range c.Rows {
		for a := range c.Atoms {
			if rng.Float64() >= share {
				continue
			}
			s := 1 + rng.Float32()
			add(d.X[i*c.DIn:][:c.DIn], s, d.Dictionary[a*c.DIn:])
			add(d.Y[i*c.DOut:][:c.DOut], s, d.Answers[a*c.DOut:])
		}
	}
	return d
}

func add(row []float32, s float32, atom []float32) {
	for k := range row {
		row[k] += s * atom[k]
	}
}

// directions returns n random ones of length one.
func directions(n, d int, seed, stream uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, stream))
	all := make([]float32, n*d)
	for v := range slices.Chunk(all, d) {
		var s float64
		for k := range v {
			v[k] = float32(rng.NormFloat64())
			s += float64(v[k]) * float64(v[k])
		}
		for k := range v {
			v[k] /= float32(math.Sqrt(s))
		}
	}
	return all
}

// Source returns rows [from, to) as a source of batches of that many rows; what is left
// over is a last, smaller batch. It ends.
func (d *Data) Source(from, to, batch int) extract.Source { return source{d, from, to, batch} }

type source struct {
	*Data
	from, to, batch int
}

func (s source) Info() extract.Info {
	return extract.Info{Model: "planted", Hook: "rows", DIn: s.DIn, Target: "targets", DOut: s.DOut}
}

func (s source) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for lo := s.from; lo < s.to; lo += s.batch {
			if ctx.Err() != nil {
				yield(extract.Batch{}, context.Cause(ctx))
				return
			}
			hi := min(lo+s.batch, s.to)
			b := extract.Batch{
				DIn: s.DIn, Data: s.X[lo*s.DIn : hi*s.DIn], DOut: s.DOut, Target: s.Y[lo*s.DOut : hi*s.DOut],
				Origin: make([]extract.Origin, hi-lo),
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}
