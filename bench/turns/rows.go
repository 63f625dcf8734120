package turns

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

// Rows are what everything is trained on: (N, DIn), mixed, and scaled to a mean norm of
// √d_in once, so that neither side estimates that.
type Rows struct {
	Path   string
	Source string // in words
	DIn, N int
	X      []float32
}

// header is what a safetensors file of rows begins with.
type header struct {
	Metadata map[string]string `json:"__metadata__"`
	Rows     struct {
		Shape   []int   `json:"shape"`
		Offsets []int64 `json:"data_offsets"`
	} `json:"rows"`
}

// ReadRows reads the first n rows of a file, or all for 0. No more of it comes into
// memory, so that a measurement of memory may use it.
func ReadRows(path string, n int) (r Rows, err error) {
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
	r = Rows{Path: path, Source: h.Metadata["source"], DIn: h.Rows.Shape[1], N: n}
	r.X = make([]float32, r.N*r.DIn)
	if _, err := f.Seek(8+int64(size)+h.Rows.Offsets[0], io.SeekStart); err != nil {
		return r, err
	}
	in.Reset(f)
	row := make([]byte, 4*r.DIn)
	for i := range r.N {
		if _, err := io.ReadFull(in, row); err != nil {
			return r, fmt.Errorf("%s: row %d: %w", path, i, err)
		}
		if _, err := binary.Decode(row, binary.LittleEndian, r.X[i*r.DIn:][:r.DIn]); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Tensor is an array of a safetensors file.
type Tensor struct {
	Shape []int
	Data  []float32
}

// WriteTensors writes a safetensors file, whole or not at all.
func WriteTensors(path string, tensors map[string]Tensor, meta map[string]string) error {
	views := map[string]safetensors.TensorView{}
	for name, t := range tensors {
		data, err := binary.Append(make([]byte, 0, 4*len(t.Data)), binary.LittleEndian, t.Data)
		dims := make([]uint64, len(t.Shape))
		for i, n := range t.Shape {
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
	Rows
	batch int
	ask   <-chan struct{}
}

var _ extract.Source = endless{}

// Info implements [extract.Source].
func (e endless) Info() extract.Info { return extract.Info{Model: "bench", Hook: "rows", DIn: e.DIn} }

// Batches implements [extract.Source].
func (e endless) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	origin := make([]extract.Origin, e.batch)
	return func(yield func(extract.Batch, error) bool) {
		for lo := 0; ; lo += e.batch {
			if lo+e.batch > e.N {
				lo = 0
			}
			select {
			case <-ctx.Done():
				yield(extract.Batch{}, context.Cause(ctx))
				return
			case <-e.ask:
			}
			if !yield(extract.Batch{DIn: e.DIn, Data: e.X[lo*e.DIn:][:e.batch*e.DIn], Origin: origin}, nil) {
				return
			}
		}
	}
}

// First returns the first n rows, all for 0.
func (r Rows) First(n int) Rows {
	if n > 0 && n < r.N {
		r.N, r.X = n, r.X[:n*r.DIn]
	}
	return r
}
