package ort

import (
	"errors"
	"fmt"
	"runtime"
)

// Execution providers.
const (
	CPU  = "cpu"
	CUDA = "cuda"
)

// Options say where and how a network runs.
type Options struct {
	Provider    string `yaml:"provider"`        // CPU (default) or CUDA
	DeviceID    int    `yaml:"device_id"`       // CUDA device; default 0
	GPUMemLimit int64  `yaml:"gpu_mem_limit"`   // most GPU memory for tensors and weights, MiB; default 0 = no limit
	Threads     int    `yaml:"threads"`         // threads within an operator; default 0 = one per core, or GOMAXPROCS where that is less
	Library     string `yaml:"onnxruntime_lib"` // path of the shared library; default "" = found by internal/native
}

// DefaultOptions runs on the CPU with one thread per core.
func DefaultOptions() Options { return Options{Provider: CPU} }

// threads returns how many to ask ONNX Runtime for; 0 is one per core, by its own count. It
// does not know of a container's share of the processors, as Go does.
func (o Options) threads() int {
	if n := runtime.GOMAXPROCS(0); o.Threads == 0 && n < runtime.NumCPU() {
		return n
	}
	return o.Threads
}

// Validate reports everything that is wrong with o, joined.
func (o Options) Validate() error {
	var errs []error
	if o.Provider != CPU && o.Provider != CUDA {
		errs = append(errs, fmt.Errorf("provider is %q, want %q or %q", o.Provider, CPU, CUDA))
	}
	if o.DeviceID < 0 {
		errs = append(errs, fmt.Errorf("device_id is %d, want 0 or more", o.DeviceID))
	}
	if o.GPUMemLimit < 0 {
		errs = append(errs, fmt.Errorf("gpu_mem_limit is %d MiB, want 0 (no limit) or more", o.GPUMemLimit))
	}
	if o.Threads < 0 {
		errs = append(errs, fmt.Errorf("threads is %d, want 0 (one per core) or more", o.Threads))
	}
	return errors.Join(errs...)
}
