package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/native/nativetest"
)

const loggerYAML = `
lr: 0.002
logger:
  log_to_wandb: true
  wandb_project: cats
  wandb_id: null
  run_name: a run
  wandb_log_frequency: 2
  eval_every_n_wandb_logs: 2
  log_weights_to_wandb: false
`

// TestLogger gives settings of loggers in a file and as flags, and the config.yaml that
// results to another run.
func TestLogger(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	root := t.TempDir()
	first, again := filepath.Join(root, "first"), filepath.Join(root, "again")
	p.must(t, p.small(t, first, "--config", file(t, "run.yaml", loggerYAML), "--log-to-tensorboard", "--wandb-entity", "us")...)
	p.must(t, "train", "--config", filepath.Join(first, "config.yaml"), "--output", again)
	for _, dir := range []string{first, again} {
		config := read(t, dir, "config.yaml")
		for _, want := range []string{
			"\nlog_every_n_steps: 2\neval_every_n_steps: 4\n",
			"\n# Logging\nlogger:\n  log_to_tensorboard: true\n  log_to_wandb: true\n  wandb_project: cats\n  wandb_entity: us\n",
			"\n  wandb_log_frequency: 0\n  eval_every_n_wandb_logs: 0\n",
		} {
			if !strings.Contains(config, want) {
				t.Errorf("config.yaml is\n%s\nwithout\n%s", config, want)
			}
		}
		var steps []string // in the order of the rows, with a row per step
		for line := range strings.Lines(read(t, dir, "metrics.csv")) {
			step, _, _ := strings.Cut(line, ",")
			steps = append(steps, step)
		}
		if want := []string{"step", "1", "2", "3", "4", "5", "6", "7", "8"}; !isSubset(steps, want) || !isSubset([]string{"2", "4", "6", "8"}, steps) {
			t.Errorf("metrics.csv has the steps %v, want at least each second one", steps)
		}
		if !strings.Contains(read(t, dir, "metrics.jsonl"), `"_type":"histogram"`) {
			t.Error("metrics.jsonl has no histogram")
		}
		for _, pattern := range []string{"tensorboard/events.out.tfevents.*", "wandb/offline-run-*/run-*.wandb"} {
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(files) != 1 {
				t.Fatalf("%s matches %v (%v), want one file", pattern, files, err)
			}
			for _, key := range []string{"losses/overall_loss", "eval/reconstruction_quality/explained_variance", "weights/W_dec_norms"} {
				if !strings.Contains(read(t, files[0]), key) {
					t.Errorf("%s has no %s", pattern, key)
				}
			}
		}
	}
}

func isSubset(part, of []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(of, s) })
}

func TestLoggerMistakes(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	yaml := func(text string) []string { return []string{"--config", file(t, "run.yaml", text)} }
	for _, m := range []mistake{
		{"unknown key in the block", yaml("k: 4\nlogger:\n  log_to_paper: true\n"), 2, []string{"line 3: there is no setting log_to_paper"}},
		{"key out of the block", yaml("log_to_wandb: true\n"), 2, []string{"line 1: log_to_wandb is a setting of logger: move it below logger:"}},
		{"other key in the block", yaml("logger:\n  lr: 1\n"), 2, []string{"line 2: lr is no setting of logger: move it out"}},
		{"no block", yaml("logger: 3\n"), 2, []string{`line 1: "3" is no map`}},
		{"wrong value", yaml("logger:\n  log_to_wandb: 3\n"), 2, []string{`line 2: "3" is no bool`}},
		{"weights", []string{"--log-weights-to-wandb"}, 2, []string{"log_weights_to_wandb is true: ", "wandb artifact put"}},
		{"two rhythms", []string{"--wandb-log-frequency", "3", "--log-every-n-steps", "5"}, 2, []string{"log_every_n_steps is 5, but the logger block asks for every 3 steps"}},
		{"bad id", []string{"--wandb-id", "a/b"}, 2, []string{`wandb_id is "a/b"`}},
	} {
		t.Run(m.name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "run")
			r := p.call(t.Context(), nil, p.small(t, output, m.args...)...)
			if r.code != m.code {
				t.Errorf("exit code %d, want %d", r.code, m.code)
			}
			for _, want := range m.want {
				if !strings.Contains(r.lastLine(), want) {
					t.Errorf("no %q in %q", want, r.lastLine())
				}
			}
		})
	}
}

// TestFailingLoggerStopsNoRun has something else where a log is to go.
func TestFailingLoggerStopsNoRun(t *testing.T) {
	nativetest.RequireORT(t)
	p, output := programs[0], filepath.Join(t.TempDir(), "run")
	p.must(t, p.small(t, output)...)
	if err := os.RemoveAll(filepath.Join(output, "sae")); err != nil { // so that it is not finished
		t.Fatal(err)
	}
	write(t, filepath.Join(output, "wandb"), "a file")
	r := p.must(t, "train", "--output", output, "--resume", "--log-to-wandb")
	if !strings.Contains(r.stderr, "warning: logs: wandb: ") || !strings.Contains(r.stderr, "the run goes on") {
		t.Errorf("no warning in %q", r.stderr)
	}
	checkRun(t, output)
}
