package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

// hooksJob is what the command hooks does: read hook points of a graph that nobody
// prepared, for given inputs.
type hooksJob struct {
	graph, inputs, output string
	hooks                 []string
}

func parseHooks(args []string) (hooksJob, error) {
	var job hooksJob
	var hooks string
	flags := flag.NewFlagSet("hooks", flag.ContinueOnError)
	flags.StringVar(&job.graph, "graph", "", "ONNX `FILE`")
	flags.StringVar(&job.inputs, "inputs", "", "safetensors `FILE` of the graph's inputs, and of each hook point what PyTorch computes")
	flags.StringVar(&hooks, "hooks", "", "hook points, with commas between")
	flags.StringVar(&job.output, "output", "", "safetensors `FILE` to write")
	err := parse(flags, args)
	job.hooks = strings.Split(hooks, ",")
	return job, err
}

// run reads the hook points one by one, each from a part of the graph of its own.
func (job hooksJob) run(ctx context.Context) (err error) {
	dir, file := filepath.Split(job.graph)
	m := &models.Model{Dir: dir, FS: os.DirFS(dir), Path: job.graph, Spec: models.Spec{Graph: file}}
	inputs := models.Model{FS: os.DirFS(filepath.Dir(job.inputs)), Path: job.inputs, Spec: models.Spec{Golden: filepath.Base(job.inputs)}}
	arrays, err := inputs.Golden()
	if err != nil {
		return err
	}
	r, err := ort.Open(m, ort.DefaultOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	g, err := m.Graph()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	var fed []extract.Tensor
	for _, v := range g.Inputs() {
		a := arrays[v.Name]
		fed = append(fed, extract.Tensor{Name: v.Name, Shape: a.Shape, Float32: a.Float32, Int64: a.Int64})
	}
	var out []array
	for _, hook := range job.hooks {
		want, ok := arrays[hook]
		if !ok {
			return fmt.Errorf("%s: no array of hook point %q", job.inputs, hook)
		}
		t := extract.Tensor{Name: hook, Shape: want.Shape, Float32: make([]float32, len(want.Float32))}
		if err := r.Run(ctx, fed, []extract.Tensor{t}); err != nil {
			return err
		}
		out = append(out, array{hook, t.Shape, t.Float32, nil})
	}
	return writeTensors(job.output, out)
}
