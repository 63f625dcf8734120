package store

import (
	"encoding/binary"
	"fmt"

	"github.com/saego/saego/extract"
)

// read reads the rows [lo, hi) into the memory of b.
func (s *shard) read(b *extract.Batch, lo, hi int) (err error) {
	b.DIn, b.DOut = s.DIn, s.DOut
	if b.Data, err = s.acts.rows(b.Data, s.DType, s.DIn, lo, hi); err != nil {
		return err
	}
	if s.DOut > 0 {
		if b.Target, err = s.target.rows(b.Target, s.DType, s.DOut, lo, hi); err != nil {
			return err
		}
	}
	b.Origin = b.Origin[:0]
	for i := lo; i < hi; i++ {
		b.Origin = append(b.Origin, extract.Origin{
			Example: s.at(0, i), Position: s.at(1, i), Token: s.at(2, i), Label: s.at(3, i),
		})
	}
	return nil
}

// at returns the value of a column at row i.
func (s *shard) at(column, i int) int32 {
	return int32(binary.LittleEndian.Uint32(s.origin[column][4*i:]))
}

// begins returns how many examples begin in the rows [lo, hi), each shard with a new one.
func (s *shard) begins(lo, hi int) (n int) {
	for i := lo; i < hi; i++ {
		if i == 0 || s.at(0, i) != s.at(0, i-1) {
			n++
		}
	}
	return n
}

// rows decodes the rows [lo, hi), of that width, into the memory of dst.
func (f *tensorFile) rows(dst []float32, dtype DType, width, lo, hi int) ([]float32, error) {
	c := codecs[dtype]
	n := (hi - lo) * width
	if cap(dst) < n {
		dst = make([]float32, n)
	}
	dst = dst[:n]
	from := f.offset + int64(lo)*int64(width*c.size)
	if f.bytes != nil {
		c.decode(dst, f.bytes[from:][:n*c.size])
		return dst, nil
	}
	f.buf = grow(f.buf, n*c.size)
	if _, err := f.file.ReadAt(f.buf, from); err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	c.decode(dst, f.buf)
	return dst, nil
}
