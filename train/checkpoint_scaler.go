package train

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/saego/saego/sae"
)

// scaling is activation_scaler.json: sae-lens' keys, and one of our own.
type scaling struct {
	Factor       *float64 `json:"scaling_factor"` // null for none
	HasWhitening bool     `json:"has_whitening"`
	Target       *float64 `json:"target_scaling_factor,omitempty"` // of a transcoder's targets
}

// saveScaler writes activation_scaler.json and activation_whitening.safetensors.
func (t *Trainer) saveScaler(dir string) error {
	s := t.scaler
	c := scaling{HasWhitening: s.Whitening != nil}
	if s.Factor != 1 || t.model.Config().NormalizeActivations == sae.NormalizeExpectedNorm {
		c.Factor = &s.Factor
	}
	if s.Target != 0 {
		c.Target = &s.Target
	}
	if s.Whitening != nil {
		_, tensors := t.whitening(s.Whitening)
		if err := writeTensors(filepath.Join(dir, whiteningFile), nil, tensors); err != nil {
			return err
		}
	}
	return writeJSON(filepath.Join(dir, scalerFile), c)
}

// loadScaler reads activation_scaler.json and what it names.
func (t *Trainer) loadScaler(path string) error {
	var c scaling
	if err := readJSON(path, &c); err != nil {
		return err
	}
	s := Scaler{Factor: 1}
	for _, f := range []struct {
		from *float64
		to   *float64
	}{{c.Factor, &s.Factor}, {c.Target, &s.Target}} {
		if f.from == nil {
			continue
		}
		if *f.to = *f.from; !(*f.to > 0) || math.IsInf(*f.to, 0) {
			return fmt.Errorf("damaged: a scaling factor of %g", *f.to)
		}
	}
	if c.HasWhitening {
		w, tensors := t.whitening(&sae.Whitening{})
		if _, err := readTensors(filepath.Join(filepath.Dir(path), whiteningFile), tensors); err != nil {
			return fmt.Errorf("%s: %w", whiteningFile, err)
		}
		s.Whitening = w
	}
	t.SetScaler(s)
	return nil
}

// whitening returns w with its arrays.
func (t *Trainer) whitening(w *sae.Whitening) (*sae.Whitening, []tensor) {
	d := t.model.Config().DIn
	return w, []tensor{
		{name: "mean", shape: []int{d}, data: &w.Mean},
		{name: "matrix", shape: []int{d, d}, data: &w.Matrix},
		{name: "inverse_matrix", shape: []int{d, d}, data: &w.Inverse},
	}
}
