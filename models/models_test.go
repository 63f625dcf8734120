package models_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/models"
)

// textSpec returns a Spec without faults over the files of textFolder.
func textSpec(files fstest.MapFS) models.Spec {
	s := models.Spec{
		Version: models.Version,
		Family:  models.FamilyGPT2Classifier,
		Name:    "tiny",
		Graph:   "model.onnx",
		Files:   map[string]models.File{},
		Inputs: []models.Input{
			{Name: models.InputIDs, DType: "int64", Shape: []any{"batch", "sequence"}},
			{Name: models.AttentionMask, DType: "int64", Shape: []any{"batch", "sequence"}},
		},
		Hooks:  []models.Hook{{Name: "transformer.h.0", DIn: 4}, {Name: "transformer.h.1", DIn: 4}},
		Logits: "logits",
		Labels: []string{"neg", "pos"},
		Text:   &models.Text{Tokenizer: "tokenizer.json", ContextSize: 8},
		Golden: "golden.safetensors",
	}
	for name, f := range files {
		sum := sha256.Sum256(f.Data)
		s.Files[name] = models.File{SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(f.Data))}
	}
	return s
}

func visionSpec() models.Spec {
	s := textSpec(fstest.MapFS{"model.onnx": {Data: []byte("graph")}})
	s.Family, s.Golden, s.Text = models.FamilyViT, "", nil
	s.Inputs = []models.Input{{Name: "pixel_values", DType: "float32", Shape: []any{"batch", 3.0, 32.0, 32.0}}}
	s.Vision = &models.Vision{
		ResizeMode: models.ResizeShorter, Resize: [2]int{32, 32}, Interpolation: models.Bicubic,
		Crop: [2]int{32, 32}, Std: [3]float32{1, 1, 1}, PrefixTokens: 1, Grid: [2]int{8, 8},
	}
	return s
}

func textFolder() fstest.MapFS {
	return fstest.MapFS{
		"model.onnx":         {Data: []byte("graph")},
		"model.onnx.data":    {Data: []byte("weights")},
		"tokenizer.json":     {Data: []byte("{}")},
		"golden.safetensors": {Data: []byte("golden")},
	}
}

// withSpec adds model.json to files.
func withSpec(t testing.TB, files fstest.MapFS, s models.Spec) fstest.MapFS {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	files[models.SpecFile] = &fstest.MapFile{Data: data}
	return files
}

func open(t *testing.T, files fstest.MapFS) *models.Model {
	t.Helper()
	m, err := models.OpenFS(withSpec(t, files, textSpec(files)), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func wantError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q, want %q in it", err, w)
		}
	}
}

func TestOpenOnDisk(t *testing.T) {
	dir := t.TempDir()
	files := textFolder()
	if err := os.CopyFS(dir, withSpec(t, files, textSpec(files))); err != nil {
		t.Fatal(err)
	}
	m, err := models.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.GraphPath(), filepath.Join(dir, "model.onnx"); got != want {
		t.Errorf("GraphPath() = %q, want %q", got, want)
	}
	if err := m.Verify(); err != nil {
		t.Error(err)
	}
}

func TestOpenEmbedded(t *testing.T) {
	m := open(t, textFolder())
	if m.GraphPath() != "" {
		t.Errorf("GraphPath() = %q, want none", m.GraphPath())
	}
	_, err := m.Graph()
	wantError(t, err, "onnx: tiny: ")
}

func TestOpenFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := models.Open(file)
	wantError(t, err, file, "is a file, want a model folder")
	_, err = models.Open(file + "-not")
	wantError(t, err, "no such folder", "scripts/export_onnx.py")
	_, err = models.Open(t.TempDir())
	wantError(t, err, "no model.json: make the folder with scripts/export_onnx.py")
}

func TestOpenChecksSizes(t *testing.T) {
	files := textFolder()
	withSpec(t, files, textSpec(files))
	delete(files, "tokenizer.json")
	files["model.onnx.data"] = &fstest.MapFile{Data: []byte("half")}
	_, err := models.OpenFS(files, "tiny")
	wantError(t, err, "models: tiny: ", "no tokenizer.json", "model.onnx.data has 4 bytes, model.json says 7")
}

func TestVerifyFindsChange(t *testing.T) {
	m := open(t, textFolder())
	m.FS.(fstest.MapFS)["model.onnx"].Data = []byte("grapH")
	wantError(t, m.Verify(), "models: tiny: model.onnx has sha256 ")
}

// TestDigestOfScripts has what scripts/test_quantize.py has: golden files are left out.
func TestDigestOfScripts(t *testing.T) {
	m := &models.Model{Spec: models.Spec{
		Golden: "golden.safetensors", Text: &models.Text{GoldenTokens: "golden_tokens.json"},
		Files: map[string]models.File{
			"model.onnx": {SHA256: "aa"}, "golden.safetensors": {SHA256: "bb"}, "golden_tokens.json": {SHA256: "cc"}, "tokenizer.json": {SHA256: "dd"},
		},
	}}
	if got, want := m.Digest(), "01bcbabeb9a8"; got != want {
		t.Errorf("Digest() = %q, want %q", got, want)
	}
}

func TestDigest(t *testing.T) {
	base := open(t, textFolder()).Digest()
	if len(base) != 12 {
		t.Errorf("Digest() = %q, want 12 digits", base)
	}
	for name, changes := range map[string]bool{
		"model.onnx": true, "model.onnx.data": true, "tokenizer.json": true, "golden.safetensors": false,
	} {
		files := textFolder()
		files[name] = &fstest.MapFile{Data: []byte("other")}
		if got := open(t, files).Digest() != base; got != changes {
			t.Errorf("%s: digest changed: %v, want %v", name, got, changes)
		}
	}
}

func TestGoldenTokens(t *testing.T) {
	if texts, err := open(t, textFolder()).GoldenTokens(); err != nil || texts != nil {
		t.Errorf("a folder without: GoldenTokens = %v, %v, want none", texts, err)
	}
	const name = "golden_tokens.json"
	for content, want := range map[string]string{
		`{"tokenizers":"0","texts":[{"text":"a","ids":[1]},{"text":"a b","limit":1,"ids":[1]}]}`: "",
		`{"tokenizers":"0","texts":[]}`:  "there are no texts in it",
		`{"texts":[{"txt":"a"}]}`:        "unknown field",
		`{"texts":[{"text":"a"}]} again`: "text after the closing brace",
	} {
		files := textFolder()
		files[name] = &fstest.MapFile{Data: []byte(content)}
		s := textSpec(files)
		s.Text.GoldenTokens = name
		m, err := models.OpenFS(withSpec(t, files, s), "tiny")
		if err != nil {
			t.Fatal(err)
		}
		if base := open(t, textFolder()).Digest(); m.Digest() != base {
			t.Errorf("the digest is %s, want %s: the file decides no activation", m.Digest(), base)
		}
		texts, err := m.GoldenTokens()
		if want != "" {
			wantError(t, err, "models: tiny: golden_tokens.json: ", want)
		} else if diff := cmp.Diff([]models.GoldenText{{Text: "a", IDs: []int32{1}}, {Text: "a b", Limit: 1, IDs: []int32{1}}}, texts); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
}

func TestHook(t *testing.T) {
	m := open(t, textFolder())
	if h, err := m.Hook("transformer.h.1"); err != nil || h.DIn != 4 {
		t.Errorf("Hook = %v, %v", h, err)
	}
	_, err := m.Hook("transformer.h.9")
	wantError(t, err, `models: tiny: no hook point "transformer.h.9": there are transformer.h.0, transformer.h.1`)
}

func TestGolden(t *testing.T) {
	view := func(dt safetensors.DType, shape []uint64, data []byte) safetensors.TensorView {
		v, err := safetensors.NewTensorView(dt, shape, data)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	data, err := safetensors.Serialize(map[string]safetensors.TensorView{
		"logits":    view(safetensors.F32, []uint64{1, 2}, []byte{0, 0, 128, 63, 0, 0, 0, 192}),
		"input_ids": view(safetensors.I64, []uint64{1}, []byte{7, 0, 0, 0, 0, 0, 0, 0}),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files := textFolder()
	files["golden.safetensors"] = &fstest.MapFile{Data: data}
	got, err := open(t, files).Golden()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]models.Array{
		"logits":    {Shape: []int64{1, 2}, Float32: []float32{1, -2}},
		"input_ids": {Shape: []int64{1}, Int64: []int64{7}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err = open(t, textFolder()).Golden()
	wantError(t, err, "models: tiny: golden.safetensors: ")
}
