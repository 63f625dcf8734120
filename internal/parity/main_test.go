package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/sae"
)

// read returns the tensors of a file.
func read(t *testing.T, path string) safetensors.SafeTensors {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Deserialize(data)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func shape(t *testing.T, file safetensors.SafeTensors, name string) []uint64 {
	t.Helper()
	v, ok := file.Tensor(name)
	if !ok {
		t.Fatalf("no tensor %q", name)
	}
	return v.Shape()
}

func TestRowsOfTheDemoModel(t *testing.T) {
	nativetest.RequireORT(t)
	data, output := filepath.Join(t.TempDir(), "d.jsonl"), filepath.Join(t.TempDir(), "new", "rows")
	if err := os.WriteFile(data, []byte("{\"text\": \"a good film\"}\n{\"text\": \"a bad one\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"rows", "--model", "../demo/text", "--data", data, "--hook", "transformer.h.2", "--context-size", "2", "--output", output}
	if code := run(t.Context(), args); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	file := read(t, output)
	if got := shape(t, file, "acts"); got[0] != 4 {
		t.Errorf("%d rows, want 2 of each text: the first position is kept", got[0])
	}
	for _, name := range []string{"example", "pos", "token"} {
		if got := shape(t, file, name); !slices.Equal(got, []uint64{4}) {
			t.Errorf("%s has the shape %v", name, got)
		}
	}
	if code := run(t.Context(), append(args, "--pixels")); code != 1 {
		t.Errorf("pixels of a text model: exit code %d, want 1", code)
	}
}

func TestSAEs(t *testing.T) {
	dir := t.TempDir()
	if code := run(t.Context(), []string{"sae", "--output", dir, "--steps", "5"}); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, name := range sae.Trainable() {
		m, from, err := sae.Load(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if m.Config().DSAE != saeDSAE || from["hook_name"] != "planted" {
			t.Errorf("%s: %+v from %v", name, m.Config(), from)
		}
		file := read(t, filepath.Join(dir, name+".safetensors"))
		if got := shape(t, file, "features"); !slices.Equal(got, []uint64{saeRows, saeDSAE}) {
			t.Errorf("%s: features have the shape %v", name, got)
		}
	}
}

func TestMistakesAreExitCode2(t *testing.T) {
	for _, args := range [][]string{nil, {"nonsense"}, {"rows", "--nonsense"}, {"sae", "extra"}} {
		if code := run(t.Context(), args); code != 2 {
			t.Errorf("%v: exit code %d, want 2", args, code)
		}
	}
}
