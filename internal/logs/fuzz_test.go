package logs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/saego/saego/internal/logs"
)

// seeds are whole files of a log, and the beginnings of them.
func seeds(f *testing.F, pattern string) {
	dir := f.TempDir()
	l := open(f, dir, every(), 0)
	log(l, 1, 3)
	log(l, 99, 101)
	data := []byte(read(f, one(f, dir, pattern)))
	for _, cut := range []int{0, 1, 10, len(data) / 2, len(data) - 1, len(data)} {
		f.Add(data[:cut], 2)
		f.Add(data[:cut], 100)
	}
}

// takenUp writes data as a file of a log, takes the run up and logs one step more. It
// returns what the file holds before that step and after it; ok is false if the file
// was refused.
func takenUp(t *testing.T, name string, data []byte, step int) (kept, all string, ok bool) {
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	ok = true
	cfg := logs.DefaultConfig()
	cfg.LogToTensorBoard, cfg.LogToWandb = strings.HasPrefix(name, "tensorboard"), strings.HasPrefix(name, "wandb")
	l, err := logs.Open(dir, cfg, logs.Run{ResumeStep: step}, func(string) { ok = false })
	if err != nil {
		t.Fatal(err)
	}
	kept = read(t, path)
	l.Log(logs.Record{Step: step + 1, Samples: 1, Values: map[string]float64{"only": 1}})
	l.Close(0)
	return kept, read(t, path), ok
}

// anyStep makes a step of any number.
func anyStep(n int) int { return max(n, 0) % 1_000_000 }

// checkKept fails unless what is kept are the first lines of data, finished ones.
func checkKept(t *testing.T, data []byte, kept string) {
	t.Helper()
	if !strings.HasPrefix(string(data), kept) || kept != "" && !strings.HasSuffix(kept, "\n") {
		t.Errorf("of %q is kept %q, want finished lines", data, kept)
	}
}

func FuzzResumeJSONL(f *testing.F) {
	seeds(f, "metrics.jsonl")
	f.Add([]byte("\n\n\x00{}\n[]\nnull\n{\"step\":null}\n{\"step\":1e3}\n{\"step\":7}\n"), 5)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		step := anyStep(n)
		kept, all, ok := takenUp(t, "metrics.jsonl", data, step)
		if !ok {
			t.Fatal("a warning")
		}
		checkKept(t, data, kept)
		if want := kept + `{"n_training_samples":1,"only":1,"step":` + strconv.Itoa(step+1) + "}\n"; all != want {
			t.Errorf("the file is %q, want %q", all, want)
		}
	})
}

func FuzzResumeCSV(f *testing.F) {
	seeds(f, "metrics.csv")
	f.Add([]byte("step,n_training_samples\n,\n1,2,3\nx\n\"2\",1\n9,9\n"), 5)
	f.Add([]byte("step,n_training_samples,\"a\nb\"\n1,2,3\n"), 5)
	f.Add([]byte("step,n_training_samples"), 5)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		step := anyStep(n)
		kept, all, ok := takenUp(t, "metrics.csv", data, step)
		if !ok {
			if kept != string(data) || all != kept {
				t.Errorf("a file of others was %q and became %q, %q", data, kept, all)
			}
			return
		}
		if len(data) > 0 {
			checkKept(t, data, kept)
		}
		lines := strings.SplitAfter(all, "\n")
		if got, want := len(lines), strings.Count(kept, "\n")+2; got != want {
			t.Errorf("%d lines, want %d: %q", got, want, all)
		}
		if last := lines[len(lines)-2]; !strings.HasPrefix(last, strconv.Itoa(step+1)+",1,") {
			t.Errorf("the file ends with %q, want step %d", last, step+1)
		}
	})
}

func FuzzResumeTensorBoard(f *testing.F) {
	seeds(f, "tensorboard/*")
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		_, all, ok := takenUp(t, "tensorboard/events.out.tfevents.1.host", data, anyStep(n))
		if !ok || !strings.HasPrefix(string(data), all) {
			t.Fatalf("of %q is kept %q", data, all)
		}
		tfRecords(t, all)
	})
}

func FuzzResumeWandb(f *testing.F) {
	seeds(f, "wandb/*/*.wandb")
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		kept, all, ok := takenUp(t, "wandb/offline-run-1-a/run-a.wandb", data, anyStep(n))
		if !ok {
			t.Fatal("a warning")
		}
		wandbRecords(t, kept)
		if rows := history(t, all); len(rows) == 0 || rows[len(rows)-1]["only"] != "1" {
			t.Errorf("rows are %v, want one more with only: 1", rows)
		}
		if !bytes.HasPrefix(data, []byte(kept)) && len(wandbRecords(t, kept)) != 2 {
			t.Errorf("of %q is kept %q", data, kept)
		}
	})
}
