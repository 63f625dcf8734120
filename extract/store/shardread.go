package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nlpodyssey/safetensors"
)

const (
	maxHeader = 1 << 20 // bytes of a shard's header
	// mappedRows are read at a time from memory: a batch of them fits the caches.
	mappedRows = 1024
	// readBytes are read at a time from elsewhere, for which many small reads are slow.
	readBytes = 8 << 20
)

// shard is a shard that is being read.
type shard struct {
	Description
	acts, target tensorFile
	origin       [4][]byte // whole columns
	step         int       // rows that are read at a time
}

// tensorFile is a file of a shard, and where its rows are.
type tensorFile struct {
	name   string
	file   Reader // nil for none
	bytes  []byte // the file as memory, where it is
	offset int64  // of the rows
	buf    []byte
}

// openShard opens shard i of a part.
func openShard(ctx context.Context, st *Store, p PartInfo, i int) (_ *shard, err error) {
	s := &shard{Description: st.m.Description}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	want := p.Shards[i]
	p.Rows = i * st.m.ShardRows // as it was when the shard was written
	if want.Target != nil {
		if _, err := s.target.open(ctx, st.place, *want.Target, want.Rows, s.DOut, st.m, metadata(st.m, p, s.Target)); err != nil {
			return nil, err
		}
	}
	columns, err := s.acts.open(ctx, st.place, want.Acts, want.Rows, s.DIn, st.m, metadata(st.m, p, s.Hook))
	if err != nil {
		return nil, err
	}
	for c, name := range s.columns() {
		s.origin[c] = make([]byte, 4*want.Rows)
		if _, err := s.acts.file.ReadAt(s.origin[c], columns[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", want.Acts.Name, err)
		}
	}
	s.step = mappedRows
	if s.acts.bytes == nil {
		s.step = max(s.step, readBytes/(s.DIn*s.DType.Size()))
	}
	return s, nil
}

func (s *shard) close() (err error) {
	for _, f := range []tensorFile{s.acts, s.target} {
		if f.file != nil {
			err = errors.Join(err, f.file.Close())
		}
	}
	return err
}

// open opens a file and checks that it is what the manifest says. It returns where its
// tensors begin.
func (f *tensorFile) open(ctx context.Context, place Place, sum FileSum, rows, width int, m Manifest, meta map[string]string) (map[string]int64, error) {
	f.name = sum.Name
	r, err := place.Open(ctx, sum.Name)
	if err != nil {
		return nil, err
	}
	f.file = r
	if m, ok := r.(Mapped); ok {
		f.bytes = m.Bytes()
	}
	if r.Size() != sum.Bytes {
		return nil, fmt.Errorf("%s has %d bytes of %d", f.name, r.Size(), sum.Bytes)
	}
	at, err := layout(r, m.Description, rows, width, meta)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	f.offset = at["acts"]
	return at, nil
}

// layout reads the header of a file and returns where each tensor begins.
func layout(r Reader, d Description, rows, width int, meta map[string]string) (map[string]int64, error) {
	head, err := readHeader(r)
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	var h safetensors.Metadata
	if err := json.Unmarshal(head, &h); err != nil {
		return nil, fmt.Errorf("damaged: header: %w", err)
	}
	for key, want := range meta {
		if got := h.Metadata()[key]; got != want {
			return nil, fmt.Errorf("it belongs elsewhere: its %s is %q, the manifest's %q", key, got, want)
		}
	}
	want := map[string]safetensors.TensorInfo{"acts": {DType: codecs[d.DType].dtype, Shape: []uint64{uint64(rows), uint64(width)}}}
	for _, name := range d.columns() {
		want[name] = safetensors.TensorInfo{DType: safetensors.I32, Shape: []uint64{uint64(rows)}}
	}
	tensors := h.Tensors()
	at := make(map[string]int64, len(want))
	for name, w := range want {
		t := tensors[name]
		if t == nil || t.DType != w.DType || !slices.Equal(t.Shape, w.Shape) {
			return nil, fmt.Errorf("damaged: header: no tensor %s of %v %v", name, w.DType, w.Shape)
		}
		from, to, end := t.DataOffsets[0], t.DataOffsets[1], uint64(r.Size())-8-uint64(len(head))
		size := w.DType.Size()
		for _, n := range w.Shape {
			size *= n
		}
		if from > to || to > end || to-from != size {
			return nil, fmt.Errorf("damaged: header: tensor %s at [%d, %d) of %d bytes", name, from, to, end)
		}
		at[name] = int64(8+uint64(len(head))) + int64(from)
	}
	return at, nil
}

// readHeader returns the JSON at the beginning of a safetensors file.
func readHeader(r Reader) ([]byte, error) {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > r.Size()-8 {
		return nil, fmt.Errorf("a header of %d bytes", n)
	}
	head := make([]byte, n)
	if _, err := r.ReadAt(head, 8); err != nil {
		return nil, err
	}
	return head, nil
}
