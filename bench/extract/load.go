package main

import (
	"context"

	"github.com/saego/saego/bench/network"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

// loaded is a network that saego runs.
type loaded struct {
	*models.Model
	*ort.Runner
}

// whole is a network that hides that it is faster with small forward passes.
type whole struct{ extract.Runner }

// load opens n in a precision, and makes it first if it is not there.
func (b *bench) load(ctx context.Context, n network.Network, precision string) (loaded, error) {
	dir, opts := n.Dir, ort.DefaultOptions()
	opts.Threads = threads
	if err := n.Export(ctx, b.Python); err != nil {
		return loaded{}, err
	}
	if precision == models.Int8 {
		var err error
		if dir, err = n.Quantize(ctx, b.Python); err != nil {
			return loaded{}, err
		}
	} else {
		opts.Precision = precision
	}
	m, err := models.Open(dir)
	if err != nil {
		return loaded{}, err
	}
	r, err := ort.Open(m, opts)
	if err != nil {
		return loaded{}, err
	}
	version, _ := ort.Version()
	b.Machine.Runtime = "ONNX Runtime " + version
	return loaded{m, r}, nil
}
