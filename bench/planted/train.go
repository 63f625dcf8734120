package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/saego/saego/internal/planted"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// outcome is what came out of one training.
type outcome struct {
	recovered float64 // share of the atoms
	of        train.Evaluation
	runningL0 float64 // with the threshold as training left it
	seconds   float64
}

// outcomes are those of each trial, one per seed.
type outcomes map[string][]outcome

// trainOurs trains with saego.
func (b *bench) trainOurs(ctx context.Context) (outcomes, error) {
	all := outcomes{}
	for _, c := range b.cases {
		for _, seed := range b.seeds {
			c.SAE.Seed = seed
			o, err := b.trainOne(ctx, c.Case)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", c.name, seed, err)
			}
			all[c.name] = append(all[c.name], o)
		}
	}
	return all, nil
}

func (b *bench) trainOne(ctx context.Context, c planted.Case) (outcome, error) {
	m, err := sae.New(c.SAE)
	if err != nil {
		return outcome{}, err
	}
	t, err := train.New(m, c.Train, train.Hooks{})
	if err != nil {
		return outcome{}, err
	}
	start, first := time.Now(), b.data.Rows-planted.Held
	state, err := t.Run(ctx, b.data.Source(0, first, c.Train.TrainBatchSizeSamples))
	if err != nil {
		return outcome{}, err
	}
	seconds := time.Since(start).Seconds()
	// One half of the rows that are kept apart calibrates, the other measures.
	half := b.data.Source(first, first+planted.Held/2, planted.Held)
	calibrated, err := state.Calibrated(ctx, half)
	if err != nil {
		return outcome{}, err
	}
	o, err := b.measure(ctx, calibrated)
	if err != nil {
		return outcome{}, err
	}
	running, err := b.measure(ctx, state.Inference())
	o.seconds, o.runningL0 = seconds, running.of.L0
	return o, err
}

// measure looks at an inference form on the second half of the rows that are kept apart.
func (b *bench) measure(ctx context.Context, m *sae.Model) (o outcome, err error) {
	o.recovered = b.data.Recovered(m)
	o.of, err = train.Evaluate(ctx, m, b.data.Source(b.data.Rows-planted.Held/2, b.data.Rows, planted.Held))
	o.runningL0 = o.of.L0
	return o, err
}

// trainTheirs trains with sae-lens, and measures what it saved.
func (b *bench) trainTheirs(ctx context.Context) (outcomes, error) {
	if b.python == "" {
		return outcomes{}, nil
	}
	cmd := exec.CommandContext(ctx, b.python, "bench/planted/peer.py", b.output)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("peer.py: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(b.output, "sae-lens", "seconds.json"))
	if err != nil {
		return nil, err
	}
	var seconds map[string]float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return nil, err
	}
	all := outcomes{}
	for _, c := range b.cases {
		for _, seed := range b.seeds {
			name := fmt.Sprintf("%s-%d", c.name, seed)
			if _, ok := seconds[name]; !ok {
				continue
			}
			m, _, err := sae.Load(filepath.Join(b.output, "sae-lens", name))
			if err != nil {
				return nil, err
			}
			o, err := b.measure(ctx, m)
			if err != nil {
				return nil, err
			}
			o.seconds = seconds[name]
			all[c.name] = append(all[c.name], o)
		}
	}
	return all, nil
}
