package onnx

import "io"

// Weights beside the graph begin at whole pages, so that they can be mapped; small
// constants stay in the graph, where a reader needs them to infer shapes.
const (
	pageSize      = 4096
	smallestAside = 1024 // bytes
)

// aside is a file of weights beside the graph.
type aside struct {
	name    string
	size    int64
	weights []placed
}

type placed struct {
	offset int64
	floats []float32
}

// place takes v into the file and returns where it begins.
func (a *aside) place(v []float32) (offset int64) {
	offset = (a.size + pageSize - 1) / pageSize * pageSize
	a.weights = append(a.weights, placed{offset, v})
	a.size = offset + 4*int64(len(v))
	return offset
}

func (a *aside) write(w io.Writer) error {
	at := int64(0)
	for _, p := range a.weights {
		if _, err := w.Write(make([]byte, p.offset-at)); err != nil {
			return err
		}
		if err := writeFloats(w, p.floats); err != nil {
			return err
		}
		at = p.offset + 4*int64(len(p.floats))
	}
	return nil
}
