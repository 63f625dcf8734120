package sae

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"

	"github.com/saego/saego/internal/atomic"
)

// Names of the files in an SAE's folder.
const (
	configFile   = "cfg.json"
	weightsFile  = "sae_weights.safetensors"
	sparsityFile = "sparsity.safetensors"
)

// formatVersion is the sae-lens whose folder format Save writes. Its loader takes
// a config without one for that of a release before 6 and rewrites it.
const formatVersion = "6.54.12"

// Provenance says where an SAE came from. Its keys and values go into cfg.json's
// metadata as they are: model_name, hook_name, dataset_path, ….
type Provenance map[string]any

// Save writes m, which [Model.Inference] returned, as a folder in the format of
// sae-lens' SAE.load_from_disk. sparsity (d_sae), where it is not nil, is the log10 of
// how often each latent fired. The folder appears whole or not at all.
func Save(dir string, m *Model, from Provenance, sparsity []float32) error {
	err := atomic.WriteFolder(dir, func(tmp string) error { return m.write(tmp, false, from, sparsity) })
	if err != nil {
		return fmt.Errorf("sae: save %s: %w", dir, err)
	}
	return nil
}

// SaveTraining writes m as it is trained into the folder dir, in the format of a
// checkpoint of sae-lens' SAETrainer (TrainingSAE.load_from_disk): nothing is folded.
// It adds files to a folder that is there, and makes none: a checkpoint has more in
// it, and is made whole by its owner.
func SaveTraining(dir string, m *Model, from Provenance, sparsity []float32) error {
	if err := m.write(dir, true, from, sparsity); err != nil {
		return fmt.Errorf("sae: save %s: %w", dir, err)
	}
	return nil
}

func (m *Model) write(dir string, training bool, from Provenance, sparsity []float32) error {
	if err := writeConfig(filepath.Join(dir, configFile), m.describe(training, from)); err != nil {
		return err
	}
	weights := m.Params()
	for i, p := range weights {
		weights[i].Data = p.Values()
	}
	var threshold *float64
	if m.TracksThreshold() {
		threshold = &m.threshold
	}
	if err := writeTensors(filepath.Join(dir, weightsFile), weights, threshold); err != nil {
		return err
	}
	if sparsity == nil {
		return nil
	}
	log := Param{Name: "sparsity", Shape: []int{len(sparsity)}, Data: sparsity}
	return writeTensors(filepath.Join(dir, sparsityFile), []Param{log}, nil)
}

// describe returns what cfg.json says.
func (m *Model) describe(training bool, from Provenance) map[string]any {
	meta := map[string]any{
		"sae_lens_version": formatVersion, "sae_lens_training_version": formatVersion,
		"training_architecture": m.trained,
	}
	maps.Copy(meta, from)
	cfg := map[string]any{
		"architecture": m.cfg.Architecture, "d_in": m.cfg.DIn, "d_sae": m.cfg.DSAE,
		"dtype": "float32", "device": "cpu", "apply_b_dec_to_input": m.cfg.ApplyBDecToInput,
		"normalize_activations": m.cfg.NormalizeActivations, "reshape_activations": "none", "metadata": meta,
	}
	if training {
		cfg["decoder_init_norm"] = m.cfg.DecoderInitNorm
	}
	if s, ok := m.arch.(Settler); ok {
		maps.Copy(cfg, s.Settings(m.cfg, training))
	}
	return cfg
}

func writeConfig(path string, cfg map[string]any) error {
	return atomic.WriteFile(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(cfg)
	})
}
