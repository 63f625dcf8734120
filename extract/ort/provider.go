package ort

import (
	onnxruntime "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/internal/native"
)

// resolve returns o with the provider that computes its precision: bfloat16 is OpenVINO's.
func (o Options) resolve() Options {
	if o.Precision == BF16 {
		o.Provider = OpenVINO
	}
	return o
}

// library says which build of ONNX Runtime has the provider: a process loads one.
func (o Options) library() native.Library {
	if o.Provider == OpenVINO {
		return native.ONNXRuntimeOpenVINO()
	}
	return native.ONNXRuntime()
}

// appendProvider puts the provider of opts into o. An error of it must end the caller: a
// session made after it would run on the CPU.
func appendProvider(o *onnxruntime.SessionOptions, opts Options) error {
	switch opts.Provider {
	case CUDA:
		return appendCUDA(o, opts)
	case OpenVINO:
		return appendOpenVINO(o, opts)
	}
	return nil
}

// Provider returns the provider that runs: never [Auto], but what that came to.
func (r *Runner) Provider() string { return r.opts.Provider }
