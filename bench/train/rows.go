package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/atomic"
)

// rows are what everything is trained on: (n, dIn), mixed, and scaled to a mean norm of
// √d_in once, so that neither side estimates that.
type rows struct {
	path   string
	source string // in words
	dIn, n int
	x      []float32
}

// header is what a safetensors file of rows begins with.
type header struct {
	Metadata map[string]string `json:"__metadata__"`
	Rows     struct {
		Shape   []int   `json:"shape"`
		Offsets []int64 `json:"data_offsets"`
	} `json:"rows"`
}

// readRows reads the first n rows of a file, or all for 0. No more of it comes into
// memory, so that a measurement of memory may use it.
func readRows(path string, n int) (r rows, err error) {
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	var size uint64
	if err := binary.Read(in, binary.LittleEndian, &size); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	var h header
	if err := json.NewDecoder(io.LimitReader(in, int64(size))).Decode(&h); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	if len(h.Rows.Shape) != 2 || len(h.Rows.Offsets) != 2 {
		return r, fmt.Errorf("%s has no rows (n, d_in): remove it, so that it is made again", path)
	}
	if n == 0 || n > h.Rows.Shape[0] {
		n = h.Rows.Shape[0]
	}
	r = rows{path: path, source: h.Metadata["source"], dIn: h.Rows.Shape[1], n: n}
	r.x = make([]float32, r.n*r.dIn)
	if _, err := f.Seek(8+int64(size)+h.Rows.Offsets[0], io.SeekStart); err != nil {
		return r, err
	}
	in.Reset(f)
	row := make([]byte, 4*r.dIn)
	for i := range r.n {
		if _, err := io.ReadFull(in, row); err != nil {
			return r, fmt.Errorf("%s: row %d: %w", path, i, err)
		}
		if _, err := binary.Decode(row, binary.LittleEndian, r.x[i*r.dIn:][:r.dIn]); err != nil {
			return r, err
		}
	}
	return r, nil
}

// tensor is an array of a safetensors file.
type tensor struct {
	shape []int
	data  []float32
}

// writeTensors writes a safetensors file, whole or not at all.
func writeTensors(path string, tensors map[string]tensor, meta map[string]string) error {
	views := map[string]safetensors.TensorView{}
	for name, t := range tensors {
		data, err := binary.Append(make([]byte, 0, 4*len(t.data)), binary.LittleEndian, t.data)
		dims := make([]uint64, len(t.shape))
		for i, n := range t.shape {
			dims[i] = uint64(n)
		}
		view, err2 := safetensors.NewTensorView(safetensors.F32, dims, data)
		if err := errors.Join(err, err2); err != nil {
			return fmt.Errorf("%s: tensor %s: %w", path, name, err)
		}
		views[name] = view
	}
	return atomic.WriteFile(path, func(w io.Writer) error { return safetensors.SerializeToWriter(views, meta, w) })
}

// endless is a source that gives the rows round and round, in batches, whenever one is
// asked for by ask.
type endless struct {
	rows
	batch int
	ask   <-chan struct{}
}

var _ extract.Source = endless{}

// Info implements [extract.Source].
func (e endless) Info() extract.Info { return extract.Info{Model: "bench", Hook: "rows", DIn: e.dIn} }

// Batches implements [extract.Source].
func (e endless) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	origin := make([]extract.Origin, e.batch)
	return func(yield func(extract.Batch, error) bool) {
		for lo := 0; ; lo += e.batch {
			if lo+e.batch > e.n {
				lo = 0
			}
			select {
			case <-ctx.Done():
				yield(extract.Batch{}, context.Cause(ctx))
				return
			case <-e.ask:
			}
			if !yield(extract.Batch{DIn: e.dIn, Data: e.x[lo*e.dIn:][:e.batch*e.dIn], Origin: origin}, nil) {
				return
			}
		}
	}
}

// first returns the first n rows, all for 0.
func (r rows) first(n int) rows {
	if n > 0 && n < r.n {
		r.n, r.x = n, r.x[:n*r.dIn]
	}
	return r
}
