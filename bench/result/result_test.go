package result_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/saego/saego/bench/result"
)

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   result.Spread
	}{
		{nil, result.Spread{}},
		{[]float64{7}, result.Spread{7, 7, 7, 7, 7}},
		{[]float64{4, 1, 3, 2}, result.Spread{1, 1.75, 2.5, 3.25, 4}},
		{[]float64{5, 1, 2, 4, 3}, result.Spread{1, 2, 3, 4, 5}},
	} {
		if got := result.Summary(c.values); got != c.want {
			t.Errorf("Summary(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}

func TestRatio(t *testing.T) {
	ours, peer := []float64{1, 2, 3}, []float64{6, 5, 4}
	for _, c := range []struct {
		name string
		e    result.Entry
		want float64
	}{
		{"Compare", result.Compare("x", "s", ours, peer), 2.5},
		{"Over", result.Over("x", "s", ours, peer), 0.4},
		{"Rate", result.Rate("x", "rows/s", ours, peer), 0.4},
	} {
		if c.e.Ratio == nil || math.Abs(*c.e.Ratio-c.want) > 1e-12 {
			t.Errorf("%s: ratio is %v, want %g", c.name, c.e.Ratio, c.want)
		}
	}
	if e := result.Compare("x", "s", ours, nil); e.Peer != nil || e.Ratio != nil {
		t.Errorf("without a peer: %+v, want neither peer nor ratio", e)
	}
}

// TestFormat holds the form of train.json fast: a list of objects that have all of
// these keys, null where there is no number.
func TestFormat(t *testing.T) {
	dir := t.TempDir()
	want := []result.Entry{
		result.Compare("train/topk", "s", []float64{1, 1, 1}, []float64{5, 5, 5}),
		result.Absent("train/gated", "sae-lens fails"),
	}
	machine := result.Machine{Processor: "p", Peer: &result.Peer{Threads: 2}}
	if err := result.Write(dir, "train", want, machine); err != nil {
		t.Fatal(err)
	}
	got, m, err := result.Read(dir, "train")
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(m, machine) {
		t.Errorf("read %+v, %+v, %v, want %+v, %+v", got, m, err, want, machine)
	}
	text, err := os.ReadFile(filepath.Join(dir, "train.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		for _, key := range []string{"name", "ours", "peer", "ratio", "unit", "runs"} {
			if _, ok := e[key]; !ok {
				t.Errorf("%v has no %q", e, key)
			}
		}
	}
	if list[0]["ratio"] != 5.0 || list[1]["ours"] != nil || list[1]["missing"] != "sae-lens fails" {
		t.Errorf("got %v", list)
	}
}

func TestLatest(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := result.Latest(dir); err == nil || !strings.Contains(err.Error(), "make bench") {
		t.Errorf("error %v, want one that names make bench", err)
	}
	extract, train := result.Alone("extract/open-gpt2", "s", 1), result.Absent("train/topk", "no")
	for command, e := range map[string]result.Entry{"extract": extract, "train": train} {
		if err := result.Write(dir, command, []result.Entry{e}, result.Machine{Processor: command}); err != nil {
			t.Fatal(err)
		}
	}
	want := []result.Entry{train, extract}
	for range 2 { // the list is no source of its own
		entries, machines, err := result.Latest(dir)
		if err != nil || !reflect.DeepEqual(entries, want) || len(machines) != 2 || machines["extract"].Processor != "extract" {
			t.Errorf("got %+v, %+v, %v", entries, machines, err)
		}
	}
	var list []result.Entry
	text, err := os.ReadFile(filepath.Join(dir, result.LatestFile))
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil || !reflect.DeepEqual(list, want) {
		t.Errorf("%s has %+v, %v", result.LatestFile, list, err)
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := result.Read(dir, "train"); err == nil || !strings.Contains(err.Error(), "make bench") {
		t.Errorf("error %v, want one that names make bench", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "train.json"), []byte("["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := result.Read(dir, "train"); err == nil || !strings.Contains(err.Error(), "train.json") {
		t.Errorf("error %v, want one that names %s", err, "train.json")
	}
}

func TestThisMachine(t *testing.T) {
	m := result.ThisMachine(t.Context())
	if m.Processor == "" || m.Cores < 1 || m.Go == "" || m.Revision == "" {
		t.Errorf("got %+v", m)
	}
}
