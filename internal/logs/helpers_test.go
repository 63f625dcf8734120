package logs_test

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/internal/logs"
)

// steps is the length of the runs that tests log.
const steps = 400

// recordsOf returns what a trainer logs of a step: values of every step, those of a
// window that ends with every 60th, and those of an evaluation with every 100th,
// under keys and with values that are hard on a format.
func recordsOf(step int) []logs.Record {
	rng := rand.New(rand.NewPCG(1, uint64(step)))
	all := []logs.Record{{Step: step, Samples: 256 * step, Values: map[string]float64{
		"losses/overall_loss": 1 / float64(step), "metrics/l0": 32, "details/lr": 3e-4 * rng.Float64(),
		"tiny": math.SmallestNonzeroFloat32, "large": 1e30 * rng.Float64(), "odd, \"key\" ünïcode": rng.NormFloat64(),
	}}}
	if step%60 == 0 {
		all = append(all, logs.Record{
			Step: step, Samples: 256 * step, Values: map[string]float64{"sparsity/below_1e-5": float64(step)},
			Histograms: map[string][]float32{"plots/feature_density_line_chart": normal(rng, 1000), "weights/one": {0.5}},
		})
	}
	if step%100 == 0 {
		all = append(all, logs.Record{
			Step: step, Samples: 256 * step,
			Values: map[string]float64{
				"eval/cos": rng.Float64(), "eval/nan": math.NaN(), "eval/inf": math.Inf(1), "eval/-inf": math.Inf(-1),
			},
			Histograms: map[string][]float32{"weights/W_dec_norms": normal(rng, 64), "weights/none": {}},
		})
	}
	return all
}

func normal(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

// every is a configuration with every logger.
func every() logs.Config {
	c := logs.DefaultConfig()
	c.LogToTensorBoard, c.LogToWandb = true, true
	return c
}

func open(t testing.TB, dir string, cfg logs.Config, resumeStep int) *logs.Logs {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	run := logs.Run{
		Name: "a name", ResumeStep: resumeStep,
		Config: map[string]any{"k": 32, "lr": 3e-4, "hook": "blocks.6", "labels": []string{"a", "b"}, "logger": map[string]any{"x": nil}},
	}
	l, err := logs.Open(dir, cfg, run, func(w string) { t.Error("warning:", w) })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// log logs the steps from first to last.
func log(l *logs.Logs, first, last int) {
	for step := first; step <= last; step++ {
		for _, r := range recordsOf(step) {
			l.Log(r)
		}
	}
}

// plain is a run that nothing interrupts.
func plain(t testing.TB, dir string) {
	t.Helper()
	l := open(t, dir, every(), 0)
	log(l, 1, steps)
	l.Close(0)
}

// resumed is the same run, killed after step 275 while it wrote, and again after step
// 320; each time it is taken up at step 240, with whose window and evaluation it begins.
func resumed(t testing.TB, dir string) {
	t.Helper()
	log(open(t, dir, every(), 0), 1, 275)
	for _, last := range []int{320, steps} {
		tear(t, dir)
		l := open(t, dir, every(), 240)
		for _, r := range recordsOf(240)[1:] {
			l.Log(r)
		}
		log(l, 241, last)
		if last == steps {
			l.Close(0)
		}
	}
}

// tear ends each log with the first part of an entry.
func tear(t testing.TB, dir string) {
	t.Helper()
	for _, path := range logFiles(t, dir) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		half := data[max(0, len(data)-100) : len(data)-40]
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(half); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// logFiles returns the files of a run's logs.
func logFiles(t testing.TB, dir string) []string {
	t.Helper()
	return slices.Concat(matching(t, dir, "metrics.*"), matching(t, dir, "tensorboard/events*"), matching(t, dir, "wandb/*/*.wandb"))
}

// matching returns the paths of the files in dir that match a pattern.
func matching(t testing.TB, dir, pattern string) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS(dir), pattern)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		names[i] = filepath.Join(dir, name)
	}
	return names
}

func read(t testing.TB, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// one returns the only file that matches.
func one(t testing.TB, dir, pattern string) string {
	t.Helper()
	files := matching(t, dir, pattern)
	if len(files) != 1 {
		t.Fatalf("%s matches %v, want one file", pattern, files)
	}
	return files[0]
}
