package onnx

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// errCut says that a file does not end where its messages do.
var errCut = errors.New("it is no ONNX graph, or is cut off or damaged: copy or export it again")

// damaged is errCut with what protowire found.
func damaged(n int) error { return fmt.Errorf("%w: %w", protowire.ParseError(n), errCut) }

// field is a field of a message in memory.
type field struct {
	num protowire.Number
	raw []byte // with its tag
	val []byte // content, where its length is stated
	n   uint64 // value, where it is a varint
}

// eachField calls f for the fields of a message.
func eachField(message []byte, f func(field) error) error {
	for len(message) > 0 {
		num, typ, tag := protowire.ConsumeTag(message)
		if tag < 0 {
			return damaged(tag)
		}
		size := protowire.ConsumeFieldValue(num, typ, message[tag:])
		if size < 0 {
			return damaged(size)
		}
		x := field{num: num, raw: message[:tag+size]}
		switch typ {
		case protowire.BytesType:
			x.val, _ = protowire.ConsumeBytes(message[tag:])
		case protowire.VarintType:
			x.n, _ = protowire.ConsumeVarint(message[tag:])
		}
		if err := f(x); err != nil {
			return err
		}
		message = message[tag+size:]
	}
	return nil
}

// span is a field of a message in a file.
type span struct {
	num      protowire.Number
	n        uint64 // value, where it is a varint
	from     int64  // where its tag lies
	body, to int64  // where its content lies
	bytes    bool   // it has a stated length
}

// maxHead is the most bytes of a tag and a length, or of a tag and a number.
const maxHead = 20

// eachSpan calls f for the fields of the message that lies at [from, to) of file. It
// reads their tags alone.
func eachSpan(file io.ReaderAt, from, to int64, f func(span) error) error {
	for from < to {
		s, err := readSpan(file, from, to)
		if err != nil {
			return fmt.Errorf("at byte %d: %w", from, err)
		}
		if err := f(s); err != nil {
			return err
		}
		from = s.to
	}
	return nil
}

func readSpan(file io.ReaderAt, from, to int64) (span, error) {
	var memory [maxHead]byte
	head := memory[:min(maxHead, to-from)]
	if n, err := file.ReadAt(head, from); n < len(head) {
		return span{}, errors.Join(errCut, err)
	}
	num, typ, tag := protowire.ConsumeTag(head)
	if tag < 0 {
		return span{}, damaged(tag)
	}
	s := span{num: num, from: from, body: from + int64(tag)}
	if typ != protowire.BytesType {
		size := protowire.ConsumeFieldValue(num, typ, head[tag:])
		if size < 0 {
			return span{}, damaged(size)
		}
		if typ == protowire.VarintType {
			s.n, _ = protowire.ConsumeVarint(head[tag:])
		}
		s.to = s.body + int64(size)
		return s, nil
	}
	length, size := protowire.ConsumeVarint(head[tag:])
	if size < 0 {
		return span{}, damaged(size)
	}
	s.bytes, s.body = true, s.body+int64(size)
	if length > uint64(to-s.body) {
		return span{}, errCut
	}
	s.to = s.body + int64(length)
	return s, nil
}

// read returns what lies at [from, to) of file.
func read(file io.ReaderAt, from, to int64) ([]byte, error) {
	b := make([]byte, to-from)
	if n, err := file.ReadAt(b, from); n < len(b) {
		return nil, errors.Join(errCut, err)
	}
	return b, nil
}

// entry reads a StringStringEntryProto.
func entry(message []byte) (key, value string, err error) {
	err = eachField(message, func(x field) error {
		switch x.num {
		case 1:
			key = string(x.val)
		case 2:
			value = string(x.val)
		}
		return nil
	})
	return key, value, err
}

func appendBytes(b []byte, num protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), v)
}

func appendString(b []byte, num protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), v)
}

func appendInt(b []byte, num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
}

// appendEntry appends a StringStringEntryProto.
func appendEntry(b []byte, num protowire.Number, key, value string) []byte {
	return appendBytes(b, num, appendString(appendString(nil, 1, key), 2, value))
}
