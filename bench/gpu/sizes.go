package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/sae"
)

// sizes say how much is computed; d_in is that of the rows.
type sizes struct {
	dSAE, k       int
	batches       []int // of topk; the first one is that of all else
	warm          int   // steps of either side before the first turn: both sides' losses agree behind them
	rounds, steps int   // turns, and steps in each
	products      int   // one after the other
	texts         int   // of a job from end to end
	pictures      int
	pass          int // examples of a forward pass
}

var (
	full = sizes{dSAE: 24576, k: 64, batches: []int{4096, 16384}, warm: 10, rounds: 5, steps: 20, products: 20, texts: 1000, pictures: 480, pass: 32}
	tiny = sizes{dSAE: 64, k: 4, batches: []int{32, 64}, warm: 3, rounds: 2, steps: 2, products: 2, texts: 6, pictures: 6, pass: 4}
)

// precision is what products are rounded to.
type precision struct {
	name      string
	engine    cuda.Precision // of all products, but where it is autocast
	product   cuda.Precision // of the encoder's
	autocast  bool           // of both sides
	matmul    string         // torch.set_float32_matmul_precision
	tolerance float64        // of the losses' relative difference
}

var precisions = []precision{
	{"float32", cuda.Float32, cuda.Float32, false, "highest", 1e-3},
	{"tf32", cuda.TF32, cuda.TF32, false, "high", 1e-2},
	{"bf16", cuda.Float32, cuda.BF16, true, "highest", 1e-2},
}

// architecture returns the SAE that is trained. What is not said here is sae-lens' default.
func (s sizes) architecture(dIn int) sae.Config {
	c := sae.DefaultConfig()
	c.Architecture, c.DIn, c.DSAE, c.K, c.Compat = sae.TopK, dIn, s.dSAE, float64(s.k), sae.CompatSAELens
	return c
}

// describe says what is trained.
func (s sizes) describe(dIn, batch int) string {
	return fmt.Sprintf("topk, d_in %d, d_sae %d, batch %d, k %d", dIn, s.dSAE, batch, s.k)
}

// loadRows reads those of bench/train, or makes a few up.
func (b *bench) loadRows(ctx context.Context) error {
	if !b.emulate {
		return b.LoadRows(ctx)
	}
	const n, dIn = 128, 16
	r, x := rand.New(rand.NewPCG(1, 2)), make([]float32, n*dIn)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	path := filepath.Join(b.Work, "tiny-rows.safetensors")
	err := turns.WriteTensors(path, map[string]turns.Tensor{"rows": {Shape: []int{n, dIn}, Data: x}}, map[string]string{"source": "random numbers"})
	if err != nil {
		return err
	}
	b.Rows, err = turns.ReadRows(path, 0)
	return err
}
