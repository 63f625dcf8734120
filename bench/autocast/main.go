// Command autocast shows what bfloat16 does to a run: it trains the same SAE on the same
// rows with autocast and without, and prints the losses side by side. Runs from several
// seeds say how much such losses differ anyway; and the same pair in sae-lens, whose
// autocast rounds far more, stands beside them where its Python is there.
//
//	go run ./bench/autocast                # needs make deps; sae-lens: make parity, once
//	go run ./bench/autocast --python ''    # without sae-lens
//
// The rows are those of the demo's text classifier at transformer.h.2, d_in 128. Where
// the processor has no instructions for bfloat16, autocast is emulated: the rounded
// numbers are multiplied in float32, in which their products are exact.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/internal/kernels/onednn"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// options sizes the comparison.
type options struct {
	steps, batch, dSAE int
	seeds              int    // of which each trains with and without
	python             string // with sae-lens; "" = none
}

func main() {
	var o options
	flag.IntVar(&o.steps, "steps", 500, "steps of each run")
	flag.IntVar(&o.batch, "batch", 512, "rows per step")
	flag.IntVar(&o.dSAE, "d-sae", 512, "latents")
	flag.IntVar(&o.seeds, "seeds", 5, "seeds to begin from; sae-lens begins from the first")
	flag.StringVar(&o.python, "python", ".deps/venv-parity/bin/python", "Python with sae-lens; nothing for none")
	flag.Parse()
	if o.steps < 16 || o.batch < 1 || o.dSAE < 16 || o.seeds < 1 {
		fmt.Fprintln(os.Stderr, "autocast: want at least 16 steps and latents, and a row and a seed")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "autocast:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	impl, warning, err := blas.Default("")
	if err != nil {
		return err
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, "warning:", warning)
	}
	blas32.Use(impl)
	how, err := useBF16()
	if err != nil {
		return err
	}
	d, err := demoRows(ctx, o)
	if err != nil {
		return err
	}
	fmt.Printf("%d steps of %d rows, d_in %d, d_sae %d; bf16: %s\n", o.steps, o.batch, d.dIn, o.dSAE, how)
	for _, cfg := range architectures(d.dIn, o.dSAE) {
		if err := compare(ctx, o, d, cfg); err != nil {
			return fmt.Errorf("%s: %w", cfg.Architecture, err)
		}
	}
	return nil
}

// useBF16 installs oneDNN if this processor gains by it, and says what autocast will
// use.
func useBF16() (string, error) {
	l, _, err := onednn.Default("")
	if err != nil {
		return "", err
	}
	if l == nil {
		return "emulated", nil
	}
	kernels.UseBF16(l)
	return l.Name(), nil
}

// architectures are the SAEs to train: one that selects by rank, so that rounding can
// change which latents fire, and one that does not.
func architectures(dIn, dSAE int) []sae.Config {
	topK := sae.DefaultConfig()
	topK.DIn, topK.DSAE, topK.K = dIn, dSAE, 16
	standard := topK
	standard.Architecture, standard.L1Coefficient = sae.Standard, 1
	return []sae.Config{topK, standard}
}

// trainer is what both sides are told of training, in sae-lens' names.
func trainer(o options) train.Config {
	c := train.DefaultConfig()
	c.TotalTrainingSamples, c.TrainBatchSizeSamples = o.steps*o.batch, o.batch
	c.LR, c.BDecInitMethod = 1e-3, train.BDecZeros
	c.LogEveryNSteps, c.EvalEveryNSteps = 1, 0
	return c.Resolve()
}
