package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/saego/saego/bench/network"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

// openName is the measurement of how long a network takes to open, and how much memory.
const openName = "extract/open-gpt2"

// openCommand is this program's first argument where it is to open a network in a fresh
// process; the model folder and the hook point follow.
const openCommand = "measure-open"

// opened is what the fresh process says.
type opened struct {
	Seconds float64 `json:"seconds"`
	Peak    int64   `json:"peak"` // bytes; 0 where the system does not say
}

// open opens GPT-2 a few times, each in a fresh process.
func (b *bench) open(ctx context.Context) ([]result.Entry, error) {
	const runs = 7
	_, tokenizer, ok := network.Reviews(b.Data)
	if !ok {
		why := fmt.Sprintf("%v: there is no gpt2/tokenizer.json in %s", errNotMeasured, b.Data)
		return []result.Entry{result.Absent(openName, why)}, nil
	}
	n := network.GPT2(b.Work, "gpt2", tokenizer)
	if err := n.Export(ctx, b.Python); err != nil {
		return nil, err
	}
	var seconds, peaks []float64
	for i := range runs + 1 {
		o, err := openOnce(ctx, n.Dir)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one brings the file into the system's cache
			seconds, peaks = append(seconds, o.Seconds), append(peaks, float64(o.Peak))
		}
	}
	e := result.Alone(openName, "s", seconds...)
	e.Details = map[string]float64{"peak_bytes": result.Median(peaks)}
	e.Note = fmt.Sprintf("a fresh process opens GPT-2 for %s and runs one token; the peak is that of the process, libraries included", textHook)
	return []result.Entry{e}, nil
}

// openOnce runs this program anew.
func openOnce(ctx context.Context, folder string) (o opened, err error) {
	path, err := os.Executable()
	if err != nil {
		return o, err
	}
	cmd := exec.CommandContext(ctx, path, openCommand, folder, textHook)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return o, fmt.Errorf("%s: %w", openCommand, err)
	}
	return o, json.Unmarshal(out, &o)
}

// measureOpen is the fresh process: a session is made by the first run that asks for
// its outputs.
func measureOpen(ctx context.Context, folder, hook string) (err error) {
	start := time.Now()
	m, err := models.Open(folder)
	if err != nil {
		return err
	}
	h, err := m.Hook(hook)
	if err != nil {
		return err
	}
	opts := ort.DefaultOptions()
	opts.Threads = threads
	r, err := ort.Open(m, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var inputs []extract.Tensor
	for _, in := range m.Spec.Inputs {
		inputs = append(inputs, extract.Tensor{Name: in.Name, Shape: []int64{1, 1}, Int64: []int64{1}})
	}
	row := extract.Tensor{Name: hook, Shape: []int64{1, 1, int64(h.DIn)}, Float32: make([]float32, h.DIn)}
	if err := r.Run(ctx, inputs, []extract.Tensor{row}); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(opened{time.Since(start).Seconds(), result.Peak()})
}
