package ort

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
	"github.com/saego/saego/models/onnx"
)

// checkSpec reports each name of the Spec that the graph does not have.
func checkSpec(g *onnx.Graph, s models.Spec) error {
	var errs []error
	for _, in := range s.Inputs {
		if _, ok := find(g.Inputs(), in.Name); !ok {
			errs = append(errs, unknown("input", in.Name, g.Inputs()))
		}
	}
	for _, h := range s.Hooks {
		if _, err := g.Resolve(h.Name); err != nil {
			errs = append(errs, err)
		}
	}
	if _, ok := find(g.Outputs(), s.Logits); !ok && s.Logits != "" {
		errs = append(errs, unknown("output", s.Logits, g.Outputs()))
	}
	return errors.Join(errs...)
}

// check sees that the part can be run on these tensors, of which the outputs are in its
// own order, and returns the inputs that it takes, in its order.
func (s *session) check(inputs, outputs []extract.Tensor) ([]extract.Tensor, error) {
	ordered := make([]extract.Tensor, len(s.inputs))
	for i, name := range s.inputs {
		t, ok := byName(inputs, name)
		if !ok {
			return nil, fmt.Errorf("input %q is not given", name)
		}
		if err := checkTensor("input", t, s.part.Inputs[i]); err != nil {
			return nil, err
		}
		ordered[i] = t
	}
	for i, t := range outputs {
		if err := checkTensor("output", t, s.part.Outputs[i]); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// byName returns the tensor of that name.
func byName(tensors []extract.Tensor, name string) (extract.Tensor, bool) {
	i := slices.IndexFunc(tensors, func(t extract.Tensor) bool { return t.Name == name })
	if i < 0 {
		return extract.Tensor{}, false
	}
	return tensors[i], true
}

func checkTensor(kind string, t extract.Tensor, v onnx.Value) error {
	if err := checkMemory(t, v); err != nil {
		return fmt.Errorf("%s %q: %w", kind, t.Name, err)
	}
	return checkShape(kind, t, v)
}

func checkMemory(t extract.Tensor, v onnx.Value) error {
	size := int64(1)
	for _, n := range t.Shape {
		size *= n
	}
	switch have := len(t.Float32) + len(t.Int64); {
	case (t.Float32 == nil) == (t.Int64 == nil):
		return errors.New("want either Float32 or Int64 set")
	case size < 1 || int64(have) != size:
		return fmt.Errorf("%d values do not fill shape %v, or there are none", have, t.Shape)
	case v.Elem == onnx.Unknown: // the run finds out
		return nil
	case t.Float32 != nil && v.Elem != onnx.Float32:
		return fmt.Errorf("float32 is given, the graph has %s", v.Elem)
	case t.Int64 != nil && v.Elem != onnx.Int64:
		return fmt.Errorf("int64 is given, the graph has %s", v.Elem)
	}
	return nil
}

// checkShape compares the fixed axes; ONNX Runtime does so for inputs, but for
// outputs only after it has computed them.
func checkShape(kind string, t extract.Tensor, v onnx.Value) error {
	ok := v.Shape == nil || len(v.Shape) == len(t.Shape)
	for i := 0; ok && i < len(v.Shape); i++ {
		ok = v.Shape[i].Size < 1 || v.Shape[i].Size == t.Shape[i]
	}
	if !ok {
		return fmt.Errorf("%s %q has shape %v, the graph has %s", kind, t.Name, t.Shape, v.Axes())
	}
	return nil
}

func find(values []onnx.Value, name string) (onnx.Value, bool) {
	i := slices.IndexFunc(values, func(v onnx.Value) bool { return v.Name == name })
	if i < 0 {
		return onnx.Value{}, false
	}
	return values[i], true
}

func unknown(kind, name string, values []onnx.Value) error {
	return fmt.Errorf("no %s %q in the graph: there are %s", kind, name, strings.Join(namesOf(values), ", "))
}

func namesOf(values []onnx.Value) []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.Name
	}
	return names
}
