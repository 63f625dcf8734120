package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saego/saego/internal/cli"
	"github.com/saego/saego/internal/native/nativetest"
)

// long are the flags of a run that takes some seconds, with a checkpoint eight times a
// second. Windows, warm-ups and evaluations end where nothing else does.
func (p program) long(t testing.TB, more ...string) []string {
	return p.small(t, "", append([]string{
		"--training-tokens", "64000", "--train-batch-size-samples", "64", "--d-sae", "64", "--architecture", "batchtopk",
		"--checkpoint-minutes", "0.002", "--n-checkpoints", "3", "--log-every-n-steps", "7", "--eval-every-n-steps", "450", "--feature-sampling-window", "130",
		"--dead-feature-window", "60",
	}, more...)...)
}

// in sets the output folder of arguments.
func in(output string, args []string, more ...string) []string {
	args = append(slices.Clone(args), more...)
	args[slices.Index(args, "--output")+1] = output
	return args
}

// TestKilledRunEndsWithTheSameBytes kills the real program ten times at random moments,
// every second one behind a checkpoint, and lets it go on.
func TestKilledRunEndsWithTheSameBytes(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			bin, args := p.build(t), p.long(t)
			whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
			start := time.Now()
			if out, err := exec.CommandContext(t.Context(), bin, in(whole, args)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			took := time.Since(start)
			rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
			resumed := 0
			for i := range 10 {
				checkpoints, _ := os.ReadDir(filepath.Join(cut, "checkpoints"))
				if len(checkpoints) > 0 {
					resumed++
				}
				again := in(cut, args, "--resume", "--prefetch", fmt.Sprint(rng.IntN(3)))
				if i%2 == 0 {
					killOnceWritten(t, filepath.Join(cut, "checkpoints"), time.Duration(rng.Int64N(int64(took/20))), bin, again)
				} else {
					killAfter(t, time.Duration(rng.Int64N(int64(took/3))), bin, again)
				}
			}
			if out, err := exec.CommandContext(t.Context(), bin, in(cut, args, "--resume")...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			t.Logf("%s uninterrupted; %d of 10 starts found a checkpoint", took, resumed)
			if resumed == 0 {
				t.Error("no kill came after a checkpoint: make the run longer")
			}
			sameRun(t, whole, cut)
		})
	}
}

// killAfter runs a program and kills it, unless it ends by itself before.
func killAfter(t *testing.T, wait time.Duration, bin string, args []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	out, err := exec.CommandContext(ctx, bin, args...).CombinedOutput() // kills with SIGKILL
	var exit *exec.ExitError
	if err != nil && ctx.Err() == nil && (!errors.As(err, &exit) || exit.ExitCode() > 0) {
		t.Fatalf("%v: %s", err, out)
	}
}

// sameRun compares the SAE and the log of two runs, byte for byte.
func sameRun(t *testing.T, whole, cut string) {
	t.Helper()
	want, got := contents(t, filepath.Join(whole, "sae")), contents(t, filepath.Join(cut, "sae"))
	for name, data := range want {
		if got[name] != data {
			t.Errorf("sae/%s differs", name)
		}
	}
	if len(want) != len(got) || len(want) == 0 {
		t.Errorf("sae/ has %d files, want %d", len(got), len(want))
	}
	if read(t, whole, "metrics.csv") != read(t, cut, "metrics.csv") {
		t.Error("metrics.csv differs")
	}
	wantLog, gotLog := strings.Split(read(t, whole, "metrics.jsonl"), "\n"), strings.Split(read(t, cut, "metrics.jsonl"), "\n")
	for i := range max(len(wantLog), len(gotLog)) {
		if i >= len(wantLog) || i >= len(gotLog) || wantLog[i] != gotLog[i] {
			t.Fatalf("metrics.jsonl differs from line %d on (%d lines, want %d)", i+1, len(gotLog), len(wantLog))
		}
	}
}

// contents returns the files below dir by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(dir, path)
			out[name] = read(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestInterruptedRunEndsWithTheSameBytes stops runs as Ctrl-C does.
func TestInterruptedRunEndsWithTheSameBytes(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		for _, architecture := range []string{"standard", "jumprelu"} {
			t.Run(p.name+"/"+architecture, func(t *testing.T) {
				args := p.long(t, "--training-tokens", "32000", "--architecture", architecture, "--checkpoint-minutes", "0")
				whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
				p.must(t, in(whole, args)...)
				for i := range 3 {
					ctx, cancel := context.WithCancelCause(t.Context())
					r := p.call(ctx, &trigger{fmt.Sprintf("step %d", 50*(3*i+1)), func() { cancel(cli.ErrInterrupted) }}, in(cut, args, "--resume", "--prefetch", fmt.Sprint(i))...)
					cancel(nil)
					if r.code != 130 || !strings.Contains(r.lastLine(), "--resume goes on") {
						t.Fatalf("exit code %d, want 130, and a word about --resume: %s", r.code, r.stderr)
					}
				}
				p.must(t, "train", "--output", cut, "--resume") // its settings are those of the run
				sameRun(t, whole, cut)
				if again := p.must(t, "train", "--output", cut, "--resume"); !strings.Contains(again.stdout, "is finished") {
					t.Errorf("a finished run says %q", again.stdout)
				}
			})
		}
	}
}

func TestResumeRefuses(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	interrupted := func(t *testing.T) (output string, args []string) {
		output = filepath.Join(t.TempDir(), "run")
		args = in(output, p.long(t, "--checkpoint-minutes", "0"), "--resume")
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		if r := p.call(ctx, &trigger{"step ", func() { cancel(cli.ErrInterrupted) }}, args...); r.code != 130 {
			t.Fatalf("exit code %d: %s", r.code, r.stderr)
		}
		return output, args
	}
	for name, tt := range map[string]struct {
		spoil func(dir string) error // a checkpoint
		more  []string
		want  []string
	}{
		"another k":           {nil, []string{"--k", "5"}, []string{"k is 5, the run had 4", "start a new run"}},
		"another seed":        {nil, []string{"--seed", "5"}, []string{"seed is 5, the run had"}},
		"truncated weights":   {func(d string) error { return os.Truncate(filepath.Join(d, "sae_weights.safetensors"), 100) }, nil, []string{"no checkpoint is whole", "sae_weights.safetensors has 100 bytes"}},
		"truncated state":     {func(d string) error { return os.Truncate(filepath.Join(d, "trainer_state.safetensors"), 100) }, nil, []string{"trainer_state.safetensors has 100 bytes"}},
		"a foreign one":       {func(d string) error { return os.Remove(filepath.Join(d, "manifest.json")) }, nil, []string{"no manifest.json", "not one of saego's"}},
		"changed by somebody": {func(d string) error { return os.WriteFile(filepath.Join(d, "cfg.json"), []byte("{}"), 0o600) }, nil, []string{"cfg.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			output, args := interrupted(t)
			checkpoints, err := filepath.Glob(filepath.Join(output, "checkpoints", "*"))
			if err != nil || len(checkpoints) == 0 {
				t.Fatalf("no checkpoint (%v)", err)
			}
			if tt.spoil != nil {
				for _, dir := range checkpoints {
					if err := tt.spoil(dir); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := contents(t, output)
			r := p.call(t.Context(), nil, append(args, tt.more...)...)
			if r.code == 0 || r.code == 130 {
				t.Errorf("exit code %d", r.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("no %q in %q", want, r.stderr)
				}
			}
			for name, data := range contents(t, output) {
				if name != "config.yaml" && before[name] != data {
					t.Errorf("%s was touched", name)
				}
			}
		})
	}
}

// TestDamagedCheckpointGivesWayToTheOneBefore: what a crash spoils is not all.
func TestDamagedCheckpointGivesWayToTheOneBefore(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	args := p.long(t, "--training-tokens", "32000", "--checkpoint-minutes", "0", "--n-checkpoints", "4")
	whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
	p.must(t, in(whole, args)...)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	r := p.call(ctx, &trigger{"step 350", func() { cancel(cli.ErrInterrupted) }}, in(cut, args)...)
	if r.code != 130 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	checkpoints, err := filepath.Glob(filepath.Join(cut, "checkpoints", "*", "trainer_state.safetensors"))
	if err != nil || len(checkpoints) < 2 {
		t.Fatalf("%d checkpoints (%v), want some", len(checkpoints), err)
	}
	newest := slices.MaxFunc(checkpoints, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b) })
	if err := os.Truncate(newest, 10); err != nil {
		t.Fatal(err)
	}
	r = p.must(t, in(cut, args, "--resume")...)
	if !strings.Contains(r.stderr, "going on from an earlier checkpoint") {
		t.Errorf("no warning in %q", r.stderr)
	}
	sameRun(t, whole, cut)
}
