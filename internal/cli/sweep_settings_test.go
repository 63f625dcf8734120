package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native/nativetest"
)

func TestSweepMistakes(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	sweep := func(values ...string) (args []string) {
		for _, v := range values {
			args = append(args, "--sweep", v)
		}
		return args
	}
	yaml := func(text string) []string { return []string{"--config", file(t, "run.yaml", "sweep:\n"+text)} }
	for _, m := range []mistake{
		{"no values", sweep("k"), 2, []string{`"k" is no list of values`, "such as k=16,32"}},
		{"empty list", sweep("k="), 2, []string{"k has no values"}},
		{"no key", sweep("=4"), 2, []string{"want KEY=A,B"}},
		{"not a number", sweep("k=4,many"), 2, []string{`k: "many" is no value: want a number`}},
		{"null", sweep("k=4,~"), 2, []string{`"~" is no value: want a number`}},
		{"a list", sweep("k=[4,5]"), 2, []string{`"[4, 5]" is no value: want a number`}},
		{"no list", sweep("matryoshka_widths=4,8"), 2, []string{`"4" is no value: want lists in brackets, such as [16,64],[32,64]`}},
		{"twice the same", sweep("lr=0.001,1e-3"), 2, []string{"lr has the value 0.001 twice"}},
		{"twice the key", sweep("k=4", "k=8"), 2, []string{"k is given twice: put its values into one list"}},
		{"seed by both names", sweep("seed=4", "init_seed=8"), 2, []string{"init_seed is given twice"}},
		{"unknown keys", sweep("kk=4", "foo=5"), 2, []string{"there is no setting kk", "there is no setting foo", "want one of seed, architecture, "}},
		{"the batch", sweep("train-batch-size-samples=64,128"), 2, []string{"train_batch_size_samples is for all members", "want one of seed, ", ", lr, "}},
		{"the length", sweep("total_training_samples=64,128"), 2, []string{"total_training_samples is for all members"}},
		{"the hook", sweep("hook=a,b"), 2, []string{"hook is for all members"}},
		{"transcoders and others", sweep("architecture=topk,transcoder"), 2, []string{"transcoder is a transcoder and topk is not"}},
		{"no name", sweep("architecture=topk,../up"), 2, []string{`"../up" is no value`}},
		{"wrong in one member", sweep("k=4,0"), 2, []string{"k=0: k is 0, want more than 0"}},
		{"wrong in all", append(sweep("k=4,5"), "--held-out-fraction", "1"), 2, []string{": held_out_fraction is 1, want"}},
		{"one W&B id", append(sweep("k=4,5"), "--log-to-wandb", "--wandb-id", "a"), 2, []string{"wandb_id is given, but each member is a run of its own"}},
		{"no mapping", yaml("- k\n"), 2, []string{"line 2: sweep: want a list of values for each key"}},
		{"no list in YAML", yaml("  k: 4\n"), 2, []string{"line 2: sweep: k: want a list of values, such as [16, 32]"}},
		{"empty list in YAML", yaml("  k: []\n"), 2, []string{"line 2: sweep: k has no values"}},
		{"all fail", sweep("lr=1e30,2e30"), 1, []string{"none is left: ", "lower lr"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			root := t.TempDir()
			r := p.call(t.Context(), nil, p.small(t, filepath.Join(root, "a", "run"), m.args...)...)
			if r.code != m.code {
				t.Errorf("exit code %d, want %d", r.code, m.code)
			}
			for _, want := range m.want {
				if !strings.Contains(r.lastLine(), want) {
					t.Errorf("no %q in %q", want, r.lastLine())
				}
			}
			if left, _ := os.ReadDir(root); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// folders returns the names of the members of a sweep.
func folders(t *testing.T, dir string) (names []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*=*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		names = append(names, filepath.Base(path))
	}
	return names
}

// TestSweepInYAML has a sweep in the settings, and gives the config.yaml that results to
// another.
func TestSweepInYAML(t *testing.T) {
	nativetest.RequireORT(t)
	p, root := programs[0], t.TempDir()
	first, again, other := filepath.Join(root, "first"), filepath.Join(root, "again"), filepath.Join(root, "other")
	config := file(t, "run.yaml", "architecture: matryoshka_batchtopk\nsweep:\n  matryoshka_widths:\n  - [8, 16]\n  - [24]\n  expansion_factor: [4]\n")
	p.must(t, p.small(t, first, "--config", config, "--held-out-fraction", "0")...)
	want := []string{"matryoshka_widths=24,expansion_factor=4", "matryoshka_widths=8-16,expansion_factor=4"}
	if got := folders(t, first); !slices.Equal(got, want) {
		t.Fatalf("members are %v, want %v", got, want)
	}
	if text := read(t, first, "config.yaml"); !strings.Contains(text, "\nsweep:\n  matryoshka_widths: [[8, 16], [24]]\n  expansion_factor: [4]\n") {
		t.Errorf("config.yaml is\n%s", text)
	}
	p.must(t, "train", "--config", filepath.Join(first, "config.yaml"), "--output", again)
	sameSweep(t, first, again)
	p.must(t, "train", "--config", filepath.Join(first, want[0], "config.yaml"), "--output", other) // a run like the member
	sameRun(t, filepath.Join(first, want[0]), other)

	p.must(t, p.small(t, other, "--overwrite", "--config", config, "--sweep", "k=4,5")...)
	if got := folders(t, other); !slices.Equal(got, []string{"k=4", "k=5"}) {
		t.Errorf("members are %v: the flag does not win over the file", got)
	}
	p.must(t, p.small(t, other, "--overwrite")...)
	if got := folders(t, other); len(got) > 0 {
		t.Errorf("the members of the sweep that was replaced are there: %v", got)
	}
}
