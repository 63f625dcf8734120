package train_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// gaussian is a source of one's own: 64 batches of 32 rows.
type gaussian struct{ dIn int }

func (g gaussian) Info() extract.Info { return extract.Info{Hook: "gaussian", DIn: g.dIn} }

func (g gaussian) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		rng := rand.New(rand.NewPCG(1, 1))
		b := extract.Batch{DIn: g.dIn, Data: make([]float32, 32*g.dIn), Origin: make([]extract.Origin, 32)}
		for range 64 {
			for i := range b.Data {
				b.Data[i] = float32(rng.NormFloat64())
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// A custom runner: any [extract.Source] becomes a trained SAE.
func ExampleTrainer() {
	cfg := sae.DefaultConfig()
	cfg.DIn, cfg.DSAE, cfg.K = 8, 32, 4
	model, err := sae.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	settings := train.DefaultConfig()
	settings.TotalTrainingSamples, settings.TrainBatchSizeSamples, settings.LR = 2048, 32, 1e-2
	trainer, err := train.New(model, settings, train.Hooks{})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, err := trainer.Run(context.Background(), gaussian{dIn: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	// sae.Save(dir, state.Inference(), provenance, state.LogSparsity) keeps it.
	e, err := train.Evaluate(context.Background(), state.Inference(), gaussian{dIn: 8})
	fmt.Println(state.Step, "steps,", e.Rows, "rows evaluated, explains more than half:", e.ExplainedVariance > 0.5, err)
	// Output: 64 steps, 2048 rows evaluated, explains more than half: true <nil>
}
