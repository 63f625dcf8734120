package onnx

import (
	"encoding/binary"
	"io"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is an encoded protobuf message. Weights are referred to, and encoded only
// when the message is written, so that a large model is not held twice.
type message struct {
	parts []part
	size  int
}

// part is some of a message's bytes; either field is set.
type part struct {
	bytes  []byte
	floats []float32
}

func (m *message) add(b []byte) {
	m.size += len(b)
	if last := len(m.parts) - 1; last >= 0 && m.parts[last].floats == nil {
		m.parts[last].bytes = append(m.parts[last].bytes, b...)
		return
	}
	m.parts = append(m.parts, part{bytes: b})
}

func (m *message) tag(field protowire.Number, t protowire.Type) {
	m.add(protowire.AppendTag(nil, field, t))
}

func (m *message) int(field protowire.Number, v int64) {
	m.tag(field, protowire.VarintType)
	m.add(protowire.AppendVarint(nil, uint64(v)))
}

func (m *message) float(field protowire.Number, v float32) {
	m.tag(field, protowire.Fixed32Type)
	m.add(protowire.AppendFixed32(nil, math.Float32bits(v)))
}

// length begins a field of n bytes.
func (m *message) length(field protowire.Number, n int) {
	m.tag(field, protowire.BytesType)
	m.add(protowire.AppendVarint(nil, uint64(n)))
}

func (m *message) bytes(field protowire.Number, b []byte) {
	m.length(field, len(b))
	m.add(b)
}

func (m *message) string(field protowire.Number, s string) { m.bytes(field, []byte(s)) }

func (m *message) message(field protowire.Number, sub message) {
	m.length(field, sub.size)
	for _, p := range sub.parts {
		if p.floats == nil {
			m.add(p.bytes)
			continue
		}
		m.addFloats(p.floats)
	}
}

// floats adds v as little-endian bytes.
func (m *message) floats(field protowire.Number, v []float32) {
	m.length(field, 4*len(v))
	m.addFloats(v)
}

func (m *message) addFloats(v []float32) {
	if len(v) == 0 {
		return
	}
	m.size += 4 * len(v)
	m.parts = append(m.parts, part{floats: v})
}

func (m *message) write(w io.Writer) error {
	for _, p := range m.parts {
		if _, err := w.Write(p.bytes); err != nil {
			return err
		}
		if err := writeFloats(w, p.floats); err != nil {
			return err
		}
	}
	return nil
}

// writeFloats writes v little-endian.
func writeFloats(w io.Writer, v []float32) error {
	var buffer []byte
	for chunk := range slices.Chunk(v, 1<<14) {
		buffer = buffer[:0]
		for _, f := range chunk {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(f))
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}
