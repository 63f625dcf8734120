package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// SpellOutAttention replaces each operator Attention of the part by those that it stands
// for: softmax(Q·Kᵀ·scale, masked)·V. Runtimes that do not know the operator, which came
// with opset 23, run the part then.
//
// It knows what attention is in a network that computes rows: heads in an axis of their own,
// a mask of any kind, no cache. Anything else is an error that names it.
func (p *Part) SpellOutAttention() error {
	s := speller{part: p, elems: map[string]Elem{}}
	model, err := s.model(p.Bytes)
	if err != nil {
		return fmt.Errorf("onnx: operator Attention: %w", err)
	}
	p.Bytes = model
	return nil
}

// speller is one call of [Part.SpellOutAttention].
type speller struct {
	part    *Part
	elems   map[string]Elem // of described tensors
	weights []byte          // fields of the GraphProto, to be added
}

// model rewrites a ModelProto.
func (s *speller) model(message []byte) (to []byte, err error) {
	err = eachField(message, func(x field) error {
		if x.num != 7 {
			to = append(to, x.raw...)
			return nil
		}
		if err := s.describe(x.val); err != nil {
			return err
		}
		graph, err := s.graph(x.val)
		to = appendBytes(to, 7, graph)
		return err
	})
	return to, err
}

// describe notes the types of tensors.
func (s *speller) describe(graph []byte) error {
	return eachField(graph, func(x field) error {
		if x.num != 11 && x.num != 13 {
			return nil
		}
		v, err := readValue(x.val)
		s.elems[v.Name] = v.Elem
		return err
	})
}

func (s *speller) graph(message []byte) (to []byte, err error) {
	err = eachField(message, func(x field) error {
		if x.num == 1 {
			n, err := readNode(x.val)
			if err != nil {
				return err
			}
			if n.op == "Attention" {
				nodes, err := s.spell(n)
				to = append(to, nodes...)
				return err
			}
		}
		to = append(to, x.raw...)
		return nil
	})
	return append(to, s.weights...), err
}

// spell returns the nodes that an Attention stands for, as fields of the GraphProto. Names
// of tensors between them begin with that of its output, which no other node has.
func (s *speller) spell(n node) (nodes []byte, err error) {
	a, err := readAttention(n)
	if err != nil {
		return nil, fmt.Errorf("node of %q: %w", n.out[0], err)
	}
	out := n.out[0]
	add := func(op, to string, attribute []byte, in ...string) string {
		nodes = appendBytes(nodes, 1, newNode(op, out+to, attribute, in...))
		return out + to
	}
	keys := add("Transpose", ".keys", intsAttribute("perm", 0, 1, 3, 2), n.in[1])
	scores := add("MatMul", ".products", nil, n.in[0], keys)
	if a.scale != 0 {
		scores = add("Mul", ".scores", nil, scores, s.scalar(out+".scale", a.scale))
	} else { // by the root of the heads' width
		width := add("Shape", ".width", intAttribute("start", minusOne), n.in[0])
		width = add("Cast", ".width.float32", intAttribute("to", uint64(Float32)), width)
		scores = add("Div", ".scores", nil, scores, add("Sqrt", ".root", nil, width))
	}
	if len(n.in) > 3 && n.in[3] != "" {
		switch mask := n.in[3]; s.elems[mask] {
		case elemBool:
			scores = add("Where", ".masked", nil, mask, scores, s.scalar(out+".never", masked))
		case Float32:
			scores = add("Add", ".masked", nil, scores, mask)
		default:
			return nil, fmt.Errorf("node of %q: its mask %q is of %v: want float32 or bool", out, mask, s.elems[mask])
		}
	}
	weights := add("Softmax", ".weights", intAttribute("axis", minusOne), scores)
	add("MatMul", "", nil, weights, n.in[2])
	return nodes, nil
}

const (
	elemBool Elem = 9
	minusOne      = math.MaxUint64 // as a varint
	// masked is a score that no softmax notices. It is finite, so that a row of nothing
	// else is no NaN, and stays so in bfloat16.
	masked = -1e30
)

// attention is what the attributes of a node say.
type attention struct{ scale float32 }

// readAttention reads the attributes of a node and refuses what is not known.
func readAttention(n node) (a attention, err error) {
	for _, more := range append(n.in[min(len(n.in), 4):], n.out[1:]...) {
		if more != "" {
			return a, fmt.Errorf("it has a cache or returns its scores (%q), which is not known", more)
		}
	}
	if len(n.in) < 3 {
		return a, errors.New("it lacks an input")
	}
	err = eachField(n.raw, func(x field) error {
		if x.num != 5 {
			return nil
		}
		name, f, i, err := readNumber(x.val)
		switch name {
		case "scale":
			a.scale = f
		case "is_causal", "softcap", "q_num_heads", "kv_num_heads":
			if f != 0 || i != 0 {
				return fmt.Errorf("its attribute %s is set, which is not known", name)
			}
		}
		return err
	})
	return a, err
}

// readNumber reads an AttributeProto of a number.
func readNumber(message []byte) (name string, f float32, i uint64, err error) {
	err = eachField(message, func(x field) error {
		switch x.num {
		case 1:
			name = string(x.val)
		case 2:
			bits, size := protowire.ConsumeFixed32(x.raw[protowire.SizeTag(2):])
			if size < 0 {
				return protowire.ParseError(size)
			}
			f = math.Float32frombits(bits)
		case 3:
			i = x.n
		}
		return nil
	})
	return name, f, i, err
}

// scalar adds a weight of one number and returns its name.
func (s *speller) scalar(name string, v float32) string {
	w := appendString(appendInt(nil, 2, uint64(Float32)), 8, name)
	w = appendBytes(w, 9, binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	s.weights = appendBytes(s.weights, 5, w)
	return name
}

// newNode returns a NodeProto of one output.
func newNode(op, out string, attribute []byte, in ...string) (n []byte) {
	for _, name := range in {
		n = appendString(n, 1, name)
	}
	n = appendString(appendString(n, 2, out), 4, op)
	if attribute != nil {
		n = appendBytes(n, 5, attribute)
	}
	return n
}

func intAttribute(name string, v uint64) []byte {
	return appendInt(appendInt(appendString(nil, 1, name), 3, v), 20, 2) // of type INT
}

func intsAttribute(name string, values ...uint64) []byte {
	a := appendString(nil, 1, name)
	for _, v := range values {
		a = appendInt(a, 8, v)
	}
	return appendInt(a, 20, 7) // of type INTS
}
