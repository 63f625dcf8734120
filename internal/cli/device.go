package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/device"
	"github.com/saego/saego/sae"
)

// What trains.
const (
	deviceCPU  = "cpu"
	deviceCUDA = "cuda"
	deviceAuto = "auto"
)

// What products of float32 are rounded to on a card, as torch's
// set_float32_matmul_precision has it.
var matmulPrecisions = map[string]cuda.Precision{"highest": cuda.Float32, "high": cuda.TF32}

func (c *Config) validDevice() error {
	var errs []error
	if !slices.Contains([]string{deviceCPU, deviceCUDA, deviceAuto}, c.Device) {
		errs = append(errs, fmt.Errorf("device is %q, want %q, %q or %q", c.Device, deviceCPU, deviceCUDA, deviceAuto))
	}
	if _, ok := matmulPrecisions[c.MatmulPrecision]; !ok {
		errs = append(errs, fmt.Errorf("float32_matmul_precision is %q, want \"highest\" or \"high\" (TF32)", c.MatmulPrecision))
	}
	return errors.Join(errs...)
}

// devices hold what the members of a job train on: a card, with an engine for each of
// them, or the processor.
type devices struct {
	card    cuda.Driver // nil for the processor
	engines []*cuda.Engine
}

// openDevices opens what the settings ask for. With auto, the processor stands in for a
// card that cannot be had, and log hears why.
func openDevices(c *Config, log io.Writer) (*devices, error) {
	if c.Device == deviceCPU {
		return &devices{}, nil
	}
	card, err := device.Open(device.Options{DeviceID: c.Runtime.DeviceID})
	switch {
	case err == nil:
		_, _ = fmt.Fprintf(log, "training on %s\n", card.Name())
		return &devices{card: card}, nil
	case c.Device == deviceAuto:
		_, _ = fmt.Fprintf(log, "training on the processor: %v\n", err)
		return &devices{}, nil
	}
	return nil, fmt.Errorf("device cuda: %w", err)
}

// place moves a model to where it is to be trained.
func (d *devices) place(m *sae.Model, c *Config) error {
	if d.card == nil {
		return nil
	}
	e := cuda.New(d.card, matmulPrecisions[c.MatmulPrecision])
	d.engines = append(d.engines, e)
	return m.To(e)
}

// Close gives the memory of the models back, which must not be used any more.
func (d *devices) Close() error {
	var errs []error
	for _, e := range d.engines {
		errs = append(errs, e.Close())
	}
	if d.card != nil {
		errs = append(errs, d.card.Close())
	}
	return errors.Join(errs...)
}
