package ort

import (
	"errors"
	"fmt"
	"strconv"

	onnx "github.com/yalue/onnxruntime_go"
)

// appendCUDA puts the CUDA provider into o.
func appendCUDA(o *onnx.SessionOptions, opts Options) (err error) {
	cuda, err := onnx.NewCUDAProviderOptions()
	if err != nil {
		return cudaError(err)
	}
	defer func() { err = errors.Join(err, cuda.Destroy()) }()
	// TensorFloat-32, on by default, keeps 10 of the 23 bits of a factor: no float32.
	settings := map[string]string{"device_id": strconv.Itoa(opts.DeviceID), "use_tf32": "0"}
	if opts.GPUMemLimit > 0 {
		settings["gpu_mem_limit"] = strconv.FormatInt(opts.GPUMemLimit<<20, 10)
	}
	if err := cuda.Update(settings); err != nil {
		return cudaError(err)
	}
	if err := o.AppendExecutionProviderCUDA(cuda); err != nil {
		return cudaError(err)
	}
	return nil
}

func cudaError(err error) error {
	_, library := Version()
	return fmt.Errorf("provider cuda: %s cannot use it: %w: take a library with CUDA (onnxruntime-gpu 1.29.0) and its CUDA libraries, or provider cpu", library, err)
}
