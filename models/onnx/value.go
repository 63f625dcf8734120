package onnx

import (
	"fmt"
	"strings"
)

// Elem is the type of a tensor's values, TensorProto.DataType.
type Elem int32

// Types of values that hook points have, and those of inputs; see onnx.proto for others.
const (
	Unknown  Elem = 0
	Float32  Elem = 1
	Int64    Elem = 7
	Float16  Elem = 10
	Float64  Elem = 11
	BFloat16 Elem = 16
)

// Float says whether values of the type are numbers with a fraction.
func (e Elem) Float() bool {
	return e == Float32 || e == Float16 || e == Float64 || e == BFloat16
}

func (e Elem) String() string {
	switch e {
	case Float32:
		return "float32"
	case Float16:
		return "float16"
	case Float64:
		return "float64"
	case BFloat16:
		return "bfloat16"
	case Int64:
		return "int64"
	}
	return fmt.Sprintf("type %d of onnx.proto", e)
}

// Value is a tensor of a graph, as far as the graph describes it.
type Value struct {
	Name  string
	Elem  Elem  // Unknown where the graph does not say, or it is no tensor
	Shape []Dim // nil where the graph does not say, empty for a scalar

	raw []byte // its ValueInfoProto
}

// Dim is an axis of a shape: of a fixed size, or dynamic.
type Dim struct {
	Size int64  // 0 = dynamic
	Name string // of a dynamic axis, "" where it has none
}

// Width returns the size of the last axis: d_in of rows (…, d_in). It is 0 where that
// is not known.
func (v Value) Width() int {
	if len(v.Shape) == 0 {
		return 0
	}
	return int(v.Shape[len(v.Shape)-1].Size)
}

// Axes returns the shape for people: "(batch, sequence, 768)", "?" where it is not known.
func (v Value) Axes() string {
	if v.Shape == nil {
		return "?"
	}
	axes := make([]string, len(v.Shape))
	for i, d := range v.Shape {
		switch {
		case d.Size > 0:
			axes[i] = fmt.Sprint(d.Size)
		case d.Name != "":
			axes[i] = d.Name
		default:
			axes[i] = "?"
		}
	}
	return "(" + strings.Join(axes, ", ") + ")"
}

// readValue reads a ValueInfoProto.
func readValue(message []byte) (Value, error) {
	v := Value{raw: message}
	err := eachField(message, func(x field) error {
		switch x.num {
		case 1:
			v.Name = string(x.val)
		case 2: // TypeProto
			return eachField(x.val, func(x field) error {
				if x.num != 1 { // not a dense tensor
					return nil
				}
				return v.readTensorType(x.val)
			})
		}
		return nil
	})
	return v, err
}

// readTensorType reads a TypeProto.Tensor.
func (v *Value) readTensorType(message []byte) error {
	return eachField(message, func(x field) error {
		switch x.num {
		case 1:
			v.Elem = Elem(x.n)
		case 2: // TensorShapeProto
			v.Shape = []Dim{}
			return eachField(x.val, func(x field) error {
				if x.num != 1 {
					return nil
				}
				d, err := readDim(x.val)
				v.Shape = append(v.Shape, d)
				return err
			})
		}
		return nil
	})
}

func readDim(message []byte) (d Dim, err error) {
	err = eachField(message, func(x field) error {
		switch x.num {
		case 1:
			d.Size = max(0, int64(x.n))
		case 2:
			d.Name = string(x.val)
		}
		return nil
	})
	return d, err
}

// floatValue returns a ValueInfoProto of the shape of v and another name, of float32.
func floatValue(name string, v Value) []byte {
	tensor := appendInt(nil, 1, uint64(Float32))
	if v.Shape != nil {
		var shape []byte
		for _, d := range v.Shape {
			var dim []byte
			if d.Size > 0 {
				dim = appendInt(nil, 1, uint64(d.Size))
			} else if d.Name != "" {
				dim = appendString(nil, 2, d.Name)
			}
			shape = appendBytes(shape, 1, dim)
		}
		tensor = appendBytes(tensor, 2, shape)
	}
	return appendBytes(appendString(nil, 1, name), 2, appendBytes(nil, 1, tensor))
}
