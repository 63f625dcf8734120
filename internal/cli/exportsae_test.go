package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/sae"
)

// savedSAE writes a run's folder with an SAE in it, and returns it.
func savedSAE(t *testing.T) string {
	t.Helper()
	cfg := sae.DefaultConfig()
	cfg.DIn, cfg.DSAE, cfg.K = 6, 20, 4
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := sae.Save(filepath.Join(dir, "sae"), m, sae.Provenance{"hook_name": "transformer.h.6"}, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestExport(t *testing.T) {
	for _, p := range programs {
		dir := savedSAE(t)
		r := p.must(t, "export", "--run", dir, "--format", "sae-onnx")
		path := filepath.Join(dir, "sae", "sae.onnx")
		if !strings.Contains(r.row("sae-onnx"), path) || !strings.Contains(r.row("content"), "features (rows, 20)") {
			t.Errorf("stdout is %q", r.stdout)
		}
		graph := read(t, path)
		for _, part := range []string{"hook_name", "transformer.h.6", "saego", "reconstruction"} {
			if !strings.Contains(graph, part) {
				t.Errorf("no %q in the file", part)
			}
		}
		p.must(t, "export", "--run", dir, "--overwrite")
		p.must(t, "export", "--sae", filepath.Join(dir, "sae"), "--output", filepath.Join(dir, "other.onnx"))
		if read(t, dir, "other.onnx") != graph {
			t.Error("the same SAE gives another file")
		}
	}
}

func TestExportMistakes(t *testing.T) {
	for _, p := range programs {
		dir := savedSAE(t)
		used := file(t, "used.onnx", "thesis")
		for _, m := range []mistake{
			{"nothing", []string{"--format", "sae-onnx"}, 2, []string{"--run or --sae", "one of them"}},
			{"both", []string{"--run", dir, "--sae", dir}, 2, []string{"one of them"}},
			{"format", []string{"--run", dir, "--format", "saelens"}, 2, []string{`format is "saelens"`, "want sae-onnx", "sae-lens' format already"}},
			{"no run", []string{"--run", filepath.Join(dir, "no")}, 1, []string{"no cfg.json"}},
			{"file in the way", []string{"--run", dir, "--output", used}, 1, []string{used, "--overwrite"}},
			{"no folder", []string{"--run", dir, "--output", filepath.Join(dir, "no", "sae.onnx")}, 1, []string{"no such file"}},
			{"argument", []string{dir}, 2, []string{"takes no argument"}},
		} {
			t.Run(p.name+"/"+m.name, func(t *testing.T) {
				checkMistake(t, p, p.call(t.Context(), nil, append([]string{"export"}, m.args...)...), m)
			})
		}
		if left, _ := os.ReadDir(filepath.Join(dir, "sae")); len(left) != 2 || read(t, used) != "thesis" {
			t.Errorf("left behind: %v", left)
		}
	}
}
