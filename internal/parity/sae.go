package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// Sizes of the trained SAEs: large enough that every latent fires somewhere and no
// two rows are alike, small enough for a few seconds.
const (
	saeDIn, saeDSAE, saeK   = 96, 768, 16
	saeSteps, saeBatch      = 200, 256
	saeRows, saeFactors     = 1024, 300
	saeTrainSeed, saeIOSeed = 1, 2
)

// saes trains an SAE of each architecture and writes, for each, its folder NAME and
// its inputs and outputs NAME.safetensors.
func saes(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("sae", flag.ContinueOnError)
	output := flags.String("output", "", "`DIR` that takes the folders")
	if err := parse(flags, args); err != nil {
		return err
	}
	impl, warning, err := blas.Default("")
	if err != nil {
		return err
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, "warning:", warning)
	}
	blas32.Use(impl)
	if err := os.MkdirAll(*output, 0o755); err != nil {
		return err
	}
	for _, name := range sae.Architectures() {
		if err := writeSAE(ctx, name, filepath.Join(*output, name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// writeSAE trains one SAE on scaled activations, so that its inference form is not
// the trained one, and saves it beside what it makes of unseen rows.
func writeSAE(ctx context.Context, architecture, dir string) error {
	state, err := trainSAE(ctx, architecture)
	if err != nil {
		return err
	}
	m := state.Inference()
	from := sae.Provenance{
		"model_name": "planted", "hook_name": "planted", "dataset_path": "planted factors",
		"training_rows": state.Samples, "norm_scaling_factor": state.Scale.Factor,
	}
	if err := sae.Save(dir, m, from, state.LogSparsity); err != nil {
		return err
	}
	if m, _, err = sae.Load(dir); err != nil { // what is compared is what the folder means
		return err
	}
	x := newPlanted(saeIOSeed).rows(saeRows)
	codes := m.Encode(x)
	fmt.Printf("%s: %d steps, L0 %.1f of %d, scale %.4f\n", architecture, state.Step, codes.L0(), saeDSAE, state.Scale.Factor)
	return writeTensors(dir+".safetensors", []array{
		{"x", []int64{saeRows, saeDIn}, x, nil},
		{"features", []int64{saeRows, saeDSAE}, dense(codes), nil},
		{"reconstruction", []int64{saeRows, saeDIn}, m.Decode(codes), nil},
	})
}

func trainSAE(ctx context.Context, architecture string) (train.State, error) {
	cfg := sae.DefaultConfig()
	cfg.Architecture, cfg.DIn, cfg.DSAE, cfg.K, cfg.Seed = architecture, saeDIn, saeDSAE, saeK, saeTrainSeed
	cfg.NormalizeActivations = sae.NormalizeExpectedNorm
	m, err := sae.New(cfg)
	if err != nil {
		return train.State{}, err
	}
	t := train.DefaultConfig()
	t.TotalTrainingSamples, t.TrainBatchSizeSamples = saeSteps*saeBatch, saeBatch
	trainer, err := train.New(m, t.Resolve(), train.Hooks{})
	if err != nil {
		return train.State{}, err
	}
	return trainer.Run(ctx, newPlanted(saeTrainSeed))
}

// dense returns codes as (rows, d_sae).
func dense(c *sae.Codes) []float32 {
	width := c.Shape()[1]
	out := make([]float32, c.Shape()[0]*width)
	for i := range c.Shape()[0] {
		for at := c.Ptr[i]; at < c.Ptr[i+1]; at++ {
			out[i*width+int(c.Idx[at])] = c.Val[at]
		}
	}
	return out
}
