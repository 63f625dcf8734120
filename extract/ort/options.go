package ort

import (
	"cmp"
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
	TF32    = "tf32" // factors of products in TensorFloat-32, by CUDA: 10 bits of a float32's 23
)

// How the memory of a GPU grows.
const (
	ArenaPowerOfTwo  = "power_of_two" // to the next power of two: few steps, up to twice what is needed
	ArenaAsRequested = "as_requested" // by what is asked for: many steps, close to what is needed
)

// Options say where and how a network runs.
type Options struct {
	Provider    string `yaml:"provider"`        // CPU (default), CUDA, OpenVINO or Auto; with BF16 the first and the last mean OpenVINO
	Precision   string `yaml:"precision"`       // Float32 (default), BF16, or TF32 with CUDA
	DeviceID    int    `yaml:"device_id"`       // CUDA device; default 0
	DeviceIDs   []int  `yaml:"device_ids"`      // CUDA devices to take at once, in the place of DeviceID; default none
	GPUMemLimit int64  `yaml:"gpu_mem_limit"`   // most memory of each GPU for tensors and weights, MiB; default 0 = no limit
	GPUArena    string `yaml:"gpu_arena"`       // ArenaPowerOfTwo (default, as is "") or ArenaAsRequested
	Threads     int    `yaml:"threads"`         // threads of all that runs at once; default 0 = one per core, or GOMAXPROCS where that is less
	Library     string `yaml:"onnxruntime_lib"` // path of the shared library; default "" = found by internal/native
}

// DefaultOptions runs in float32 on the CPU with one thread per core.
func DefaultOptions() Options {
	return Options{Provider: CPU, Precision: Float32, GPUArena: ArenaPowerOfTwo}
}

// devices returns the CUDA devices that o asks for, or one that stands for the processor.
func (o Options) devices() []int {
	if len(o.DeviceIDs) > 0 {
		return o.DeviceIDs
	}
	return []int{o.DeviceID}
}

// threads returns how many to ask ONNX Runtime for; 0 is one per core, by its own count. It
// does not know of a container's share of the processors, as Go does.
func (o Options) threads() int {
	if n := runtime.GOMAXPROCS(0); o.Threads == 0 && n < runtime.NumCPU() {
		return n
	}
	return o.Threads
}

// processors returns how many threads those of [Options.threads] are, as a number.
func (o Options) processors() int { return cmp.Or(o.threads(), runtime.NumCPU()) }

// Validate reports everything that is wrong with o, joined.
func (o Options) Validate() error {
	var errs []error
	if !slices.Contains([]string{CPU, CUDA, OpenVINO, Auto}, o.Provider) {
		errs = append(errs, fmt.Errorf("provider is %q, want %q, %q, %q or %q", o.Provider, CPU, CUDA, OpenVINO, Auto))
	}
	switch {
	case !slices.Contains([]string{Float32, BF16, TF32}, o.Precision):
		errs = append(errs, fmt.Errorf("precision is %q, want %q, %q or %q (an int8 or float16 network is a model folder of its own)", o.Precision, Float32, BF16, TF32))
	case o.Precision == BF16 && o.Provider == CUDA:
		errs = append(errs, fmt.Errorf("precision is %s, which provider %s does not have: take %s, or a float16 model folder (scripts/float16_onnx.py), or %s", BF16, CUDA, OpenVINO, Float32))
	case o.Precision == TF32 && o.Provider != CUDA:
		errs = append(errs, fmt.Errorf("precision is %s, which provider %s does not have: take provider %s, or %s", TF32, o.Provider, CUDA, Float32))
	}
	errs = append(errs, o.validateGPU())
	if o.Threads < 0 {
		errs = append(errs, fmt.Errorf("threads is %d, want 0 (one per core) or more", o.Threads))
	}
	return errors.Join(errs...)
}

// validateGPU reports what is wrong with the settings that CUDA alone has.
func (o Options) validateGPU() error {
	var errs []error
	if o.DeviceID < 0 {
		errs = append(errs, fmt.Errorf("device_id is %d, want 0 or more", o.DeviceID))
	}
	for i, id := range o.DeviceIDs {
		if id < 0 {
			errs = append(errs, fmt.Errorf("device_ids has %d, want 0 or more", id))
		} else if slices.Contains(o.DeviceIDs[:i], id) {
			errs = append(errs, fmt.Errorf("device_ids has %d twice: name each device once", id))
		}
	}
	if len(o.DeviceIDs) > 0 && o.Provider != CUDA && o.Provider != Auto {
		errs = append(errs, fmt.Errorf("device_ids is %v, but provider %s has no devices: take provider %s, or an empty list", o.DeviceIDs, o.Provider, CUDA))
	}
	if o.GPUMemLimit < 0 {
		errs = append(errs, fmt.Errorf("gpu_mem_limit is %d MiB, want 0 (no limit) or more", o.GPUMemLimit))
	}
	if !slices.Contains([]string{"", ArenaPowerOfTwo, ArenaAsRequested}, o.GPUArena) {
		errs = append(errs, fmt.Errorf("gpu_arena is %q, want %q or %q", o.GPUArena, ArenaPowerOfTwo, ArenaAsRequested))
	}
	return errors.Join(errs...)
}
