package ort_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/models"
)

func TestSpecNotOfGraph(t *testing.T) {
	nativetest.RequireORT(t)
	m := openModel(t, "testdata/inline")
	m.Spec.Hooks = append(m.Spec.Hooks, models.Hook{Name: "transformer.h.9", DIn: 16})
	_, err := ort.Open(m, ort.DefaultOptions())
	if want := `no tensor and no module "transformer.h.9": the graph keeps no paths of modules; it returns emb, mid, deep, logits`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}

// TestNoLogits checks that a network may have none, and that one which is named must be there.
func TestNoLogits(t *testing.T) {
	nativetest.RequireORT(t)
	m := openModel(t, "testdata/inline")
	m.Spec.Logits = ""
	openRunner(t, m, ort.DefaultOptions())
	m.Spec.Logits = "scores"
	if _, err := ort.Open(m, ort.DefaultOptions()); err == nil || !strings.Contains(err.Error(), `no output "scores"`) {
		t.Errorf("error %v, want one about the output", err)
	}
}

// TestWrongLibrary starts a process for each library, since a process loads only one.
func TestWrongLibrary(t *testing.T) {
	if lib := os.Getenv("SAEGO_TEST_WRONG_LIBRARY"); lib != "" {
		opts := ort.DefaultOptions()
		opts.Library = lib
		_, err := ort.Open(openModel(t, "testdata/inline"), opts)
		fmt.Println("error:", err)
		return
	}
	notELF := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(notELF, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	libraries := map[string]string{
		"absent":      filepath.Join(t.TempDir(), "absent.so"),
		"not an ELF":  notELF,
		"another one": anotherLibrary(t),
	}
	for name, lib := range libraries {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWrongLibrary$")
			cmd.Env = append(os.Environ(), "SAEGO_TEST_WRONG_LIBRARY="+lib)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, want := range []string{"error: ort: ", lib, "want version 1.29.0", "make deps", "--onnxruntime-lib", "ONNXRUNTIME_SHARED_LIBRARY_PATH"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("output %q, want %q in it", out, want)
				}
			}
		})
	}
}

// anotherLibrary returns a shared library that is not ONNX Runtime.
func anotherLibrary(t *testing.T) string {
	t.Helper()
	found, err := native.OpenBLAS().Find("")
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(found[0]) {
		t.Skip("no other library is at hand")
	}
	return found[0]
}

func ExampleRunner() {
	m, err := models.Open("testdata/inline")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := ort.Open(m, ort.DefaultOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	shape := []int64{1, 2}
	inputs := []extract.Tensor{
		{Name: models.InputIDs, Shape: shape, Int64: []int64{3, 4}},
		{Name: models.AttentionMask, Shape: shape, Int64: []int64{1, 1}},
	}
	mid := extract.Tensor{Name: "mid", Shape: []int64{1, 2, 16}, Float32: make([]float32, 32)}
	if err := r.Run(context.Background(), inputs, []extract.Tensor{mid}); err != nil {
		fmt.Println(err)
	}
}

func BenchmarkRun(b *testing.B) {
	r := tiny(b)
	in, out := text(8, 64, 0), []extract.Tensor{output("mid", 8, 64, 16)}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Run(b.Context(), in, out); err != nil {
			b.Fatal(err)
		}
	}
}
