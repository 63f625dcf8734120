package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/models"
)

// shuffleSeed draws the examples. check_rows.py needs none: a row names its example
// by its place in the data as they lie.
const shuffleSeed = 1

// rowsJob is what the command rows does: extract every row of some examples.
type rowsJob struct {
	model, data, hook string
	context           int  // most tokens of a text, 0 = what the model takes
	examples          int  // 0 = all
	pixels            bool // write the network's input, too
	output            string
}

func parseRows(args []string) (rowsJob, error) {
	var job rowsJob
	flags := flag.NewFlagSet("rows", flag.ContinueOnError)
	flags.StringVar(&job.model, "model", "", "model `DIR`")
	flags.StringVar(&job.data, "data", "", "texts or folder of pictures")
	flags.StringVar(&job.hook, "hook", "", "hook point: transformer.h.6, blocks.6")
	flags.IntVar(&job.context, "context-size", 0, "most tokens of a text; 0 = what the model takes")
	flags.IntVar(&job.examples, "examples", 0, "examples to extract, drawn at random; 0 = all, as they lie")
	flags.BoolVar(&job.pixels, "pixels", false, "write what the network was fed, too (vision)")
	flags.StringVar(&job.output, "output", "", "safetensors `FILE` to write")
	return job, parse(flags, args)
}

// run extracts with the programs' own parts and writes the rows.
func (job rowsJob) run(ctx context.Context) (err error) {
	m, err := models.Open(job.model)
	if err != nil {
		return err
	}
	runner, err := ort.Open(m, ort.DefaultOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	rows, err := job.read(ctx, m, runner)
	if err != nil {
		return err
	}
	fmt.Printf("%s@%s: hook %s: %d rows\n", m.Spec.Name, m.Digest(), job.hook, len(rows.example))
	tensors := rows.tensors()
	if job.pixels {
		fed := &tap{}
		if _, err := job.read(ctx, m, fed); err != nil {
			return err
		}
		tensors = append(tensors, fed.tensors()...)
	}
	return writeTensors(job.output, tensors)
}

// read reads all rows as r computes them.
func (job rowsJob) read(ctx context.Context, m *models.Model, r extract.Runner) (*rowTensors, error) {
	src, err := job.source(m, r)
	if err != nil {
		return nil, err
	}
	out := newRowTensors(src.Info().DIn)
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out.add(b)
	}
	return out, nil
}

// source opens the data as the programs do, but keeps the positions that they drop
// by default: the first token of a text, the class token of a picture.
func (job rowsJob) source(m *models.Model, r extract.Runner) (extract.Source, error) {
	if m.Spec.Vision != nil {
		return job.vision(m, r)
	}
	if job.pixels {
		return nil, fmt.Errorf("model %s is fed no pixels: leave --pixels out", m.Path)
	}
	tok, err := tokens.ForModel(m)
	if err != nil {
		return nil, err
	}
	ds, err := datasets.OpenTexts(job.data, datasets.TextConfig{})
	if err != nil {
		return nil, err
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook, cfg.ContextSize, cfg.ExcludeFirstPosition = job.hook, job.context, false
	return extract.NewText(&m.Spec, m.Digest(), r, tok, sample(ds, job.examples), cfg)
}

func (job rowsJob) vision(m *models.Model, r extract.Runner) (extract.Source, error) {
	ds, err := datasets.OpenImages(job.data)
	if err != nil {
		return nil, err
	}
	cfg := extract.DefaultVisionConfig()
	cfg.Hook, cfg.Rows, cfg.MaxSkipped = job.hook, extract.RowsAll, 0
	return extract.NewVision(&m.Spec, m.Digest(), r, sample(ds, job.examples), cfg)
}

// sample returns n examples of ds, drawn as the programs shuffle, or ds for 0.
func sample[T any](ds datasets.Dataset[T], n int) datasets.Dataset[T] {
	if n == 0 {
		return ds
	}
	return datasets.Limit(datasets.Shuffle(ds, shuffleSeed), n)
}
