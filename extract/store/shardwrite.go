package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/extract"
)

// originBytes is what an origin takes in a file: four int32.
const originBytes = 16

// shardFormat is how a shard says what it is.
const shardFormat = "saego activations"

// shardBuffer is a shard in the making, as the bytes that are to be written.
type shardBuffer struct {
	Description
	rows         int
	acts, target []byte
	origin       [4][]byte // as in columns
}

func newShardBuffer(d Description) *shardBuffer { return &shardBuffer{Description: d} }

// columns returns the names of the tensors of an origin, in the order of its fields.
func (d Description) columns() [4]string { return [4]string{"example", "pos", d.Unit, "label"} }

// add takes up the rows of b.
func (s *shardBuffer) add(b extract.Batch) error {
	var err error
	if s.acts, err = s.encode(s.acts, b.Data, b.DIn, b.Origin); err != nil {
		return fmt.Errorf("hook %s: %w", s.Hook, err)
	}
	if s.target, err = s.encode(s.target, b.Target, b.DOut, b.Origin); err != nil {
		return fmt.Errorf("hook %s: %w", s.Target, err)
	}
	for _, o := range b.Origin {
		for i, v := range [4]int32{o.Example, o.Position, o.Token, o.Label} {
			s.origin[i] = binary.LittleEndian.AppendUint32(s.origin[i], uint32(v))
		}
	}
	s.rows += b.Len()
	return nil
}

// encode appends rows of that width to dst.
func (s *shardBuffer) encode(dst []byte, rows []float32, width int, origin []extract.Origin) ([]byte, error) {
	c, from := codecs[s.DType], len(dst)
	dst = grow(dst, from+len(rows)*c.size)
	if bad := c.encode(dst[from:], rows); bad >= 0 {
		o, v := origin[bad/width], rows[bad]
		if v-v != 0 {
			return dst, fmt.Errorf("example %d, position %d: %g is no finite number", o.Example, o.Position, v)
		}
		return dst, fmt.Errorf("example %d, position %d: %g does not fit into %s, which goes to %s: take %s or %s",
			o.Example, o.Position, v, s.DType, c.most, BF16, F32)
	}
	return dst, nil
}

// grow returns b with length n; what it takes more is undefined.
func grow(b []byte, n int) []byte {
	if n > cap(b) {
		b = append(make([]byte, 0, max(n, 2*cap(b))), b...)
	}
	return b[:n]
}

// reset begins the next shard, in the same memory.
func (s *shardBuffer) reset() {
	s.rows, s.acts, s.target = 0, s.acts[:0], s.target[:0]
	for i := range s.origin {
		s.origin[i] = s.origin[i][:0]
	}
}

// write writes the shard behind what a part has, the file of its rows last: where that
// is, the other one is, too.
func (s *shardBuffer) write(ctx context.Context, place Place, m Manifest, p PartInfo) (out Shard, err error) {
	out.Rows = s.rows
	if s.DOut > 0 {
		name := fileName(p.Name, targetFile, len(p.Shards))
		sum, err := s.writeFile(ctx, place, name, s.target, s.DOut, metadata(m, p, s.Target))
		if err != nil {
			return out, err
		}
		out.Target = &sum
	}
	name := fileName(p.Name, actsFile, len(p.Shards))
	out.Acts, err = s.writeFile(ctx, place, name, s.acts, s.DIn, metadata(m, p, s.Hook))
	if err != nil && out.Target != nil {
		err = errors.Join(err, place.Remove(context.WithoutCancel(ctx), out.Target.Name))
	}
	return out, err
}

// metadata says what a file is, which follows the rows that a part has.
func metadata(m Manifest, p PartInfo, hook string) map[string]string {
	return map[string]string{
		"format": shardFormat, "config_hash": m.ConfigHash, "model": m.Model, "hook": hook,
		"part": p.Name, "first_row": strconv.Itoa(p.Rows),
	}
}

// writeFile writes the rows of one hook point with their origins.
func (s *shardBuffer) writeFile(ctx context.Context, place Place, name string, rows []byte, width int, meta map[string]string) (FileSum, error) {
	tensors := map[string]safetensors.TensorView{}
	add := func(name string, dtype safetensors.DType, data []byte, shape ...uint64) (err error) {
		tensors[name], err = safetensors.NewTensorView(dtype, shape, data)
		return err
	}
	err := add("acts", codecs[s.DType].dtype, rows, uint64(s.rows), uint64(width))
	for i, column := range s.columns() {
		err = errors.Join(err, add(column, safetensors.I32, s.origin[i], uint64(s.rows)))
	}
	if err != nil {
		return FileSum{}, fmt.Errorf("%s: %w", name, err)
	}
	return create(ctx, place, name, func(w io.Writer) error { return safetensors.SerializeToWriter(tensors, meta, w) })
}

// create writes a file and returns what identifies it.
func create(ctx context.Context, place Place, name string, write func(io.Writer) error) (sum FileSum, err error) {
	f, err := place.Create(ctx, name)
	if err != nil {
		return sum, fmt.Errorf("%s: %w", name, err)
	}
	hash, n := sha256.New(), &counter{}
	if err := write(io.MultiWriter(f, hash, n)); err != nil {
		return sum, fmt.Errorf("%s: %w", name, errors.Join(err, f.Abort()))
	}
	if err := f.Close(); err != nil {
		return sum, fmt.Errorf("%s: %w", name, err)
	}
	return FileSum{Name: name, Bytes: n.bytes, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// counter counts what is written to it.
type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}
