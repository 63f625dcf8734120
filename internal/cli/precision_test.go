package cli_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/cli"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/models"
)

// recorded is what an SAE's metadata say of the rows' precision.
type recorded struct {
	Provider, Precision string
	Drift               *struct {
		Rows       int
		RelativeL2 float64 `json:"relative_l2"`
		Cosine     float64
	}
}

func recordedIn(t *testing.T, output string) recorded {
	t.Helper()
	var cfg struct{ Metadata recorded }
	if err := json.Unmarshal([]byte(read(t, output, "sae/cfg.json")), &cfg); err != nil {
		t.Fatal(err)
	}
	return cfg.Metadata
}

func configIn(t *testing.T, output string) (c map[string]any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, output, "config.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestProviderAuto wants what it came to in the settings and the metadata.
func TestProviderAuto(t *testing.T) {
	nativetest.RequireORT(t)
	if _, err := os.Stat("/proc/driver/nvidia/version"); err == nil {
		t.Skip("this machine has an NVIDIA driver")
	}
	p, output := programs[0], filepath.Join(t.TempDir(), "run")
	r := p.must(t, p.small(t, output, "--provider", "auto", "--device-ids", "0,1")...)
	for _, want := range []string{"provider auto: cpu\n", "  passed by: provider cuda: no NVIDIA driver: ", "  passed by: provider openvino: "} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in %s", want, r.stderr)
		}
	}
	if c := configIn(t, output); c["provider"] != "cpu" || len(c["device_ids"].([]any)) != 0 {
		t.Errorf("config.yaml says provider %v, device_ids %v", c["provider"], c["device_ids"])
	}
	if got := recordedIn(t, output); got != (recorded{Provider: "cpu", Precision: "float32"}) {
		t.Errorf("metadata say %+v", got)
	}
}

const (
	demoFolder = "../demo/text"
	demoHook   = "transformer.h.2"
)

// int8Folder returns a copy of the demo's model folder that calls itself int8.
func int8Folder(t *testing.T, change func(*models.Spec)) string {
	t.Helper()
	m, err := models.Open(demoFolder)
	if err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "int8")
	if err := os.CopyFS(dir, os.DirFS(demoFolder)); err != nil {
		t.Fatal(err)
	}
	s := m.Spec
	s.ExportedBy["precision"], s.ExportedBy["quantized_from"] = models.Int8, s.Name+"@"+m.Digest()
	change(&s)
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, models.SpecFile), string(data))
	return dir
}

func TestInt8(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	folder := int8Folder(t, func(*models.Spec) {})
	run := func(model string, more ...string) (recorded, string) {
		output := filepath.Join(t.TempDir(), "run")
		args := append([]string{"--model", model, "--hook", demoHook, "--expansion-factor", "2"}, more...)
		r := p.must(t, p.small(t, output, args...)...)
		return recordedIn(t, output), r.stderr
	}
	t.Run("golden activations", func(t *testing.T) {
		got, stderr := run(folder)
		if d := got.Drift; got.Precision != "int8" || d == nil || d.Rows == 0 || d.RelativeL2 == 0 || d.RelativeL2 > 1e-5 {
			t.Errorf("metadata say %+v", got)
		}
		if !strings.Contains(stderr, "int8 by cpu, ") {
			t.Errorf("no drift in %s", stderr)
		}
	})
	t.Run("reference", func(t *testing.T) {
		got, _ := run(folder, "--reference-model", demoFolder)
		if d := got.Drift; d == nil || d.Rows != 2048 || d.RelativeL2 != 0 {
			t.Errorf("metadata say %+v: it is the same graph", got)
		}
	})
	t.Run("float16", func(t *testing.T) {
		half := int8Folder(t, func(s *models.Spec) { s.ExportedBy["precision"] = models.Float16 })
		got, stderr := run(half, "--reference-model", demoFolder)
		if d := got.Drift; got.Precision != "float16" || d == nil || d.Rows != 2048 || !strings.Contains(stderr, "float16 by cpu, ") {
			t.Errorf("metadata say %+v; %s", got, stderr)
		}
	})
	t.Run("nothing to compare with", func(t *testing.T) {
		bare := int8Folder(t, func(s *models.Spec) { s.Golden = "" })
		got, stderr := run(bare)
		if got.Drift != nil || got.Precision != "int8" || !strings.Contains(stderr, "warning: int8: the drift from float32 is not known") {
			t.Errorf("metadata say %+v; %s", got, stderr)
		}
	})
	for _, m := range []mistake{
		{"another reference", []string{"--model", folder, "--hook", demoHook, "--reference-model", p.model}, 1, []string{"is tiny-text@", "was made of saego-demo-text@"}},
		{"a reference of floats", []string{"--reference-model", demoFolder}, 2, []string{"reference_model is given", "is not int8"}},
		{"both", []string{"--model", folder, "--hook", demoHook, "--precision", "bf16"}, 2, []string{"precision is bf16", "is int8"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			checkMistake(t, p, p.call(t.Context(), nil, p.small(t, filepath.Join(t.TempDir(), "run"), m.args...)...), m)
		})
	}
}

// Rows that are stored may have been computed on a card, which this machine has no need of.
func TestStoredRowsNeedNoCard(t *testing.T) {
	k := cli.Text()
	c := k.Config()
	c.SAE.DIn, c.SAE.DSAE, c.Buffer.BatchSize = 8, 64, c.Train.TrainBatchSizeSamples
	c.Train = c.Train.Resolve()
	c.Runtime.Precision = ort.TF32
	if err := cli.Validate(c); err == nil || !strings.Contains(err.Error(), "precision is tf32") {
		t.Errorf("with a network: error %v", err)
	}
	c.Activations = "store"
	if err := cli.Validate(c); err != nil {
		t.Errorf("with stored rows: %v", err)
	}
}

// TestInt8FromStore wants what is told of an int8 network's rows in what is trained on them later.
func TestInt8FromStore(t *testing.T) {
	nativetest.RequireORT(t)
	p, dir, output := programs[0], filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "run")
	p.must(t, "extract", "--model", int8Folder(t, func(*models.Spec) {}), "--data", p.data(t), "--hook", demoHook, "--output", dir)
	p.must(t, "train", "--activations", dir, "--output", output, "--expansion-factor", "2", "--total-training-samples", "512",
		"--train-batch-size-samples", "64", "--buffer-size", "128")
	if got := recordedIn(t, output); got.Drift == nil || got.Precision != "int8" {
		t.Errorf("metadata say %+v", got)
	}
	if out := p.must(t, "store", "info", dir).stdout; !strings.Contains(out, "int8, relative L2") {
		t.Errorf("store info says %s", out)
	}
}

// TestBF16 wants a drift in the metadata, and float32 called by its name where OpenVINO
// computes that.
func TestBF16(t *testing.T) {
	nativetest.RequireOpenVINO(t)
	p, output := programs[0], filepath.Join(t.TempDir(), "run")
	cmd := exec.CommandContext(t.Context(), p.build(t), p.small(t, output, "--model", demoFolder, "--hook", demoHook, "--precision", "bf16")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, want := recordedIn(t, output), "bf16"
	if got.Drift == nil {
		t.Fatalf("no drift is recorded: %s", out)
	}
	if got.Drift.RelativeL2 < 1e-4 {
		want = "float32"
		if !strings.Contains(string(out), "warning: bf16: OpenVINO computes in float32") {
			t.Errorf("no warning in %s", out)
		}
	}
	if c := configIn(t, output); got.Precision != want || c["precision"] != want || got.Provider != "openvino" || c["provider"] != "openvino" {
		t.Errorf("recorded %+v, in config.yaml %v by %v, want %s by openvino", got, c["precision"], c["provider"], want)
	}
	if d := got.Drift; d.Rows != 2048 || d.RelativeL2 > 0.05 || d.Cosine < 0.99 {
		t.Errorf("drift %+v", *d)
	}
	t.Logf("%s", out)
}
