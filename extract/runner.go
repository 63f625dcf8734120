package extract

import "context"

// Tensor is a named dense array, row-major. Exactly one of Float32 and Int64 is
// set, and its length is the product of Shape.
type Tensor struct {
	Name    string
	Shape   []int64
	Float32 []float32
	Int64   []int64
}

// Runner executes a network. Package extract/ort has the one of ONNX Runtime;
// tests bring a fake.
type Runner interface {
	// Run feeds inputs and fills outputs. An output names a tensor of the graph
	// and brings its shape and its memory, so that a caller who keeps his
	// buffers pays no copy and no allocation. Only the outputs asked for are
	// returned. Run stops soon after ctx ends, with ctx's cause. Several
	// goroutines may call Run at once, each with its own tensors.
	Run(ctx context.Context, inputs, outputs []Tensor) error
}

// Fan is a [Runner] of several devices that compute the same. [Text] and [Vision] have
// each of them at work on a batch.
type Fan interface {
	Runner
	// Devices returns a Runner for each device, always in the same order.
	Devices() []Runner
}

// devicesOf returns the Runners that may compute at once.
func devicesOf(r Runner) []Runner {
	if f, ok := r.(Fan); ok {
		return f.Devices()
	}
	return []Runner{r}
}
