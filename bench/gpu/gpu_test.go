package main

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/device"
	"github.com/saego/saego/internal/cuda/emulator"
	"github.com/saego/saego/internal/cuda/source"
	"github.com/saego/saego/internal/native/nativetest"
)

// fakeEnv makes this program a peer whose steps have that loss.
const fakeEnv = "SAEGO_TEST_FAKE_PEER"

func TestMain(m *testing.M) {
	if text := os.Getenv(fakeEnv); text != "" {
		loss, err := strconv.ParseFloat(text, 64)
		if err == nil {
			err = process.Serve(os.Stdin, os.Stdout, func(op string, job json.RawMessage) (any, error) { return fake(op, job, loss) })
		}
		suite.Exit("fake", err)
	}
	os.Exit(m.Run())
}

// fake answers as bench/turns/peer.py does, with steps of a quarter of a second.
func fake(op string, job json.RawMessage, loss float64) (any, error) {
	var j struct {
		N      int
		Device string
	}
	if err := json.Unmarshal(job, &j); err != nil {
		return nil, err
	}
	switch op {
	case "steps":
		return map[string]any{"seconds": slices.Repeat([]float64{0.25}, j.N), "loss": slices.Repeat([]float64{loss}, j.N)}, nil
	case "open":
		if j.Device != "some:0" {
			return nil, errors.New("another device")
		}
	}
	return map[string]any{}, nil
}

// emulated is a bench without a card and without peers.
func emulated(t *testing.T, only string) *bench {
	t.Helper()
	if _, err := emulator.New(); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	b := &bench{sizes: tiny, emulate: true, device: "some:0"}
	b.Suite = suite.Suite{
		Name: "gpu", Work: dir, Output: dir, Data: dir, Python: os.Args[0],
		NoPeers: true, Quick: true, Only: regexp.MustCompile(only),
	}
	return b
}

// measured runs b and returns what it wrote, by name.
func measured(t *testing.T, b *bench) map[string]result.Entry {
	t.Helper()
	if err := b.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	entries, m, err := result.Read(b.Output, b.Name)
	if err != nil || m.Card != "emulator" || !m.Quick {
		t.Fatalf("machine is %+v, error %v", m, err)
	}
	all := map[string]result.Entry{}
	for _, e := range entries {
		if e.Ours == nil || math.IsNaN(*e.Ours) || !strings.HasPrefix(e.Name, "gpu/profile-rest") && *e.Ours < 0 {
			t.Errorf("%s has no number: %+v", e.Name, e)
		}
		all[e.Name] = e
	}
	return all
}

func TestTrainingOnTheEmulator(t *testing.T) {
	b := emulated(t, "topk|share|profile")
	all := measured(t, b)
	for _, c := range b.contests() {
		if e := all[c.name]; e.Unit != "steps/s" || e.Runs != b.rounds*b.steps || e.Details["loss"] <= 0 {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
	for _, p := range precisions {
		e := all["gpu/step-share-"+p.name]
		if e.Ratio == nil || *e.Ratio < 1 || e.Details["product_tflops"] <= 0 || !strings.Contains(e.Note, "--peaks") {
			t.Errorf("%s: %+v", p.name, e)
		}
	}
	for _, o := range operations {
		e := all["gpu/profile-"+strings.ReplaceAll(o.name, " ", "-")]
		if e.Details["calls"] < 1 || *e.Ours <= 0 {
			t.Errorf("a step has no %s: %+v", o.name, e)
		}
	}
}

func TestEndToEndOnTheEmulator(t *testing.T) {
	nativetest.RequireORT(t)
	all := measured(t, emulated(t, "end-to-end"))
	for _, name := range []string{"gpu/extract-gpt2-end-to-end", "gpu/extract-vit-end-to-end"} {
		if e := all[name]; e.Unit != "rows/s" || e.Details["rows"] < 64 || e.Details["loss"] <= 0 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestLossesAgree checks that sides which do not train the same are not compared.
func TestLossesAgree(t *testing.T) {
	const name = "gpu/topk-float32"
	loss := measured(t, emulated(t, name+"$"))[name].Details["loss"]
	b := emulated(t, name+"$")
	b.NoPeers = false
	t.Setenv(fakeEnv, strconv.FormatFloat(loss*1.0009, 'g', -1, 64))
	e := measured(t, b)[name]
	if e.Peer == nil || *e.Peer != 4 || math.Abs(e.Details["difference"]-9e-4) > 1e-5 || e.Missing != "" {
		t.Errorf("got %+v", e)
	}
	b = emulated(t, name+"$")
	b.NoPeers = false
	t.Setenv(fakeEnv, strconv.FormatFloat(loss*1.002, 'g', -1, 64))
	if err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "did not train the same") {
		t.Errorf("error %v, want one for losses that differ by 0.002", err)
	}
}

func TestNoCard(t *testing.T) {
	if d, err := device.Open(device.Options{}); err == nil {
		t.Skip("there is a card: ", d.Name(), errors.Join(d.Close()))
	}
	b := emulated(t, "")
	b.emulate = false
	if err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "no card to measure on: ") || !strings.Contains(err.Error(), "make bench-gpu") {
		t.Errorf("error %v, want one that says what is missing", err)
	}
}

func TestPeak(t *testing.T) {
	for _, tc := range []struct {
		card, asked string
		p           cuda.Precision
		want        float64
		says        string
	}{
		{"NVIDIA H100 80GB HBM3 (sm_90), CUDA 13.0", "", cuda.BF16, 989.4, "data sheet"},
		{"NVIDIA H100 80GB HBM3 (sm_90), CUDA 13.0", "1,2.5,3", cuda.TF32, 2.5, "--peaks"},
		{"NVIDIA H100 PCIe (sm_90), CUDA 13.0", "", cuda.Float32, 0, "of NVIDIA H100 PCIe not known: --peaks"},
		{"some", "1, 2,3 ", cuda.BF16, 3, "--peaks"},
	} {
		got, source, err := peak(tc.card, tc.asked, tc.p)
		if err != nil || got != tc.want || !strings.Contains(source, tc.says) {
			t.Errorf("%+v: %g, %q, %v", tc, got, source, err)
		}
	}
	for _, wrong := range []string{"1", "1,2,x", "1,2,0", "1,2,3,4"} {
		if _, _, err := peak("some", wrong, cuda.BF16); err == nil || !strings.Contains(err.Error(), "--peaks is") {
			t.Errorf("--peaks %s: error %v", wrong, err)
		}
	}
}

// TestOperations checks that operations speak of kernels that there are.
func TestOperations(t *testing.T) {
	all := source.Source() + "KERNEL(copy KERNEL(clear KERNEL(product" // what else a driver is asked for
	for _, o := range operations {
		for prefix := range strings.FieldsSeq(o.kernels) {
			if !strings.Contains(all, "KERNEL("+prefix) || operation(prefix) != o.name {
				t.Errorf("%s: no kernel begins with %q", o.name, prefix)
			}
		}
	}
	if operation("center") != others {
		t.Errorf("center is %q", operation("center"))
	}
}
