package sae_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
)

// folder writes an SAE's folder from the contents of its two files.
func folder(t testing.TB, cfg, weights []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"cfg.json": cfg, "sae_weights.safetensors": weights} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// weights returns a weights file for d_in 2 and d_sae 2, all of whose values are
// the number that one holds.
func weights(t testing.TB, dtype safetensors.DType, one []byte) []byte {
	t.Helper()
	views := map[string]safetensors.TensorView{}
	for name, shape := range map[string][]uint64{"W_enc": {2, 2}, "b_enc": {2}, "W_dec": {2, 2}, "b_dec": {2}} {
		n := 1
		for _, s := range shape {
			n *= int(s)
		}
		v, err := safetensors.NewTensorView(dtype, shape, []byte(strings.Repeat(string(one), n)))
		if err != nil {
			t.Fatal(err)
		}
		views[name] = v
	}
	data, err := safetensors.Serialize(views, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func small(t testing.TB) []byte {
	return weights(t, safetensors.F32, binary.LittleEndian.AppendUint32(nil, math.Float32bits(1)))
}

func TestLoadDTypes(t *testing.T) {
	half := func(b uint16) []byte { return binary.LittleEndian.AppendUint16(nil, b) }
	for _, tt := range []struct {
		dtype safetensors.DType
		bytes []byte
		want  float32
	}{
		{safetensors.F32, binary.LittleEndian.AppendUint32(nil, math.Float32bits(-1.5)), -1.5},
		{safetensors.F64, binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.375)), 0.375},
		{safetensors.BF16, half(0xbfc0), -1.5},
		{safetensors.F16, half(0xbe00), -1.5},
		{safetensors.F16, half(0x7bff), 65504},
		{safetensors.F16, half(0x0001), 0x1p-24},
		{safetensors.F16, half(0x83ff), -1023 * 0x1p-24},
		{safetensors.F16, half(0x0400), 0x1p-14},
		{safetensors.F16, half(0xfc00), float32(math.Inf(-1))},
	} {
		m, _, err := sae.Load(folder(t, []byte(`{"architecture": "standard", "d_in": 2, "d_sae": 2}`), weights(t, tt.dtype, tt.bytes)))
		if err != nil {
			t.Errorf("%s: %v", tt.dtype, err)
			continue
		}
		for _, p := range m.Params() {
			if p.Data[0] != tt.want {
				t.Errorf("%s: %s is %g, want %g", tt.dtype, p.Name, p.Data[0], tt.want)
			}
		}
	}
}

func TestLoadRefusesContents(t *testing.T) {
	for _, tt := range []struct {
		name, cfg string
		weights   []byte
		want      string
	}{
		{"no JSON", `{`, small(t), "cfg.json: unexpected end"},
		{"sizes that no memory has", `{"architecture":"standard","d_in":4000000000000000000,"d_sae":4000000000000000000}`, small(t), "want at most"},
		{"sizes that the file does not have", `{"architecture":"standard","d_in":65536,"d_sae":65536}`, small(t), "shape is [2 2], cfg.json says [65536 65536]"},
		{"integers", `{"architecture":"standard","d_in":2,"d_sae":2}`, weights(t, safetensors.I32, make([]byte, 4)), "dtype is I32, want F32"},
		{"k beyond d_sae", `{"architecture":"topk","d_in":2,"d_sae":2,"k":3}`, small(t), "k is 3"},
		{"half a file", `{"architecture":"standard","d_in":2,"d_sae":2}`, small(t)[:60], "not a safetensors file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := sae.Load(folder(t, []byte(tt.cfg), tt.weights)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one that says %q", err, tt.want)
			}
		})
	}
}

// FuzzLoad wants an error or a usable model, whatever the files hold.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"architecture": "topk", "d_in": 2, "d_sae": 2, "k": 1, "lp_norm": 1.0}`), small(f))
	f.Add([]byte(`{"architecture": "standard", "d_in": 2, "d_sae": 1000000000000}`), small(f))
	f.Add([]byte(`{"d_in": -2}`), []byte{})
	f.Fuzz(func(t *testing.T, cfg, weights []byte) {
		m, _, err := sae.Load(folder(t, cfg, weights))
		if err != nil {
			return
		}
		m.Decode(m.Encode(make([]float32, m.Config().DIn)))
	})
}

func Example() {
	cfg := sae.DefaultConfig()
	cfg.DIn, cfg.DSAE, cfg.K = 4, 16, 2
	m, err := sae.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	codes := m.Encode([]float32{1, 0, 0, 0, 0, 1, 0, 0}) // two rows
	reconstruction := m.Decode(codes)
	fmt.Println(codes, len(reconstruction), "values")

	parent, err := os.MkdirTemp("", "sae")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "sae")
	if err := sae.Save(dir, m.Inference(sae.Scaling{Factor: 1}), sae.Provenance{"hook_name": "blocks.6"}, nil); err != nil {
		fmt.Println(err)
		return
	}
	loaded, from, err := sae.Load(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(loaded.Config().Architecture, from["hook_name"])
	// Output:
	// codes (2, 16), L0 2.0 8 values
	// topk blocks.6
}

// TestLoadIgnoresOtherKeys: sae-lens' configurations have keys of their own.
func TestLoadIgnoresOtherKeys(t *testing.T) {
	cfg := `{"architecture": "standard", "d_in": 2, "d_sae": 2, "lp_norm": 1.0, "l1_warm_up_steps": 7, "prepend_bos": true}`
	m, _, err := sae.Load(folder(t, []byte(cfg), small(t)))
	if err != nil {
		t.Fatal(err)
	}
	golden.Near(t, "W_enc", m.Params()[0].Data, []float32{1, 1, 1, 1}, 0)
}
