package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/sae"
)

// script is the peer, from the root of the repository.
const script = "bench/autocast/saelens.py"

// saeLens lets sae-lens train from the same weights on the same rows.
func saeLens(ctx context.Context, o options, d rows, cfg sae.Config, autocast bool) (c curve, err error) {
	dir, err := os.MkdirTemp("", "saego-autocast-")
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	job, err := writeJob(dir, o, d, cfg, autocast)
	if err != nil {
		return c, err
	}
	cmd := exec.CommandContext(ctx, o.python, script, job)
	cmd.Env = append(os.Environ(), "OMP_WAIT_POLICY=PASSIVE")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return c, fmt.Errorf("%s: %w: %s", script, err, stderr.Bytes())
	}
	return c, json.Unmarshal(out, &c)
}

// writeJob writes what saelens.py reads: job.json, and tensors.safetensors beside it.
func writeJob(dir string, o options, d rows, cfg sae.Config, autocast bool) (string, error) {
	m, err := sae.New(cfg)
	if err != nil {
		return "", err
	}
	t := trainer(o)
	job := map[string]any{
		"architecture": cfg.Architecture, "autocast": autocast,
		"sae": map[string]any{"d_in": cfg.DIn, "d_sae": cfg.DSAE, "apply_b_dec_to_input": cfg.ApplyBDecToInput},
		"trainer": map[string]any{
			"total_training_samples": t.TotalTrainingSamples, "train_batch_size_samples": t.TrainBatchSizeSamples,
			"lr": t.LR, "lr_end": t.LREnd, "lr_scheduler_name": t.LRSchedulerName, "n_restart_cycles": t.NRestartCycles,
			"lr_warm_up_steps": t.LRWarmUpSteps, "lr_decay_steps": t.LRDecaySteps,
			"adam_beta1": t.AdamBeta1, "adam_beta2": t.AdamBeta2,
			"dead_feature_window": t.DeadFeatureWindow, "feature_sampling_window": t.FeatureSamplingWindow,
		},
	}
	own := job["sae"].(map[string]any)
	switch cfg.Architecture {
	case sae.TopK:
		own["k"], own["aux_loss_coefficient"] = int(cfg.K), cfg.AuxLossCoefficient
		own["rescale_acts_by_decoder_norm"] = cfg.RescaleActsByDecoderNorm
	case sae.Standard:
		own["l1_coefficient"], own["lp_norm"], own["l1_warm_up_steps"] = cfg.L1Coefficient, cfg.LpNorm, t.L1WarmUpSteps
	}
	text, err := json.Marshal(job)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "job.json")
	return path, errors.Join(os.WriteFile(path, text, 0o600), writeTensors(filepath.Join(dir, "tensors.safetensors"), d, m))
}

// writeTensors writes the rows, and the parameters in the shapes of sae-lens.
func writeTensors(path string, d rows, m *sae.Model) (err error) {
	views := map[string]safetensors.TensorView{}
	add := func(name string, x []float32, shape ...int) {
		data, err2 := binary.Append(nil, binary.LittleEndian, x)
		dims := make([]uint64, len(shape))
		for i, n := range shape {
			dims[i] = uint64(n)
		}
		v, err3 := safetensors.NewTensorView(safetensors.F32, dims, data)
		views[name], err = v, errors.Join(err, err2, err3)
	}
	add("train", d.train, len(d.train)/d.dIn, d.dIn)
	add("held", d.held, len(d.held)/d.dIn, d.dIn)
	for _, p := range m.Params() {
		x := p.Data
		if p.Transposed {
			x = transposed(x, p.Shape[0], p.Shape[1])
		}
		add(p.Name, x, p.Shape...)
	}
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(safetensors.SerializeToWriter(views, nil, f), f.Close())
}

// transposed returns x, which is (cols, rows), as (rows, cols).
func transposed(x []float32, rows, cols int) []float32 {
	out := make([]float32, len(x))
	for i := range rows {
		for j := range cols {
			out[i*cols+j] = x[j*rows+i]
		}
	}
	return out
}
