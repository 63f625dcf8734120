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
	saeDIn, saeDOut, saeDSAE, saeK = 96, 64, 768, 16
	saeSteps, saeBatch             = 200, 256
	saeRows, saeFactors            = 1024, 300
	saeTrainSeed, saeIOSeed        = 1, 2
)

// saes trains an SAE of each architecture and writes, for each, its folder NAME and
// its inputs and outputs NAME.safetensors.
func saes(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("sae", flag.ContinueOnError)
	output := flags.String("output", "", "`DIR` that takes the folders")
	steps := flags.Int("steps", saeSteps, "steps of training")
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
	for _, name := range sae.Trainable() {
		if err := writeSAE(ctx, name, *steps, filepath.Join(*output, name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// writeSAE trains one SAE on scaled activations, so that its inference form is not
// the trained one, and saves both beside what they make of unseen rows: the inference
// form as dir, the trained one, for an architecture that sae-lens trains, as
// dir-training.
func writeSAE(ctx context.Context, architecture string, steps int, dir string) error {
	trainer, state, err := trainSAE(ctx, architecture, steps)
	if err != nil {
		return err
	}
	from := sae.Provenance{
		"model_name": "planted", "hook_name": "planted", "dataset_path": "planted factors",
		"training_rows": state.Samples, "norm_scaling_factor": state.Scale.Factor,
	}
	if err := sae.Save(dir, state.Inference(), from, state.LogSparsity); err != nil {
		return err
	}
	m, _, err := sae.Load(dir) // what is compared is what the folder means
	if err != nil {
		return err
	}
	x := newPlanted(saeIOSeed, 0).rows(saeRows)
	codes := m.Encode(x)
	fmt.Printf("%s: %d steps, L0 %.1f of %d, scale %.4f\n", architecture, state.Step, codes.L0(), saeDSAE, state.Scale.Factor)
	if err := writeIO(dir, x, codes, m.Reconstruct(x)); err != nil || m.Transcodes() {
		return err
	}
	dir += "-training"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := trainer.Save(dir, from); err != nil {
		return err
	}
	g, err := state.Model.Graph(sae.GraphConfig{Rows: saeRows})
	if err != nil {
		return err
	}
	defer g.Close() //nolint:errcheck // nothing is left to lose
	if err := g.Run(sae.Input{X: x}); err != nil {
		return err
	}
	return writeIO(dir, x, g.Codes(), g.Output())
}

// writeIO writes what an SAE makes of x.
func writeIO(dir string, x []float32, codes *sae.Codes, out []float32) error {
	return writeTensors(dir+".safetensors", []array{
		{"x", []int64{saeRows, saeDIn}, x, nil},
		{"features", []int64{saeRows, saeDSAE}, codes.Dense(), nil},
		{"reconstruction", []int64{saeRows, int64(len(out) / saeRows)}, out, nil},
	})
}

func trainSAE(ctx context.Context, architecture string, steps int) (*train.Trainer, train.State, error) {
	cfg := sae.DefaultConfig()
	cfg.Architecture, cfg.DIn, cfg.DSAE, cfg.K, cfg.Seed = architecture, saeDIn, saeDSAE, saeK, saeTrainSeed
	cfg.MatryoshkaWidths = []int{saeDSAE / 4}
	cfg.NormalizeActivations = sae.NormalizeExpectedNorm
	if architecture == sae.Transcoder || architecture == sae.SkipTranscoder {
		cfg.DOut = saeDOut
	}
	m, err := sae.New(cfg)
	if err != nil {
		return nil, train.State{}, err
	}
	t := train.DefaultConfig()
	t.TotalTrainingSamples, t.TrainBatchSizeSamples = steps*saeBatch, saeBatch
	trainer, err := train.New(m, t.Resolve(), train.Hooks{})
	if err != nil {
		return nil, train.State{}, err
	}
	state, err := trainer.Run(ctx, newPlanted(saeTrainSeed, cfg.DOut))
	return trainer, state, err
}
