package mixbuf

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// stateFormat is how the file says what it is.
const stateFormat = "saego activations store"

// metadata is what safetensors calls __metadata__.
type metadata struct {
	Format string `json:"format"`
	State  string `json:"state"` // a summary, as JSON
}

// tensor is an entry of the header of a safetensors file.
type tensor struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"` // bytes, behind the header
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// WriteState writes down where the latest pass is, as one safetensors file. It may
// be called while the consumer holds a batch, and after the pass, however that
// ended: what follows in both cases is the batch behind the one served last. The
// source must be an [extract.Resumer]. Rows are written from where they lie.
func (b *Buffer) WriteState(w io.Writer) error {
	if err := b.writeState(w); err != nil {
		return fmt.Errorf("mixbuf: write state: %w", err)
	}
	return nil
}

func (b *Buffer) writeState(w io.Writer) error {
	if err := b.resumable(); err != nil {
		return err
	}
	if b.pass == nil {
		return errors.New("no pass has begun: call Batches first")
	}
	s, err := b.summary()
	if err != nil {
		return err
	}
	head, err := s.header()
	if err != nil {
		return err
	}
	sum := crc32.New(castagnoli)
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	e := encoder{w: out}
	e.put(head)
	e.rows(b.pass)
	if e.err == nil {
		e.err = out.Flush()
	}
	if e.err != nil {
		return e.err
	}
	return binary.Write(w, binary.LittleEndian, sum.Sum32())
}

// header returns the head of the file: its length in 8 bytes, and safetensors' JSON,
// padded with spaces to whole words.
func (s summary) header() ([]byte, error) {
	own, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	all := map[string]any{"__metadata__": metadata{Format: stateFormat, State: string(own)}}
	offset := 0
	add := func(name, dtype string, shape ...int) {
		size := 4
		for _, n := range shape {
			size *= n
		}
		all[name] = tensor{dtype, shape, [2]int{offset, offset + size}}
		offset += size
	}
	for _, part := range []struct {
		prefix string
		rows   int
	}{{"", s.Rows}, {"pending_", s.Pending}} {
		add(part.prefix+"rows", "F32", part.rows, s.DIn)
		if s.DOut > 0 {
			add(part.prefix+"targets", "F32", part.rows, s.DOut)
		}
		add(part.prefix+"origins", "I32", part.rows, 4)
	}
	add("crc32c", "U32", 1)
	text, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}

// encoder writes values until the first error.
type encoder struct {
	w   io.Writer
	buf []byte
	err error
}

// rows writes the rows of p, their targets and origins, the pool's in the order of
// its slots.
func (e *encoder) rows(p *pass) {
	for _, slot := range p.slots[:p.n] {
		e.put(p.row(slot))
	}
	for _, slot := range p.slots[:p.n] {
		e.put(p.target(slot))
	}
	for _, slot := range p.slots[:p.n] {
		e.put(p.origins[slot])
	}
	left := p.left()
	for i := range left.Len() {
		e.put(left.Row(i))
	}
	for i := range left.Len() {
		e.put(left.TargetRow(i))
	}
	e.put(left.Origin)
}

// put writes a value of fixed size, or a slice of them, little-endian.
func (e *encoder) put(v any) {
	if e.err != nil {
		return
	}
	if e.buf, e.err = binary.Append(e.buf[:0], binary.LittleEndian, v); e.err == nil {
		_, e.err = e.w.Write(e.buf)
	}
}
