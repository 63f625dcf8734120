package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/store"
)

// memory is a place in memory with bounded room.
type memory struct {
	mu    sync.Mutex
	files map[string][]byte
	room  int64 // bytes that may still be written; negative = without bound
	free  int64 // what Free says; negative = not known
}

func newMemory() *memory { return &memory{files: map[string][]byte{}, room: -1, free: -1} }

func (m *memory) Create(_ context.Context, name string) (store.File, error) {
	return &memoryFile{place: m, name: name}, nil
}

func (m *memory) Open(_ context.Context, name string) (store.Reader, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.files[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return opened{bytes.NewReader(data)}, nil
}

func (m *memory) List(context.Context) (out []store.Info, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		out = append(out, store.Info{Name: name, Size: int64(len(m.files[name]))})
	}
	return out, nil
}

func (m *memory) Remove(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return nil
}

func (m *memory) Free(context.Context) (int64, bool) { return m.free, m.free >= 0 }

func (m *memory) String() string { return "memory" }

// clone returns a place of its own with the same files.
func (m *memory) clone() *memory {
	c := newMemory()
	for name, data := range m.files {
		c.files[name] = bytes.Clone(data)
	}
	return c
}

type opened struct{ *bytes.Reader }

func (opened) Close() error { return nil }

type memoryFile struct {
	bytes.Buffer
	place *memory
	name  string
}

func (f *memoryFile) Write(p []byte) (int, error) {
	f.place.mu.Lock()
	defer f.place.mu.Unlock()
	if f.place.room >= 0 && int64(f.Len()+len(p)) > f.place.room {
		return 0, fmt.Errorf("%w: of memory", store.ErrFull)
	}
	return f.Buffer.Write(p)
}

func (f *memoryFile) Close() error {
	f.place.mu.Lock()
	defer f.place.mu.Unlock()
	if f.place.room >= 0 {
		f.place.room -= int64(f.Len()) - int64(len(f.place.files[f.name]))
	}
	f.place.files[f.name] = f.Bytes()
	return nil
}

func (f *memoryFile) Abort() error { return nil }

// counted is a source of rows that follow from their origin: example i has i mod 7 rows,
// 8 examples make a batch.
type counted struct {
	info     extract.Info
	examples int
	value    func(example, position, i int) float32
	wait     time.Duration // before each batch
	fail     int           // examples after which it fails; 0 = never
	counts   extract.Counts
}

var errBoom = errors.New("boom")

func newCounted(examples int) *counted {
	return &counted{
		info:     extract.Info{Model: "tiny@1f0c", Hook: "h.0", DIn: 3, Target: "h.1", DOut: 2},
		examples: examples,
		value:    func(e, p, i int) float32 { return float32((31*e+7*p+i)%251) / 64 },
	}
}

func (s *counted) Info() extract.Info { return s.info }

func (s *counted) Counts() extract.Counts { return s.counts }

func (s *counted) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return s.BatchesFrom(ctx, extract.Cursor{})
}

func (s *counted) BatchesFrom(ctx context.Context, c extract.Cursor) iter.Seq2[extract.Batch, error] {
	s.counts = c.Counts
	return func(yield func(extract.Batch, error) bool) {
		if c.Pass > 0 {
			return
		}
		for lo := c.Examples; lo < s.examples; lo += 8 {
			time.Sleep(s.wait)
			if ctx.Err() != nil || s.fail > 0 && lo >= s.fail {
				yield(extract.Batch{}, errors.Join(context.Cause(ctx), errBoom))
				return
			}
			b := s.batch(lo, min(lo+8, s.examples))
			if b.Len() > 0 && !yield(b, nil) {
				return
			}
		}
		s.counts.Passes++
	}
}

// batch returns the rows of the examples [lo, hi).
func (s *counted) batch(lo, hi int) extract.Batch {
	b := extract.Batch{DIn: s.info.DIn, DOut: s.info.DOut}
	for e := lo; e < hi; e++ {
		for p := range e % 7 {
			for i := range s.info.DIn {
				b.Data = append(b.Data, s.value(e, p, i))
			}
			for i := range s.info.DOut {
				b.Target = append(b.Target, s.value(e, p, -i-1))
			}
			b.Origin = append(b.Origin, extract.Origin{Example: int32(e), Position: int32(p), Token: int32(100*e + p), Label: int32(e%3) - 1})
		}
		s.counts.Examples++
	}
	s.counts.Rows += int64(b.Len())
	s.counts.Tokens = s.counts.Rows
	b.Next = extract.Cursor{Examples: hi, Counts: s.counts}
	return b
}

// parts are those that the programs write.
func parts(examples int) []store.Part {
	return []store.Part{
		{Name: "held", Source: newCounted(examples / 4), Rows: examples / 2},
		{Name: "train", Source: newCounted(examples), Examples: examples},
	}
}

// config is one of shards of so many rows.
func config(dtype store.DType, rows int) store.Config {
	c := store.DefaultConfig()
	c.DType, c.ShardRows = dtype, rows
	c.Settings = map[string]any{"context_size": 32, "labels": []string{"a", "b"}}
	return c
}

// written returns a store in memory.
func written(t testing.TB, examples int, c store.Config) *memory {
	t.Helper()
	m := newMemory()
	if _, err := store.Write(t.Context(), m, parts(examples), c); err != nil {
		t.Fatal(err)
	}
	return m
}

// collect reads a whole sequence; the batches share nothing.
func collect(t testing.TB, batches iter.Seq2[extract.Batch, error]) extract.Batch {
	t.Helper()
	var all extract.Batch
	for b, err := range batches {
		if err != nil {
			t.Fatal(err)
		}
		all.DIn, all.DOut = b.DIn, b.DOut
		all.Data, all.Target = append(all.Data, b.Data...), append(all.Target, b.Target...)
		all.Origin = append(all.Origin, b.Origin...)
	}
	return all
}

// source opens a part of a store.
func source(t testing.TB, place store.Place, part string, o store.Order) *store.Source {
	t.Helper()
	st, err := store.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	src, err := st.Source(part, o)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// wants fails unless err says all of the words.
func wants(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("no %q in %q", w, err)
		}
	}
}
