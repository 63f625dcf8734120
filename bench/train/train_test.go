package main

import (
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/sae"
)

func TestPartsHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range parts {
		if seen[p.Name] {
			t.Errorf("two parts are called %s", p.Name)
		}
		seen[p.Name] = true
	}
	for _, want := range []string{
		"train/topk", "train/matryoshka_batchtopk", "train/jumprelu", "train/topk-vs-sparse", "train/topk-vs-sparsify",
		"train/topk-bf16-vs-sparsify", "growth/d_sae=65536", "curve/gated", "alloc/topk", "memory/topk-65536", "profile/topk", "sweep/8-over-1",
	} {
		if !seen[want] {
			t.Errorf("no part is called %s", want)
		}
	}
}

func TestArchitecturesAreValid(t *testing.T) {
	for _, name := range architectures {
		if err := architecture(name, 768, dSAE).Validate(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range penalized {
		if err := penalizedTrainer(name, forever).Validate(); err != nil {
			t.Error(name, err)
		}
	}
}

// someRows are n rows of 8 values, in a file.
func someRows(t *testing.T, n int) rows {
	t.Helper()
	x := make([]float32, 8*n)
	for i := range x {
		x[i] = float32(math.Sin(float64(i * i)))
	}
	path := filepath.Join(t.TempDir(), "rows.safetensors")
	if err := writeTensors(path, map[string]tensor{"rows": {[]int{n, 8}, x}}, map[string]string{"source": "sines"}); err != nil {
		t.Fatal(err)
	}
	return rows{path, "sines", 8, n, x}
}

func TestReadRows(t *testing.T) {
	want := someRows(t, 20)
	got, err := readRows(want.path, 0)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("readRows = %+v, %v, want %+v", got, err, want)
	}
	if got, err = readRows(want.path, 3); err != nil || !slices.Equal(got.x, want.x[:24]) || got.n != 3 {
		t.Errorf("the first 3 rows = %+v, %v", got, err)
	}
	if _, err := readRows(filepath.Join(t.TempDir(), "none"), 0); err == nil {
		t.Error("no error without a file")
	}
}

func TestScale(t *testing.T) {
	x := []float32{3, 4, 0, 0, 6, 8, 0, 0} // norms 5 and 10
	scale(x, 4)
	if got := math.Hypot(float64(x[0]), float64(x[1])) + math.Hypot(float64(x[4]), float64(x[5])); math.Abs(got/2-2) > 1e-6 {
		t.Errorf("mean norm is %g, want 2", got/2)
	}
}

// TestSession checks that a run goes on where it stopped, as if it had not.
func TestSession(t *testing.T) {
	r := someRows(t, 64)
	losses := func(turns ...int) (all []float64) {
		m, err := r.model(architecture(sae.Standard, 8, 16))
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSession(t.Context(), m, trainer(16, forever), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range turns {
			steps, err := s.steps(n)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, column(steps, func(s step) float64 { return s.loss })...)
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if a, b := losses(6), losses(1, 3, 2); !slices.Equal(a, b) || a[0] == a[5] {
		t.Errorf("losses %v and %v, want the same, and falling", a, b)
	}
}

func TestSessionWithoutAPeer(t *testing.T) {
	b := &bench{Suite: suite.Suite{Work: t.TempDir(), NoPeers: true, Quick: true}, rows: someRows(t, 64)}
	c, err := b.rows.saeLens(architecture(sae.Standard, 8, 16), trainer(16, forever))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs, missing, err := b.compete(t.Context(), c)
	if err != nil || len(ours) != b.rounds()*stepsPerRound || theirs != nil || !strings.Contains(missing, "--no-peers") {
		t.Errorf("got %d and %d steps, missing %q, error %v", len(ours), len(theirs), missing, err)
	}
	b.NoPeers, b.Python = false, filepath.Join(t.TempDir(), "no-python")
	if _, _, _, err := b.compete(t.Context(), c); err == nil || !strings.Contains(err.Error(), "venv-bench") {
		t.Errorf("error %v, want one that says how to install the peers", err)
	}
}

func TestCompareCurves(t *testing.T) {
	ours := []step{{loss: 4, variance: 0.5}, {loss: 2, variance: 0.7}}
	theirs := []step{{loss: 4}, {loss: 2.5}}
	e := compareCurves("curve/x", ours, theirs)
	if *e.Ours != 3 || *e.Peer != 3.25 || math.Abs(e.Details["difference_largest"]-0.2) > 1e-9 || math.Abs(e.Details["difference_mean"]-0.1) > 1e-9 {
		t.Errorf("got %+v", e)
	}
}

func TestStartEntries(t *testing.T) {
	all := make([]step, first+1)
	for i := range all {
		all[i].seconds = 1
	}
	all[0].seconds, all[9].seconds = 9, 5 // a single one that takes long says nothing
	for i := range 3 {
		all[20+i].seconds = 3
	}
	all[first].seconds = 100 // no longer of the start
	e := startEntries("x", all, []float64{6, 6, 6}, "")
	if *e[0].Ours != 1.09 || math.Abs(*e[0].Ratio-6/1.09) > 1e-9 || *e[1].Ours != 3 || *e[1].Ratio != 2 || e[1].Details["longest"] != 5 {
		t.Errorf("got %+v", e)
	}
}
