package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/internal/atomic"
	"github.com/saego/saego/internal/planted"
	"github.com/saego/saego/sae"
)

// peerCase is what peer.py is told of a case, under sae-lens' names.
type peerCase struct {
	Name    string         `json:"name"`
	Seeds   []uint64       `json:"seeds"`
	Held    int            `json:"held"`
	SAE     sae.Config     `json:"sae"`
	WarmUp  int            `json:"warm_up_steps"` // of either coefficient
	Trainer map[string]any `json:"trainer"`
}

// writeCases writes those that sae-lens can train.
func (b *bench) writeCases(path string) error {
	var all []peerCase
	for _, c := range b.cases {
		if c.SAE.DOut > 0 {
			continue // it has no transcoders to train
		}
		t := c.Train
		all = append(all, peerCase{
			Name: c.name, Seeds: b.seeds, Held: planted.Held, SAE: c.SAE, WarmUp: t.L1WarmUpSteps,
			Trainer: map[string]any{
				"total_training_samples": t.TotalTrainingSamples, "train_batch_size_samples": t.TrainBatchSizeSamples,
				"lr": t.LR, "lr_end": t.LREnd, "lr_scheduler_name": t.LRSchedulerName,
				"lr_warm_up_steps": t.LRWarmUpSteps, "lr_decay_steps": t.LRDecaySteps,
				"dead_feature_window": t.DeadFeatureWindow, "feature_sampling_window": t.FeatureSamplingWindow,
			},
		})
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// writeRows writes the rows x, and the dictionary for whoever wants to look.
func (b *bench) writeRows(path string) error {
	views := map[string]safetensors.TensorView{}
	for name, t := range map[string]struct {
		rows int
		data []float32
	}{"x": {b.data.Rows, b.data.X}, "dictionary": {b.data.Atoms, b.data.Dictionary}} {
		bytes := make([]byte, 0, 4*len(t.data))
		for _, v := range t.data {
			bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(v))
		}
		var err error
		views[name], err = safetensors.NewTensorView(safetensors.F32, []uint64{uint64(t.rows), uint64(b.data.DIn)}, bytes)
		if err != nil {
			return err
		}
	}
	return atomic.WriteFile(path, func(w io.Writer) error { return safetensors.SerializeToWriter(views, nil, w) })
}
