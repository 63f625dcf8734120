package ort

import (
	onnxruntime "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/internal/native"
	"github.com/saego/saego/internal/native/gosignal"
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
	switch o.Provider {
	case CUDA:
		return native.ONNXRuntimeCUDA()
	case OpenVINO:
		return native.ONNXRuntimeOpenVINO()
	}
	return native.ONNXRuntime()
}

// appendProvider puts the provider of opts into o, for a device where it has several. An
// error of it must end the caller: a session made after it would run on the CPU.
func appendProvider(o *onnxruntime.SessionOptions, opts Options, device int) error {
	switch opts.Provider {
	case CUDA:
		return appendCUDA(o, opts, device)
	case OpenVINO:
		return appendOpenVINO(o, opts)
	}
	return nil
}

// guarded calls f, which calls into the provider. CUDA's libraries replace signal handlers
// whenever they start something: at the first session, and at runs of new shapes.
func (o Options) guarded(f func() error) error {
	if o.Provider == CUDA {
		return gosignal.Guard(f)
	}
	return f()
}

// Provider returns the provider that runs: never [Auto], but what that came to.
func (r *Runner) Provider() string { return r.opts.Provider }

// Passed returns why [Auto] came to the provider that runs: for each faster one, in order,
// what is the matter with it.
func (r *Runner) Passed() []string { return r.passed }

// Hardware names the cards that the provider runs on; none for the processor.
func (r *Runner) Hardware() (names []string) {
	for _, c := range r.cards {
		names = append(names, c.String())
	}
	return names
}

// Settings returns what a record of the run should say of the provider, by name; nil for
// one that has no settings.
func (r *Runner) Settings() map[string]any {
	if r.opts.Provider == CUDA {
		return r.cudaSettings()
	}
	return nil
}
