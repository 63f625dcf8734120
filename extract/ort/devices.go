package ort

import (
	"context"
	"fmt"

	"github.com/saego/saego/extract"
)

// Devices implements extract.Fan: a Runner for each of device_ids, in their order, or r
// alone. They are closed by r.
func (r *Runner) Devices() []extract.Runner {
	all := make([]extract.Runner, len(r.opts.devices()))
	for i := range all {
		all[i] = onDevice{runner: r, at: i}
	}
	return all
}

// onDevice runs a network on one of several devices, with sessions of its own.
type onDevice struct {
	runner  *Runner
	at      int // place in device_ids
	threads int // within an operator; 0 = those of the options
}

// Run implements extract.Runner as [Runner.Run] does.
func (d onDevice) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	if err := d.runner.run(ctx, d, inputs, outputs); err != nil {
		return fmt.Errorf("ort: %s: %w", d.runner.name, err)
	}
	return nil
}
