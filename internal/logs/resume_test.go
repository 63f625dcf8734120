package logs_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// TestResumedEqualsPlain compares a run that was interrupted twice with one that was
// not, reader by reader.
func TestResumedEqualsPlain(t *testing.T) {
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "[x]*") // no pattern
	plain(t, a)
	resumed(t, b)
	for _, name := range []string{"metrics.jsonl", "metrics.csv"} {
		if read(t, a, name) != read(t, b, name) {
			t.Errorf("%s differs", name)
		}
	}
	if got, want := rows(t, b), rows(t, a); !slices.Equal(got, want) {
		t.Errorf("W&B has %d rows, want the %d of the plain run", len(got), len(want))
	}
	last := 0.0
	for _, row := range history(t, read(t, one(t, b, "wandb/*/*.wandb"))) {
		runtime, err := strconv.ParseFloat(row["_runtime"], 64)
		if err != nil || runtime < last {
			t.Errorf("step %s comes %s seconds after the beginning (%v), the one before after %g", row["_step"], row["_runtime"], err, last)
		}
		last = runtime
	}
	got, sessions := allTags(t, b)
	want, _ := allTags(t, a)
	if !slices.Equal(got, want) {
		t.Errorf("TensorBoard has %d values, want the %d of the plain run", len(got), len(want))
	}
	if !slices.Equal(sessions, []int{1, 241}) {
		t.Errorf("sessions start at %v, want 1 and 241", sessions)
	}
	if n := len(logFiles(t, b)); n != 2+3+1 {
		t.Errorf("there are %d files, want one of each, but three for TensorBoard", n)
	}
}

// rows are the steps and values of a run's W&B files, as they are sent.
func rows(t *testing.T, dir string) (out []string) {
	t.Helper()
	for _, path := range matching(t, dir, "wandb/*/*.wandb") {
		for _, row := range history(t, read(t, path)) {
			keys := ""
			for _, key := range slices.Sorted(mapKeys(row)) {
				if key != "_runtime" && key != "_timestamp" {
					keys += key + ": " + row[key] + "\n"
				}
			}
			out = append(out, keys)
		}
	}
	return out
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// allTags reads all event files.
func allTags(t *testing.T, dir string) (all []tag, sessions []int) {
	t.Helper()
	for _, path := range matching(t, dir, "tensorboard/*") {
		values, starts := tags(t, read(t, path))
		all, sessions = append(all, values...), append(sessions, starts...)
	}
	return all, sessions
}

// TestResumeAnywhere takes a finished run up at steps before, at and behind its end.
func TestResumeAnywhere(t *testing.T) {
	for _, step := range []int{0, 1, 60, 399, steps, steps + 100} {
		t.Run(strconv.Itoa(step), func(t *testing.T) {
			a, b := t.TempDir(), t.TempDir()
			plain(t, a)
			plain(t, b)
			l := open(t, b, every(), step)
			log(l, 1, steps) // also what came before, which must not show
			l.Close(0)
			for _, name := range []string{"metrics.jsonl", "metrics.csv"} {
				if read(t, a, name) != read(t, b, name) {
					t.Errorf("%s differs", name)
				}
			}
			if got, want := rows(t, b), rows(t, a); !slices.Equal(got, want) {
				t.Errorf("W&B has %d rows, want the %d of the plain run", len(got), len(want))
			}
			got, _ := allTags(t, b)
			if want, _ := allTags(t, a); !slices.Equal(got, want) {
				t.Errorf("TensorBoard has %d values, want the %d of the plain run", len(got), len(want))
			}
		})
	}
}

// TestSyncedRunGoesOnInAnotherPart takes up a run that the server has up to a later
// step, and then once more.
func TestSyncedRunGoesOnInAnotherPart(t *testing.T) {
	dir := t.TempDir()
	synced(t, dir)
	parts := matching(t, dir, "wandb/*/*.wandb")
	if len(parts) != 2 || filepath.Base(parts[0]) != filepath.Base(parts[1]) {
		t.Fatalf("parts are %v, want two of one id", parts)
	}
	l := open(t, dir, every(), 300) // the second is not synced
	log(l, 301, steps)
	l.Close(0)
	if now := matching(t, dir, "wandb/*/*.wandb"); !slices.Equal(now, parts) {
		t.Errorf("parts are %v, want %v still", now, parts)
	}
	var got, want []string
	for _, path := range parts {
		for _, row := range history(t, read(t, path)) {
			got = append(got, row["_step"])
		}
	}
	for step := 1; step <= steps; step++ {
		want = append(want, strconv.Itoa(step))
	}
	if !slices.Equal(got, want) {
		t.Errorf("steps are %v, want each once", got)
	}
}

func TestWandbID(t *testing.T) {
	dir := t.TempDir()
	cfg := every()
	cfg.WandbID = "mine-1"
	for _, step := range []int{0, 100} {
		log(open(t, dir, cfg, step), step+1, 200)
		one(t, dir, "wandb/offline-run-*-mine-1/run-mine-1.wandb")
	}
	cfg.WandbID = "mine-2"
	log(open(t, dir, cfg, 100), 101, 200)
	if n := len(history(t, read(t, one(t, dir, "wandb/offline-run-*-mine-2/run-mine-2.wandb")))); n != 100 {
		t.Errorf("another run has %d rows, want its own 100", n)
	}
}
