package ort

import (
	"slices"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models/onnx"
)

var (
	_ extract.Lanes = onDevice{}
	_ extract.Lanes = (*Runner)(nil)
)

// Lanes implements extract.Lanes for the first device.
func (r *Runner) Lanes() []extract.Runner { return onDevice{runner: r}.Lanes() }

// Lanes implements extract.Lanes: on the CPU provider a Runner for each thread, or with more
// than extract.MaxLanes threads as many Runners that share them. They have sessions of their
// own, in which operators take as few threads.
func (d onDevice) Lanes() []extract.Runner {
	r := d.runner
	fixed := func(v onnx.Value) bool { return len(v.Shape) > 0 && v.Shape[0].Size > 0 }
	if r.opts.Provider != CPU || slices.ContainsFunc(r.graph.Inputs(), fixed) {
		return nil
	}
	threads := r.opts.processors()
	n := min(threads, extract.MaxLanes)
	d.threads = threads / n
	return slices.Repeat([]extract.Runner{d}, n)
}
