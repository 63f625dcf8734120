package sae

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/nlpodyssey/safetensors"
)

// Load reads the SAE in a folder that [Save] or sae-lens' save_inference_model
// wrote, with the metadata of its cfg.json.
func Load(dir string) (*Model, Provenance, error) {
	m, meta, err := load(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("sae: load %s: %w", dir, err)
	}
	return m, meta, nil
}

func load(dir string) (*Model, Provenance, error) {
	cfg, meta, err := readConfig(filepath.Join(dir, configFile))
	if err != nil {
		return nil, nil, err
	}
	m, err := empty(cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", configFile, err)
	}
	if err := m.readWeights(filepath.Join(dir, weightsFile)); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", weightsFile, err)
	}
	return m, meta, nil
}

// savedConfig is cfg.json as far as it matters here.
type savedConfig struct {
	Config
	DType    string     `json:"dtype"`
	Reshape  string     `json:"reshape_activations"`
	Metadata Provenance `json:"metadata"`
}

func readConfig(path string) (Config, Provenance, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil, fmt.Errorf("no %s: name the folder of one SAE (a run keeps its in sae/)", configFile)
	}
	if err != nil {
		return Config{}, nil, err
	}
	// The rest of the defaults are those of sae-lens' inference configs.
	c := savedConfig{Config: DefaultConfig(), DType: "float32", Reshape: "none"}
	c.RescaleActsByDecoderNorm = false
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, nil, fmt.Errorf("%s: %w", configFile, err)
	}
	if c.Reshape != "none" {
		return Config{}, nil, fmt.Errorf("%s: reshape_activations is %q, only \"none\" is supported", configFile, c.Reshape)
	}
	return c.Config, c.Metadata, nil
}

func (m *Model) readWeights(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := safetensors.Deserialize(data)
	if err != nil {
		return fmt.Errorf("not a safetensors file: %w", err)
	}
	for _, p := range m.Params() {
		t, ok := file.Tensor(p.Name)
		if !ok {
			return fmt.Errorf("no tensor %s; there are %v", p.Name, file.Names())
		}
		if err := p.read(t); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// read sets p's values from a tensor of a file.
func (p Param) read(t safetensors.TensorView) error {
	if t.DType() != safetensors.F32 {
		return fmt.Errorf("dtype is %s, only F32 is supported", t.DType())
	}
	if !slices.EqualFunc(t.Shape(), p.Shape, func(a uint64, b int) bool { return a == uint64(b) }) {
		return fmt.Errorf("shape is %v, cfg.json says %v", t.Shape(), p.Shape)
	}
	values := make([]float32, len(p.Data))
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data()[4*i:]))
	}
	p.Set(values)
	return nil
}
