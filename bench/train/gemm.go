package main

import (
	"runtime"
	"time"

	gblas "gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/sae"
)

// tileRows is how many rows the encoder multiplies at a time where it uses the BLAS.
const tileRows = 512

// gemm times the encoder's product alone: x (rows, d_in) by W_enc (d_in, d_sae), which
// is held transposed.
type gemm struct {
	x, w            []float32
	tile            chan []float32 // that memory is used again, as the encoder does
	whole           []float32      // (rows, d_sae)
	rows, dIn, dSAE int
	tiles, one      []float64 // seconds
}

// gemmOf returns one for x with the weights of m.
func gemmOf(m *sae.Model, x []float32) *gemm {
	p, _ := m.Param("W_enc")
	g := &gemm{x: x, w: p.Data, dIn: m.Config().DIn, dSAE: m.Config().DSAE}
	g.rows = len(x) / g.dIn
	workers := runtime.GOMAXPROCS(0)
	g.tile = make(chan []float32, workers)
	for range workers {
		g.tile <- make([]float32, tileRows*g.dSAE)
	}
	return g
}

// both times the product in the tiles in which the encoder computes it, one goroutine
// for each, and as one call with as many threads as there are processors.
func (g *gemm) both() {
	start := time.Now()
	g.inTiles()
	g.tiles = append(g.tiles, time.Since(start).Seconds())
	if l, ok := blas32.Implementation().(*blas.Library); ok {
		l.SetThreads(runtime.GOMAXPROCS(0))
		defer l.SetThreads(1)
	}
	if g.whole == nil {
		g.whole = make([]float32, g.rows*g.dSAE)
		g.multiply(g.whole, 0, g.rows) // its memory is touched first
	}
	start = time.Now()
	g.multiply(g.whole, 0, g.rows)
	g.one = append(g.one, time.Since(start).Seconds())
}

func (g *gemm) inTiles() {
	kernels.For(g.rows, tileRows, func(lo, hi int) {
		h := <-g.tile
		g.multiply(h, lo, hi)
		g.tile <- h
	})
}

// multiply sets h to the product of the rows [lo, hi).
func (g *gemm) multiply(h []float32, lo, hi int) {
	blas32.Implementation().Sgemm(gblas.NoTrans, gblas.Trans, hi-lo, g.dSAE, g.dIn,
		1, g.x[lo*g.dIn:], g.dIn, g.w, g.dIn, 0, h, g.dSAE)
}
