package ort

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
)

// Execution providers.
const (
	CPU      = "cpu"
	CUDA     = "cuda"
	OpenVINO = "openvino" // Intel's, on the processor; a build of ONNX Runtime of its own
	Auto     = "auto"     // the fastest of these that the library has and that is exact
)

// Precisions of a network whose weights are float32.
const (
	Float32 = "float32"
	BF16    = "bf16" // bfloat16, by OpenVINO
)

// Options say where and how a network runs.
type Options struct {
	Provider    string `yaml:"provider"`        // CPU (default), CUDA, OpenVINO or Auto; with BF16 the first and the last mean OpenVINO
	Precision   string `yaml:"precision"`       // Float32 (default) or BF16
	DeviceID    int    `yaml:"device_id"`       // CUDA device; default 0
	GPUMemLimit int64  `yaml:"gpu_mem_limit"`   // most GPU memory for tensors and weights, MiB; default 0 = no limit
	Threads     int    `yaml:"threads"`         // threads within an operator; default 0 = one per core, or GOMAXPROCS where that is less
	Library     string `yaml:"onnxruntime_lib"` // path of the shared library; default "" = found by internal/native
}

// DefaultOptions runs in float32 on the CPU with one thread per core.
func DefaultOptions() Options { return Options{Provider: CPU, Precision: Float32} }

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
	if !slices.Contains([]string{CPU, CUDA, OpenVINO, Auto}, o.Provider) {
		errs = append(errs, fmt.Errorf("provider is %q, want %q, %q, %q or %q", o.Provider, CPU, CUDA, OpenVINO, Auto))
	}
	switch {
	case o.Precision != Float32 && o.Precision != BF16:
		errs = append(errs, fmt.Errorf("precision is %q, want %q or %q (an int8 network is a model folder of its own)", o.Precision, Float32, BF16))
	case o.Precision == BF16 && o.Provider == CUDA:
		errs = append(errs, fmt.Errorf("precision is %s, which provider %s does not have: take %s, or %s", BF16, CUDA, OpenVINO, Float32))
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
