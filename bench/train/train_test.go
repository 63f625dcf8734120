package main

import (
	"math"
	"testing"

	"github.com/saego/saego/bench/turns"
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
		if err := penalizedTrainer(name, turns.Forever).Validate(); err != nil {
			t.Error(name, err)
		}
	}
}

func TestCompareCurves(t *testing.T) {
	ours := []turns.Step{{Loss: 4, Variance: 0.5}, {Loss: 2, Variance: 0.7}}
	theirs := []turns.Step{{Loss: 4}, {Loss: 2.5}}
	e := compareCurves("curve/x", ours, theirs)
	if *e.Ours != 3 || *e.Peer != 3.25 || math.Abs(e.Details["difference_largest"]-0.2) > 1e-9 || math.Abs(e.Details["difference_mean"]-0.1) > 1e-9 {
		t.Errorf("got %+v", e)
	}
}

func TestStartEntries(t *testing.T) {
	all := make([]turns.Step, first+1)
	for i := range all {
		all[i].Seconds = 1
	}
	all[0].Seconds, all[9].Seconds = 9, 5 // a single one that takes long says nothing
	for i := range 3 {
		all[20+i].Seconds = 3
	}
	all[first].Seconds = 100 // no longer of the start
	e := startEntries("x", all, []float64{6, 6, 6}, "")
	if *e[0].Ours != 1.09 || math.Abs(*e[0].Ratio-6/1.09) > 1e-9 || *e[1].Ours != 3 || *e[1].Ratio != 2 || e[1].Details["longest"] != 5 {
		t.Errorf("got %+v", e)
	}
}
