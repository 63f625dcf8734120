package sae

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	if err := cfg.Validate(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", configFile, err)
	}
	m, err := readWeights(filepath.Join(dir, weightsFile), cfg)
	if err != nil {
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
