// Command step measures one training step of an SAE, and beside it the kernels that
// the step is made of, each alone and on the same batch.
//
//	go run ./bench/step                         # d_in 768, d_sae 6144, batch 4096, k 64
//	go run ./bench/step --architecture standard
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// options sizes the measurement.
type options struct {
	cfg          sae.Config
	batch, steps int
	dead         int // latents that never fire
}

func main() {
	o := options{cfg: sae.DefaultConfig()}
	flag.StringVar(&o.cfg.Architecture, "architecture", sae.TopK, "standard or topk")
	flag.IntVar(&o.cfg.DIn, "d-in", 768, "values per row")
	flag.IntVar(&o.cfg.DSAE, "d-sae", 6144, "latents")
	flag.Float64Var(&o.cfg.K, "k", 64, "latents kept per row (topk)")
	flag.IntVar(&o.batch, "batch", 4096, "rows per step")
	flag.IntVar(&o.steps, "steps", 10, "steps to measure; the median counts")
	flag.IntVar(&o.dead, "dead", 0, "latents that count as dead")
	lib := flag.String("blas-lib", "", "OpenBLAS to use")
	flag.Parse()
	if err := run(o, *lib); err != nil {
		fmt.Fprintln(os.Stderr, "step:", err)
		os.Exit(1)
	}
}

func run(o options, lib string) error {
	impl, warning, err := blas.Default(lib)
	if err != nil {
		return err
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, warning)
	}
	blas32.Use(impl)
	fmt.Printf("%s, d_in %d, d_sae %d, k %g, batch %d, %d dead, %s\n",
		o.cfg.Architecture, o.cfg.DIn, o.cfg.DSAE, o.cfg.K, o.batch, o.dead, blas.Name(impl))
	m, err := sae.New(o.cfg)
	if err != nil {
		return err
	}
	x := normal(o.batch * o.cfg.DIn)
	step, err := measureStep(o, m, x)
	if err != nil {
		return err
	}
	fmt.Printf("%-28s %8.1f ms   100 %%\n", "step (graph and Adam)", milliseconds(step))
	for _, p := range parts(m, x) {
		t := median(o.steps, p.run)
		fmt.Printf("  %-26s %8.1f ms %5.1f %%\n", p.name, milliseconds(t), 100*t.Seconds()/step.Seconds())
	}
	return nil
}

// measureStep returns the median time of a graph's run and the solver's step.
func measureStep(o options, m *sae.Model, x []float32) (time.Duration, error) {
	g, err := m.Graph(sae.GraphConfig{Rows: o.batch})
	if err != nil {
		return 0, err
	}
	in := sae.Input{X: x, Dead: make([]bool, o.cfg.DSAE), Coefficient: o.cfg.L1Coefficient}
	for j := range o.dead {
		in.Dead[j] = true
	}
	solver := &train.Adam{LR: 1e-4, Beta1: 0.9, Beta2: 0.999}
	var failed error
	t := median(o.steps, func() {
		if err := g.Run(in); err != nil {
			failed = err
			return
		}
		failed = solver.Step(g.Learnables())
	})
	return t, failed
}

// median runs f once for warmth and then n times.
func median(n int, f func()) time.Duration {
	f()
	times := make([]time.Duration, n)
	for i := range times {
		start := time.Now()
		f()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[n/2]
}

func milliseconds(t time.Duration) float64 { return 1e3 * t.Seconds() }

// normal returns n numbers from the standard normal distribution.
func normal(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}
