package cli_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saego/saego/internal/cli"
	"github.com/saego/saego/internal/native/nativetest"
)

// extracted stores the rows of the runs of small, and returns where.
func (p program) extracted(t testing.TB, data string, more ...string) string {
	t.Helper()
	place := filepath.Join(t.TempDir(), "store")
	p.must(t, p.extract(data, place, more...)...)
	return place
}

// extract are the flags that store the rows of the runs of small.
func (p program) extract(data, place string, more ...string) []string {
	return append([]string{
		"extract", "--model", p.model, "--data", data, "--hook", p.hook, "--output", place, "--eval-rows", "64", "--shard-rows", "200",
	}, more...)
}

// fromStore replaces the source of a run by a store.
func fromStore(place string, args []string, more ...string) []string {
	args = slices.Clone(args)
	for _, flag := range []string{"--model", "--data", "--hook"} {
		at := slices.Index(args, flag)
		args = slices.Delete(args, at, at+2)
	}
	return append(append(args, "--activations", place), more...)
}

// TestTrainFromStoreIsTrainFromStream holds a run on stored rows to one that computes
// them, byte for byte, on the tiny models.
func TestTrainFromStoreIsTrainFromStream(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			data, root := p.data(t), t.TempDir()
			args := p.small(t, "", "--training-tokens", "320", "--train-batch-size-samples", "64", "--buffer-size", "128")
			args[slices.Index(args, "--data")+1] = data
			stream, stored := filepath.Join(root, "stream"), filepath.Join(root, "stored")
			p.must(t, in(stream, args)...)
			place := p.extracted(t, data, "--dtype", "f32")
			nowhere := filepath.Join(root, "nowhere")
			p.must(t, in(stored, fromStore(place, args), "--onnxruntime-lib", nowhere)...) // is not needed
			sameRun(t, stream, stored)
			want, got := p.must(t, "eval", "--run", stream, "--json"), p.must(t, "eval", "--run", stored, "--json")
			if want.stdout != got.stdout {
				t.Errorf("eval: %s, want %s", got.stdout, want.stdout)
			}
			got = p.must(t, "eval", "--sae", filepath.Join(stream, "sae"), "--activations", place, "--json")
			if want.stdout != got.stdout {
				t.Errorf("eval on the store: %s, want %s", got.stdout, want.stdout)
			}
			half := filepath.Join(root, "half")
			p.must(t, in(half, fromStore(p.extracted(t, data), args))...)
			if cfg := read(t, half, "sae", "cfg.json"); !strings.Contains(cfg, `"activations_dtype": "F16"`) {
				t.Errorf("cfg.json does not tell of F16: %s", cfg)
			}
		})
	}
}

// TestDemoFromStore does so on the embedded models, with two hook points.
func TestDemoFromStore(t *testing.T) {
	nativetest.RequireORT(t)
	for i, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			root := t.TempDir()
			flags := []string{"--preset", "demo", "--hook-out", []string{"transformer.h.1", "blocks.1"}[i], "--eval-rows", "500"}
			args := append([]string{
				"train", "--output", "", "--architecture", "transcoder", "--total-training-samples", "2048", "--buffer-size", "1024",
				"--train-batch-size-samples", "256",
			}, flags...)
			stream, stored, place := filepath.Join(root, "stream"), filepath.Join(root, "stored"), filepath.Join(root, "store")
			p.must(t, in(stream, args)...)
			p.must(t, append([]string{"extract", "--output", place, "--dtype", "F32", "--total-rows", "3100", "--shard-rows", "1500"}, flags...)...)
			p.must(t, in(stored, args, "--activations", place)...)
			sameRun(t, stream, stored)
			info := p.must(t, "store", "info", place)
			if got := info.row("rows"); got != "held 500, train 3100" {
				t.Errorf("rows: %s", got)
			}
		})
	}
}

// TestRunOnAStoreGoesOn interrupts runs of several passes over a store.
func TestRunOnAStoreGoesOn(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	place := p.extracted(t, p.data(t))
	args := fromStore(place, p.long(t, "--training-tokens", "32000", "--checkpoint-minutes", "0"))
	whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
	p.must(t, in(whole, args)...)
	for i := range 3 {
		ctx, cancel := context.WithCancelCause(t.Context())
		r := p.call(ctx, &trigger{fmt.Sprintf("step %d", 50*(3*i+1)), func() { cancel(cli.ErrInterrupted) }}, in(cut, args, "--resume", "--prefetch", fmt.Sprint(i))...)
		cancel(nil)
		if r.code != 130 {
			t.Fatalf("exit code %d: %s", r.code, r.stderr)
		}
	}
	p.must(t, "train", "--output", cut, "--resume")
	sameRun(t, whole, cut)
	other := in(filepath.Join(t.TempDir(), "run"), p.small(t, ""), "--activations", place) // of other texts
	checkMistake(t, p, p.call(t.Context(), nil, other...), mistake{code: 2, want: []string{"data is ", "that of the rows in"}})
}

// TestSweepOnAStore trains two SAEs on stored rows.
func TestSweepOnAStore(t *testing.T) {
	nativetest.RequireORT(t)
	p := programs[0]
	place, root := p.extracted(t, p.data(t)), t.TempDir()
	args := fromStore(place, p.small(t, ""))
	one, both := filepath.Join(root, "one"), filepath.Join(root, "both")
	p.must(t, in(one, args, "--k", "2")...)
	p.must(t, in(both, args, "--sweep", "k=2,4")...)
	sameRun(t, one, filepath.Join(both, "k=2"))
}

// TestKilledExtractionEndsWithTheSameBytes kills the real program ten times at random
// moments of its writing and lets it go on.
func TestKilledExtractionEndsWithTheSameBytes(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			bin, data := p.build(t), p.data(t)
			whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
			args := func(place string) []string {
				return p.extract(data, place, "--shard-rows", "20", "--threads", "1")
			}
			progress := func(place string) string { return filepath.Join(place, "progress.json") }
			took := killOnceWritten(t, progress(whole), time.Hour, bin, args(whole))
			rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
			resumed := 0
			for range 10 {
				if _, err := os.Stat(progress(cut)); err == nil {
					resumed++
				}
				killOnceWritten(t, progress(cut), time.Duration(rng.Int64N(int64(took/5))), bin, args(cut))
			}
			killOnceWritten(t, progress(cut), time.Hour, bin, args(cut))
			t.Logf("wrote for %s uninterrupted; %d of 10 starts found something to go on with", took, resumed)
			if resumed == 0 {
				t.Error("no kill came between two shards: make the extraction longer")
			}
			want, got := contents(t, whole), contents(t, cut)
			for name := range want {
				if want[name] != got[name] {
					t.Errorf("%s differs", name)
				}
			}
			if len(want) != len(got) {
				t.Errorf("%d files, want %d", len(got), len(want))
			}
			p.must(t, "store", "verify", cut)
		})
	}
}

func TestInterruptedExtraction(t *testing.T) {
	nativetest.RequireORT(t)
	p, data := programs[0], texts(t)
	place, whole := filepath.Join(t.TempDir(), "store"), p.extracted(t, data)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	r := p.call(ctx, &trigger{"row ", func() { cancel(cli.ErrInterrupted) }}, p.extract(data, place)...)
	if r.code != 130 || !strings.Contains(r.lastLine(), "the same command goes on") {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if info := p.must(t, "store", "info", place); !strings.Contains(info.row("state"), "not finished") {
		t.Errorf("info: %s", info.stdout)
	}
	checkMistake(t, p, p.call(t.Context(), nil, "store", "verify", place), mistake{code: 1, want: []string{"not finished"}})
	p.must(t, p.extract(data, place)...)
	if read(t, whole, "manifest.json") != read(t, place, "manifest.json") {
		t.Error("the store differs from one that was not interrupted")
	}
	p.must(t, p.extract(data, place)...) // finds it whole
	p.must(t, p.extract(data, place, "--overwrite", "--dtype", "bf16")...)
	if got := p.must(t, "store", "info", place).row("values"); !strings.HasPrefix(got, "BF16") {
		t.Errorf("values: %s", got)
	}
}

func TestMistakesWithStores(t *testing.T) {
	nativetest.RequireORT(t)
	for i, p := range programs {
		data := p.data(t)
		place := p.extracted(t, data)
		damaged := p.extracted(t, data)
		shard := filepath.Join(damaged, "train-acts-00001.safetensors")
		text := []byte(read(t, shard))
		text[len(text)-9] ^= 1
		write(t, shard, string(text))
		if err := os.Remove(filepath.Join(damaged, "train-acts-00002.safetensors")); err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(t.TempDir(), "other")
		used := t.TempDir()
		write(t, filepath.Join(used, "thesis.tex"), "")
		output := filepath.Join(t.TempDir(), "run")
		for _, m := range []mistake{
			{"no output", []string{"extract"}, 2, []string{"--output is missing"}},
			{"no model", []string{"extract", "--output", other}, 2, []string{"--model is missing", "--data is missing", "--hook is missing"}},
			{"dtype", p.extract(data, other, "--dtype", "F8"), 2, []string{`dtype is "F8"`}},
			{"shard rows", p.extract(data, other, "--shard-rows", "0"), 2, []string{"shard_rows is 0"}},
			{"total rows", p.extract(data, other, "--total-rows", "-1"), 2, []string{"total_rows is -1"}},
			{"URL", p.extract(data, "ftp://host/store"), 2, []string{"ftp://host/store is a URL"}},
			{"NaN", p.extract(data, other, "--hook", p.nan), 1, []string{p.nan, "NaN or Inf"}},
			{"another dtype", p.extract(data, place, "--dtype", "F32"), 1, []string{"of another store", "dtype is F32, the store's F16"}},
			{"another seed", p.extract(data, place, "--seed", "7"), 1, []string{"of another store", "seed is 7, the store's 0"}},
			{"in use", p.extract(data, used), 1, []string{used, "no activation store", "thesis.tex"}},
			{"in use, overwrite", p.extract(data, used, "--overwrite"), 1, []string{used, "no activation store"}},
			{"no store", []string{"train", "--activations", used, "--output", output}, 1, []string{used, "no manifest.json"}},
			{"seed", []string{"train", "--activations", place, "--output", output, "--seed", "5"}, 2, []string{"seed is 5", "init_seed"}},
			{"model", []string{"train", "--activations", place, "--output", output, "--model", "x"}, 2, []string{"model is x, that of the rows in"}},
			{"eval rows", []string{"train", "--activations", place, "--output", output, "--eval-rows", "100000"}, 2, []string{"eval_rows is 100000", "has 64"}},
			{"transcoder", []string{"train", "--activations", place, "--output", output, "--architecture", "transcoder"}, 2, []string{"transcoder"}},
			{"damaged", []string{"store", "verify", damaged}, 1, []string{"train-acts-00001.safetensors is damaged", "train-acts-00002.safetensors is missing"}},
			{"missing", []string{"train", "--activations", damaged, "--output", output}, 1, []string{"train-acts-00002.safetensors is missing"}},
			{"no store to look at", []string{"store", "info", used}, 1, []string{"no activation store"}},
			{"two stores", []string{"store", "info", "a", "b"}, 2, []string{"takes one store"}},
			{"store what", []string{"store", "eat"}, 2, []string{`no command "eat"`}},
		} {
			t.Run(p.name+"/"+m.name, func(t *testing.T) {
				checkMistake(t, p, p.call(t.Context(), nil, m.args...), m)
				if _, err := os.Stat(output); err == nil {
					t.Error("a run was begun")
				}
			})
		}
		o := programs[1-i]
		checkMistake(t, o, o.call(t.Context(), nil, "train", "--activations", place, "--output", output), mistake{code: 1, want: []string{"use the other program"}})
	}
}
