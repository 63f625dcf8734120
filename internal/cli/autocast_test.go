package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/internal/kernels/onednn"
	"github.com/saego/saego/internal/native/nativetest"
)

// TestAutocast wants other weights where bfloat16 is emulated, the same on every run;
// and without instructions for it a warning, and the run in float32 to the bit.
func TestAutocast(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	data, root := p.data(t), t.TempDir()
	weights := func(name string, args ...string) (weights, stderr string) {
		output := filepath.Join(root, name)
		r := p.must(t, p.small(t, output, append([]string{"--data", data}, args...)...)...)
		return read(t, output, "sae", "sae_weights.safetensors"), r.stderr
	}
	plain, _ := weights("plain")
	emulated, stderr := weights("emulated", "--autocast", "--bf16", "emulate")
	if emulated == plain {
		t.Error("autocast rounded nothing")
	}
	if strings.Contains(stderr, "autocast") {
		t.Errorf("a warning where nothing is missing: %s", stderr)
	}
	if again, _ := weights("again", "--autocast", "--bf16", "emulate"); again != emulated {
		t.Error("the second run has other weights")
	}

	unfit := onednn.Supported()
	if unfit == nil {
		t.Skip("this processor has instructions for bfloat16")
	}
	auto, stderr := weights("auto", "--autocast")
	if auto != plain {
		t.Error("without the instructions the run is not that in float32")
	}
	if want := "warning: no autocast, going on in float32: " + unfit.Error(); strings.Count(stderr, want) != 1 {
		t.Errorf("want %q once in %s", want, stderr)
	}
	var c map[string]any
	if err := yaml.Unmarshal([]byte(read(t, root, "auto", "config.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	if c["autocast"] != false {
		t.Errorf("config.yaml says autocast is %v, want what was done", c["autocast"])
	}
}

func TestAutocastMistake(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	m := mistake{"bf16", []string{"--bf16", "fast"}, 2, []string{`bf16 is "fast"`, `"emulate"`}}
	checkMistake(t, p, p.call(t.Context(), nil, p.small(t, filepath.Join(t.TempDir(), "run"), m.args...)...), m)
}
