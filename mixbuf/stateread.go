package mixbuf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// maxHeader bounds the head of a file, in bytes, before memory is taken for it.
const maxHeader = 64 << 10

// ReadState takes up the pass that [Buffer.WriteState] wrote: the next call of
// Batches goes on with it. The source must be an [extract.Resumer] over the same
// model, hook point and data, and the settings must be the same. A file that is cut
// short, changed or foreign is refused, and b stays as it is.
func (b *Buffer) ReadState(r io.Reader) error {
	p, err := b.readState(r)
	if err != nil {
		return fmt.Errorf("mixbuf: read state: %w", err)
	}
	b.pass, b.resumed = p, true
	return nil
}

func (b *Buffer) readState(r io.Reader) (*pass, error) {
	if err := b.resumable(); err != nil {
		return nil, err
	}
	d := &decoder{r: bufio.NewReaderSize(r, 64<<10)}
	s, err := d.summary()
	if err != nil {
		return nil, err
	}
	if err := b.check(s); err != nil {
		return nil, err
	}
	if err := d.checkHeader(s); err != nil {
		return nil, err
	}
	p := newPass(b.cfg, b.Info())
	p.n, p.due, p.ended = s.Rows, s.Due, s.Ended
	p.stats, p.in.Next = Stats{Read: s.Read, Served: s.Served}, s.Cursor
	if err := p.rng.UnmarshalBinary(s.Rand); err != nil {
		return nil, err
	}
	d.rows(p, s.Pending)
	return p, d.end()
}

// decoder reads values until the first error.
type decoder struct {
	r    *bufio.Reader
	head []byte
	buf  []byte
	sum  uint32 // of what was read
	err  error
}

// summary reads the head of the file.
func (d *decoder) summary() (s summary, err error) {
	var size uint64
	d.get(&size)
	if size > maxHeader {
		return s, fmt.Errorf("a header of %d bytes, want at most %d: it is no %s", size, maxHeader, StateFile)
	}
	d.head = make([]byte, size)
	d.get(d.head)
	if d.err != nil {
		return s, d.err
	}
	var all struct {
		Metadata metadata `json:"__metadata__"`
	}
	if err := json.Unmarshal(d.head, &all); err != nil {
		return s, fmt.Errorf("header: %w: it is no %s", err, StateFile)
	}
	if all.Metadata.Format != stateFormat {
		return s, fmt.Errorf("header: format is %q, want %q: it is no %s", all.Metadata.Format, stateFormat, StateFile)
	}
	if err := json.Unmarshal([]byte(all.Metadata.State), &s); err != nil {
		return s, fmt.Errorf("header: state: %w", err)
	}
	return s, nil
}

// checkHeader says whether the head, and with it each shape and place, is what
// WriteState writes for s.
func (d *decoder) checkHeader(s summary) error {
	want, err := s.header()
	if err == nil && !bytes.Equal(d.head, want[8:]) {
		err = errors.New("damaged: the header contradicts itself")
	}
	return err
}

// rows reads the rows of p, their targets and origins.
func (d *decoder) rows(p *pass, pending int) {
	for i := range p.n {
		d.get(p.row(int32(i)))
	}
	for i := range p.n {
		d.get(p.target(int32(i)))
	}
	for i := range p.n {
		d.get(&p.origins[i])
	}
	p.in.Data = appendRows(d, p.in.Data, pending, p.dIn)
	p.in.Target = appendRows(d, p.in.Target, pending, p.dOut)
	p.in.Origin = appendRows(d, p.in.Origin, pending, 1)
}

// appendRows appends rows of that many values to dst. Memory is taken for what the
// file has, not for what it claims.
func appendRows[T any](d *decoder, dst []T, rows, width int) []T {
	row := make([]T, width)
	for i := 0; i < rows && d.err == nil; i++ {
		d.get(row)
		dst = append(dst, row...)
	}
	return dst
}

// get reads a value of fixed size, or a slice of them.
func (d *decoder) get(v any) {
	if d.err != nil {
		return
	}
	size := binary.Size(v)
	if cap(d.buf) < size {
		d.buf = make([]byte, size)
	}
	d.buf = d.buf[:size]
	if _, err := io.ReadFull(d.r, d.buf); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		d.err = fmt.Errorf("damaged: it is cut short: %w", io.ErrUnexpectedEOF)
		return
	} else if err != nil {
		d.err = err
		return
	}
	d.sum = crc32.Update(d.sum, castagnoli, d.buf)
	_, d.err = binary.Decode(d.buf, binary.LittleEndian, v)
}

// end checks the sum at the end of the file, and that this is its end.
func (d *decoder) end() error {
	got, want := d.sum, uint32(0)
	d.get(&want)
	if d.err == nil && got != want {
		d.err = fmt.Errorf("damaged: its checksum is %08x, want %08x", got, want)
	}
	if _, err := d.r.ReadByte(); d.err == nil && !errors.Is(err, io.EOF) {
		d.err = errors.Join(errors.New("damaged: there is more behind its end"), err)
	}
	return d.err
}
