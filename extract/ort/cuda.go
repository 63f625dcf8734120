package ort

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/internal/native/gosignal"
	"github.com/saego/saego/internal/native/nvidia"
)

// Values of the CUDA provider's keys.
const (
	// convSearch has cuDNN's tables choose how to convolve. The provider's own default,
	// EXHAUSTIVE, times all ways at each new shape and takes the fastest: which that is may
	// differ from run to run, and so may the last bits of rows. A ViT convolves once, at
	// its patches, in a hundredth of its work.
	convSearch = "HEURISTIC"
)

// arenas are the provider's names of how memory grows.
var arenas = map[string]string{ArenaPowerOfTwo: "kNextPowerOfTwo", ArenaAsRequested: "kSameAsRequested"}

// cudaKeys are the provider's settings for a device.
func cudaKeys(o Options, device int) map[string]string {
	keys := map[string]string{
		"device_id":              strconv.Itoa(device),
		"arena_extend_strategy":  arenas[cmp.Or(o.GPUArena, ArenaPowerOfTwo)],
		"cudnn_conv_algo_search": convSearch,
		"use_tf32":               "0", // on, by default, for compute capability 8.0 and newer
	}
	if o.Precision == TF32 {
		keys["use_tf32"] = "1"
	}
	if o.GPUMemLimit > 0 {
		keys["gpu_mem_limit"] = strconv.FormatInt(o.GPUMemLimit<<20, 10)
	}
	return keys
}

// appendCUDA puts the CUDA provider into o.
func appendCUDA(o *onnx.SessionOptions, opts Options, device int) (err error) {
	cuda, err := onnx.NewCUDAProviderOptions()
	if err != nil {
		return cudaError(err)
	}
	defer func() { err = errors.Join(err, cuda.Destroy()) }()
	if err := cuda.Update(cudaKeys(opts, device)); err != nil {
		return cudaError(err)
	}
	if err := o.AppendExecutionProviderCUDA(cuda); err != nil {
		return cudaError(err)
	}
	return nil
}

func cudaError(err error) error {
	_, library := Version()
	mend := "take provider cpu"
	if strings.Contains(err.Error(), "not enabled in this build") {
		mend = "take a library with CUDA (run `make gpu-libs` in the saego folder; a process keeps the first that it loads), or provider cpu"
	}
	return fmt.Errorf("provider cuda: %s cannot use it: %w: %s", library, err, mend)
}

// startCUDA opens what the provider takes, driver first, and returns the cards that o asks
// for. All that is missing is in the error.
func startCUDA(o Options) (cards []nvidia.Device, err error) {
	err = gosignal.Guard(func() error {
		if cards, err = findCards(o); err != nil {
			return err
		}
		return nvidia.Load()
	})
	if err == nil {
		return cards, nil
	}
	faults := strings.Split(err.Error(), "\n") // of joined errors
	if cards == nil {
		faults = append(faults, notFetched()...)
	}
	return nil, fmt.Errorf("provider cuda: %s", strings.Join(faults, "; "))
}

// firstTF32 is the compute capability of the first cards with TensorFloat-32; others compute
// in float32, whatever they are told.
const firstTF32 = 8

// findCards returns the cards that o asks for.
func findCards(o Options) ([]nvidia.Device, error) {
	all, err := nvidia.Devices()
	if err != nil {
		return nil, err
	}
	var cards []nvidia.Device
	for _, id := range o.devices() {
		if id >= len(all) {
			return nil, fmt.Errorf("there is no CUDA device %d: this machine has 0 to %d", id, len(all)-1)
		}
		if err := all[id].Usable(); err != nil {
			return nil, err
		}
		if o.Precision == TF32 && all[id].Major < firstTF32 {
			return nil, fmt.Errorf("CUDA device %d is a %s: %s takes %d.0 (Ampere) or newer: take %s", id, all[id], TF32, firstTF32, Float32)
		}
		cards = append(cards, all[id])
	}
	return cards, nil
}

// notFetched says which libraries make has not fetched, where a look at them is not worth
// while: there is no card.
func notFetched() []string {
	titles := nvidia.Absent()
	if !isFetched(Options{Provider: CUDA}) {
		titles = append([]string{"ONNX Runtime with CUDA"}, titles...)
	}
	if len(titles) == 0 {
		return nil
	}
	return []string{"nor are there " + strings.Join(titles, ", ") + " (make gpu-libs)"}
}

// cudaSettings are those of the record.
func (r *Runner) cudaSettings() map[string]any {
	version, _ := Version()
	return map[string]any{
		"devices": r.opts.devices(), "device_names": r.Hardware(), "tf32": r.opts.Precision == TF32,
		"gpu_arena": cmp.Or(r.opts.GPUArena, ArenaPowerOfTwo), "gpu_mem_limit": r.opts.GPUMemLimit,
		"conv_algo_search": strings.ToLower(convSearch), "onnxruntime": version, "cudnn": nvidia.CuDNN(),
	}
}
