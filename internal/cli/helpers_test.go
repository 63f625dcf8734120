package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cli"
)

// program is one of the two programs on its tiny model, whose first hook point is
// finite and whose second is NaN.
type program struct {
	name       string
	kind       func() cli.Kind
	model      string
	hook, nan  string
	data       func(t testing.TB) string
	embedded   string // folder of the embedded model
	otherModel string
	other      string // program for otherModel
}

var programs = []program{
	{
		"classifier-sae", cli.Text, "testdata/text", "transformer.h.0", "transformer.h.1", texts,
		"text", "testdata/vision", "vision-sae",
	},
	{
		"vision-sae", cli.Vision, "testdata/vision", "blocks.0", "blocks.1", pictures,
		"vision", "testdata/text", "classifier-sae",
	},
}

// texts writes a JSONL file of random words.
func texts(t testing.TB) string {
	rng := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for i := range 200 {
		word := make([]byte, 10+rng.IntN(30))
		for j := range word {
			word[j] = byte('a' + rng.IntN(26))
		}
		if err := enc.Encode(map[string]any{"text": string(word), "label": i % 2}); err != nil {
			t.Fatal(err)
		}
	}
	return file(t, "texts.jsonl", b.String())
}

// pictures writes a folder of two classes of random pictures.
func pictures(t testing.TB) string {
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	for i := range 160 {
		m := image.NewRGBA(image.Rect(0, 0, 16, 16))
		for p := range 16 * 16 {
			m.Set(p%16, p/16, color.RGBA{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256)), 255})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, string("ab"[i%2]), fmt.Sprintf("%03d.png", i)), b.String())
	}
	return dir
}

// file writes a file into a fresh folder and returns its path.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	write(t, path, text)
	return path
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// small are the flags of a run of eight steps on a tiny model.
func (p program) small(t testing.TB, output string, more ...string) []string {
	return append([]string{
		"train", "--model", p.model, "--data", p.data(t), "--hook", p.hook, "--output", output,
		"--training-tokens", "2048", "--train-batch-size-samples", "256", "--buffer-size", "512", "--eval-rows", "64", "--k", "4",
	}, more...)
}

// result is what a call of a program came to.
type result struct {
	code           int
	stdout, stderr string
}

// call runs a program; tee, which may be nil, hears stderr as it is written.
func (p program) call(ctx context.Context, tee io.Writer, args ...string) result {
	var stdout, stderr bytes.Buffer
	var log io.Writer = &stderr
	if tee != nil {
		log = io.MultiWriter(log, tee)
	}
	code := cli.Run(ctx, p.kind, args, &stdout, log)
	return result{code, stdout.String(), stderr.String()}
}

// must runs a program that has to succeed, and returns its stdout.
func (p program) must(t testing.TB, args ...string) result {
	t.Helper()
	r := p.call(t.Context(), nil, args...)
	if r.code != 0 {
		t.Fatalf("%s %v: exit code %d: %s", p.name, args, r.code, r.stderr)
	}
	return r
}

// lastLine is where an error stands: warnings come before it.
func (r result) lastLine() string {
	all := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
	return all[len(all)-1]
}

// row returns the value of a line of a report.
func (r result) row(name string) string {
	for line := range strings.Lines(r.stdout) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}
