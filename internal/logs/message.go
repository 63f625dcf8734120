package logs

import (
	"iter"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protocol buffer that is being written, field by field. The few
// messages that loggers need are written by their numbers: the generated code of
// TensorFlow and W&B would bring both along.
type message []byte

func (m *message) uint(field protowire.Number, v uint64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), v)
}

func (m *message) double(field protowire.Number, v float64) {
	*m = protowire.AppendFixed64(protowire.AppendTag(*m, field, protowire.Fixed64Type), math.Float64bits(v))
}

// doubles writes a packed list.
func (m *message) doubles(field protowire.Number, vs []float64) {
	var list message
	for _, v := range vs {
		list = protowire.AppendFixed64(list, math.Float64bits(v))
	}
	m.nested(field, list)
}

func (m *message) float(field protowire.Number, v float32) {
	*m = protowire.AppendFixed32(protowire.AppendTag(*m, field, protowire.Fixed32Type), math.Float32bits(v))
}

// text writes a string; that it is absent says the same of an empty one.
func (m *message) text(field protowire.Number, v string) {
	if v != "" {
		*m = protowire.AppendString(protowire.AppendTag(*m, field, protowire.BytesType), v)
	}
}

func (m *message) nested(field protowire.Number, v message) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), v)
}

// field is a field of a message that is being read: its number where it is a number,
// else its bytes.
type field struct {
	number protowire.Number
	uint   uint64
	bytes  []byte
}

// fields iterates over the fields of m up to the first that is broken.
func (m message) fields() iter.Seq[field] {
	return func(yield func(field) bool) {
		for len(m) > 0 {
			number, kind, n := protowire.ConsumeTag(m)
			if n < 0 {
				return
			}
			m = m[n:]
			f := field{number: number}
			switch kind {
			case protowire.VarintType:
				f.uint, n = protowire.ConsumeVarint(m)
			case protowire.BytesType:
				f.bytes, n = protowire.ConsumeBytes(m)
			default:
				n = protowire.ConsumeFieldValue(number, kind, m)
			}
			if n < 0 || !yield(f) {
				return
			}
			m = m[n:]
		}
	}
}

// bytes returns the last field of a number, nil if there is none.
func (m message) bytes(number protowire.Number) (last message) {
	for f := range m.fields() {
		if f.number == number {
			last = f.bytes
		}
	}
	return last
}

// int returns the last field of a number, 0 if there is none.
func (m message) int(number protowire.Number) (last int) {
	for f := range m.fields() {
		if f.number == number {
			last = int(f.uint)
		}
	}
	return last
}
