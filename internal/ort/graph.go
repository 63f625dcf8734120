package ort

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// graph is an ONNX graph and what its inputs and outputs are.
type graph struct {
	dir     string                 // model folder on disk; "" = embedded
	path    string                 // of the graph on disk
	files   []string               // names of all files of the folder
	data    []byte                 // the graph itself; nil = on disk
	inputs  []onnx.InputOutputInfo // in the graph's order
	outputs []onnx.InputOutputInfo
}

// readGraph reads the names, types and shapes of m's inputs and outputs.
func readGraph(m *models.Model) (graph, error) {
	g := graph{dir: m.Dir, path: m.GraphPath(), files: slices.Collect(maps.Keys(m.Spec.Files))}
	if g.dir == "" {
		data, err := m.GraphBytes()
		if err != nil {
			return graph{}, err
		}
		g.data = data
	}
	// Nothing is run by the session that is made to ask, so it is not optimised.
	o, err := onnx.NewSessionOptions()
	if err != nil {
		return graph{}, err
	}
	err = o.SetGraphOptimizationLevel(onnx.GraphOptimizationLevelDisableAll)
	if err == nil {
		err = g.readInfo(o)
	}
	return g, errors.Join(err, o.Destroy())
}

func (g *graph) readInfo(o *onnx.SessionOptions) (err error) {
	if g.data != nil {
		// The wrapped library takes no options here.
		g.inputs, g.outputs, err = onnx.GetInputOutputInfoWithONNXData(g.data)
		return err
	}
	return g.onDisk(func(path string) error {
		g.inputs, g.outputs, err = onnx.GetInputOutputInfoWithOptions(path, o)
		return err
	})
}

func (g *graph) inputNames() []string { return names(g.inputs) }

// checkSpec reports each name of the Spec that the graph does not have.
func (g *graph) checkSpec(s models.Spec) error {
	var errs []error
	for _, in := range s.Inputs {
		if _, ok := find(g.inputs, in.Name); !ok {
			errs = append(errs, unknown("input", in.Name, g.inputs))
		}
	}
	for _, h := range s.Hooks {
		if _, ok := find(g.outputs, h.Name); !ok {
			errs = append(errs, unknown("output", h.Name, g.outputs))
		}
	}
	if _, ok := find(g.outputs, s.Logits); !ok && s.Logits != "" {
		errs = append(errs, unknown("output", s.Logits, g.outputs))
	}
	return errors.Join(errs...)
}

// check sees that a run can be made of these tensors, and returns the inputs in
// the graph's order.
func (g *graph) check(inputs, outputs []extract.Tensor) ([]extract.Tensor, error) {
	if len(outputs) == 0 {
		return nil, errors.New("no output is asked for")
	}
	ordered := make([]extract.Tensor, len(g.inputs))
	for i, info := range g.inputs {
		k := slices.IndexFunc(inputs, func(t extract.Tensor) bool { return t.Name == info.Name })
		if k < 0 {
			return nil, fmt.Errorf("input %q is not given", info.Name)
		}
		ordered[i] = inputs[k]
	}
	for i, t := range inputs {
		if err := checkTensor("input", t, g.inputs, inputs[:i]); err != nil {
			return nil, err
		}
	}
	for i, t := range outputs {
		if err := checkTensor("output", t, g.outputs, outputs[:i]); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// checkTensor holds t against the graph's tensor of its name; before are the
// tensors that come before it in the same list.
func checkTensor(kind string, t extract.Tensor, infos []onnx.InputOutputInfo, before []extract.Tensor) error {
	info, ok := find(infos, t.Name)
	if !ok {
		return unknown(kind, t.Name, infos)
	}
	if slices.ContainsFunc(before, func(b extract.Tensor) bool { return b.Name == t.Name }) {
		return fmt.Errorf("%s %q is given twice", kind, t.Name)
	}
	if err := checkMemory(t, info); err != nil {
		return fmt.Errorf("%s %q: %w", kind, t.Name, err)
	}
	return checkShape(kind, t, info)
}

func checkMemory(t extract.Tensor, info onnx.InputOutputInfo) error {
	size := int64(1)
	for _, n := range t.Shape {
		size *= n
	}
	switch have := len(t.Float32) + len(t.Int64); {
	case (t.Float32 == nil) == (t.Int64 == nil):
		return errors.New("want either Float32 or Int64 set")
	case size < 1 || int64(have) != size:
		return fmt.Errorf("%d values do not fill shape %v, or there are none", have, t.Shape)
	case t.Float32 != nil && info.DataType != onnx.TensorElementDataTypeFloat:
		return fmt.Errorf("float32 is given, the graph has %s", info.DataType)
	case t.Int64 != nil && info.DataType != onnx.TensorElementDataTypeInt64:
		return fmt.Errorf("int64 is given, the graph has %s", info.DataType)
	}
	return nil
}

// checkShape compares the fixed axes; ONNX Runtime does so for inputs, but for
// outputs only after it has computed them.
func checkShape(kind string, t extract.Tensor, info onnx.InputOutputInfo) error {
	ok := len(info.Dimensions) == 0 || len(info.Dimensions) == len(t.Shape)
	for i := 0; ok && i < len(info.Dimensions); i++ {
		ok = info.Dimensions[i] < 1 || info.Dimensions[i] == t.Shape[i]
	}
	if !ok {
		return fmt.Errorf("%s %q has shape %v, the graph has %v (-1 = any)", kind, t.Name, t.Shape, info.Dimensions)
	}
	return nil
}

func find(infos []onnx.InputOutputInfo, name string) (onnx.InputOutputInfo, bool) {
	for _, info := range infos {
		if info.Name == name {
			return info, true
		}
	}
	return onnx.InputOutputInfo{}, false
}

func unknown(kind, name string, infos []onnx.InputOutputInfo) error {
	return fmt.Errorf("no %s %q in the graph: there are %s", kind, name, strings.Join(names(infos), ", "))
}

func names(infos []onnx.InputOutputInfo) []string {
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = info.Name
	}
	return names
}
