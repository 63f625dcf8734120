package logs_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/logs"
)

// few logs three records into dir, two of them of one step.
func few(l *logs.Logs) {
	l.Log(logs.Record{Step: 10, Samples: 40, Values: map[string]float64{"b": 0.5, "a": math.NaN()}})
	l.Log(logs.Record{Step: 20, Samples: 80, Values: map[string]float64{"b": 2, "a": math.Inf(-1)}})
	l.Log(logs.Record{
		Step: 20, Samples: 80, Values: map[string]float64{"c,d": 1e-9},
		Histograms: map[string][]float32{"h": {1, 2, 2, float32(math.NaN())}, "none": {float32(math.Inf(1))}},
	})
}

func TestJSONL(t *testing.T) {
	dir := t.TempDir()
	few(open(t, dir, logs.DefaultConfig(), 0))
	got := strings.Split(read(t, dir, "metrics.jsonl"), "\n")
	want := []string{
		`{"a":null,"b":0.5,"n_training_samples":40,"step":10}`,
		`{"a":null,"b":2,"n_training_samples":80,"step":20}`,
	}
	if !slices.Equal(got[:2], want) || got[3] != "" {
		t.Errorf("metrics.jsonl is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	o := objects(t, got[2]+"\n")[0]
	h, _ := o["h"].(map[string]any)
	if h["_type"] != "histogram" || len(h["values"].([]any)) != 64 || len(h["bins"].([]any)) != 65 || o["c,d"] != 1e-9 || len(o) != 4 {
		t.Errorf("the third line is %s", got[2])
	}
}

func TestCSV(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, logs.DefaultConfig(), 0)
	if got, want := read(t, dir, "metrics.csv"), "step,n_training_samples\n"; got != want {
		t.Errorf("before the first record metrics.csv is %q, want %q", got, want)
	}
	few(l)
	want := "step,n_training_samples,a,b,\"c,d\"\n10,40,NaN,0.5,\n20,80,-inf,2,1e-09\n"
	if got := read(t, dir, "metrics.csv"); got != want {
		t.Errorf("metrics.csv is\n%s\nwant\n%s", got, want)
	}
}

func TestTensorBoard(t *testing.T) {
	dir := t.TempDir()
	few(open(t, dir, every(), 0))
	got, sessions := tags(t, read(t, one(t, dir, "tensorboard/events.out.tfevents.*")))
	want := []tag{{10, "a"}, {10, "b"}, {20, "a"}, {20, "b"}, {20, "c,d"}, {20, "h"}}
	if !slices.Equal(got, want) || !slices.Equal(sessions, []int{1}) {
		t.Errorf("events are %v, sessions start at %v, want %v and 1", got, sessions, want)
	}
}

func TestWandb(t *testing.T) {
	dir := t.TempDir()
	few(open(t, dir, every(), 0))
	rows := history(t, read(t, one(t, dir, "wandb/offline-run-*/run-*.wandb")))
	if len(rows) != 2 {
		t.Fatalf("the history has %d rows, want one per step", len(rows))
	}
	for key, want := range map[string]string{"a": "-Infinity", "b": "2", "c,d": "1e-09", "_step": "20"} {
		if got := rows[1][key]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if !strings.HasPrefix(rows[1]["h"], `{"_type":"histogram","values":[1,0`) || rows[0]["a"] != "NaN" {
		t.Errorf("the rows are %v", rows)
	}
}

// TestOnlyWhatIsAskedFor lists the loggers that run by themselves.
func TestOnlyWhatIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, logs.DefaultConfig(), 0)
	few(l)
	l.Close(0)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder has %v (%v), want metrics.csv and metrics.jsonl", entries, err)
	}
	for _, e := range entries {
		if !slices.Contains(logs.Names(), e.Name()) {
			t.Errorf("Names has no %s", e.Name())
		}
	}
}

// TestFailingLogger breaks one logger after the other; the rest must not notice.
func TestFailingLogger(t *testing.T) {
	full := func(name string) func(*testing.T, string) { // a disk that is full
		return func(t *testing.T, dir string) {
			if _, err := os.Stat("/dev/full"); errors.Is(err, fs.ErrNotExist) {
				t.Skip("no /dev/full")
			}
			if err := os.Symlink("/dev/full", filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	blocked := func(name string) func(*testing.T, string) { // something else of that name
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	folder := func(t *testing.T, dir string) {
		if err := os.MkdirAll(filepath.Join(dir, "metrics.jsonl"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, broken string
		arrange      func(*testing.T, string)
	}{
		{"jsonl full", "metrics.jsonl", full("metrics.jsonl")},
		{"jsonl is a folder", "metrics.jsonl", folder},
		{"csv full", "metrics.csv", full("metrics.csv")},
		{"csv of others", "metrics.csv", blocked("metrics.csv")},
		{"tensorboard is a file", "tensorboard", blocked("tensorboard")},
		{"wandb is a file", "wandb", blocked("wandb")},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.arrange(t, dir)
			var warnings []string
			l, err := logs.Open(dir, every(), logs.Run{}, func(w string) { warnings = append(warnings, w) })
			if err != nil {
				t.Fatal(err)
			}
			few(l)
			l.Close(0)
			if len(warnings) != 1 || !strings.Contains(warnings[0], "logs: "+c.broken+": ") {
				t.Errorf("warnings are %q, want one of %s", warnings, c.broken)
			}
			whole(t, dir, c.broken, 2)
		})
	}
}

// TestFolderGone takes the folder away from under the loggers: CSV can not add its
// columns, and the others write on, to nobody.
func TestFolderGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	l, err := logs.Open(dir, every(), logs.Run{}, func(w string) { warnings = append(warnings, w) })
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	few(l)
	l.Close(0)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "metrics.csv") {
		t.Errorf("warnings are %q, want one of metrics.csv", warnings)
	}
}

// whole reads every log of a run but one, and fails unless it has so many steps and
// is whole.
func whole(t testing.TB, dir, but string, want int) {
	t.Helper()
	counts := map[string]map[any]bool{"metrics.jsonl": {}, "metrics.csv": {}, "tensorboard": {}, "wandb": {}}
	if but != "metrics.jsonl" {
		for _, o := range objects(t, read(t, dir, "metrics.jsonl")) {
			counts["metrics.jsonl"][o["step"]] = true
		}
	}
	if but != "metrics.csv" {
		for _, row := range cells(t, read(t, dir, "metrics.csv"))[1:] {
			counts["metrics.csv"][row[0]] = true
		}
	}
	for _, path := range logFiles(t, dir) {
		switch filepath.Base(filepath.Dir(path)) {
		case "tensorboard":
			all, _ := tags(t, read(t, path))
			for _, tag := range all {
				counts["tensorboard"][tag.step] = true
			}
		case filepath.Base(dir):
		default:
			for _, row := range history(t, read(t, path)) {
				counts["wandb"][row["_step"]] = true
			}
		}
	}
	for name, steps := range counts {
		if name != but && len(steps) != want {
			t.Errorf("%s has %d steps, want %d", name, len(steps), want)
		}
	}
}

func TestConfigIsValidated(t *testing.T) {
	if err := logs.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	bad := logs.Config{
		LogToWandb: true, WandbEntity: "a/b", WandbID: "x:y", RunName: "any / name", WandbLogFrequency: -1, EvalEveryNWandbLogs: -1,
		LogWeightsToWandb: true, LogOptimizerStateToWandb: true, LogActivationsStoreToWandb: true,
	}
	_, err := logs.Open(t.TempDir(), bad, logs.Run{}, func(w string) { t.Error(w) })
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"wandb_project is empty", `wandb_entity is "a/b"`, `wandb_id is "x:y"`, "wandb_log_frequency is -1", "eval_every_n_wandb_logs is -1",
		"log_weights_to_wandb is true: ", "log_optimizer_state_to_wandb is true: ", "log_activations_store_to_wandb is true: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	l := open(b, b.TempDir(), every(), 0)
	values := map[string]float64{}
	for i := range 22 { // as many as a step of a TopK SAE has
		values[strings.Repeat("k", 10+i)] = 1 / float64(i+3)
	}
	for step := 1; b.Loop(); step++ {
		l.Log(logs.Record{Step: step, Samples: step, Values: values})
	}
	l.Close(0)
}
