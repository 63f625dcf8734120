package sae

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"

	"github.com/nlpodyssey/safetensors"
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

// Inference returns m as it is to be used: for activations that were multiplied by
// scale in training it takes them unscaled, and what the architecture folds is
// folded. m stays as it is.
func (m *Model) Inference(scale float64) *Model {
	out := m.Clone()
	for j := range out.cfg.DSAE {
		scaleRow(out.wEnc[j*out.cfg.DIn:][:out.cfg.DIn], scale)
		scaleRow(out.wDec[j*out.cfg.DIn:][:out.cfg.DIn], 1/scale)
	}
	scaleRow(out.bDec, 1/scale)
	out.cfg.NormalizeActivations = NormalizeNone
	out.arch.fold(out)
	return out
}

// Save writes m, which [Model.Inference] returned, as a folder in the format of
// sae-lens. sparsity (d_sae), where it is not nil, is the log10 of how often each
// latent fired. The folder appears whole or not at all.
func Save(dir string, m *Model, from Provenance, sparsity []float32) error {
	err := atomic.WriteFolder(dir, func(tmp string) error {
		if err := writeConfig(filepath.Join(tmp, configFile), m, from); err != nil {
			return err
		}
		if err := writeWeights(filepath.Join(tmp, weightsFile), m); err != nil {
			return err
		}
		if sparsity == nil {
			return nil
		}
		return writeTensors(filepath.Join(tmp, sparsityFile), []Param{{Name: "sparsity", Shape: []int{len(sparsity)}, Data: sparsity}})
	})
	if err != nil {
		return fmt.Errorf("sae: save %s: %w", dir, err)
	}
	return nil
}

func writeConfig(path string, m *Model, from Provenance) error {
	meta := map[string]any{
		"sae_lens_version": formatVersion, "sae_lens_training_version": formatVersion,
		"training_architecture": m.cfg.Architecture, "training_architecture_details": m.cfg,
	}
	maps.Copy(meta, from)
	cfg := map[string]any{
		"architecture": m.cfg.Architecture, "d_in": m.cfg.DIn, "d_sae": m.cfg.DSAE,
		"dtype": "float32", "device": "cpu", "apply_b_dec_to_input": m.cfg.ApplyBDecToInput,
		"normalize_activations": NormalizeNone, "reshape_activations": "none", "metadata": meta,
	}
	maps.Copy(cfg, m.arch.settings(m.cfg))
	return atomic.WriteFile(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(cfg)
	})
}

func writeWeights(path string, m *Model) error {
	params := m.Params()
	for i, p := range params {
		params[i].Data = p.Values()
	}
	return writeTensors(path, params)
}

func writeTensors(path string, params []Param) error {
	views := make(map[string]safetensors.TensorView, len(params))
	for _, p := range params {
		shape := make([]uint64, len(p.Shape))
		for i, n := range p.Shape {
			shape[i] = uint64(n)
		}
		v, err := safetensors.NewTensorView(safetensors.F32, shape, bytesOf(p.Data))
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		views[p.Name] = v
	}
	return atomic.WriteFile(path, func(w io.Writer) error {
		return safetensors.SerializeToWriter(views, nil, w)
	})
}

func bytesOf(x []float32) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
