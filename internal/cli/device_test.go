package cli_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cuda/device"
	"github.com/saego/saego/internal/native/nativetest"
)

// TestDevice asks for a card where there is none.
func TestDevice(t *testing.T) {
	nativetest.RequireORT(t)
	if card, err := device.Open(device.Options{}); err == nil {
		t.Skip("there is a card: ", card.Name())
	}
	p := programs[0]
	train := func(args ...string) []string { return p.small(t, filepath.Join(t.TempDir(), "run"), args...) }
	for _, m := range []mistake{
		{"no card", []string{"--device", "cuda"}, 1, []string{"device cuda: "}},
		{"no device", []string{"--device", "gpu"}, 2, []string{`device is "gpu"`, `"cuda"`, `"auto"`}},
		{"no precision", []string{"--float32-matmul-precision", "low"}, 2, []string{`float32_matmul_precision is "low"`, `"high"`}},
	} {
		t.Run(m.name, func(t *testing.T) { checkMistake(t, p, p.call(t.Context(), nil, train(m.args...)...), m) })
	}
	r := p.must(t, train("--device", "auto")...)
	if !strings.Contains(r.stderr, "training on the processor: ") {
		t.Errorf("auto does not say what it found: %s", r.stderr)
	}
}
