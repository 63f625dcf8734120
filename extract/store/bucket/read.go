package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"gocloud.dev/blob"

	"github.com/saego/saego/extract/store"
)

// A file is fetched in blocks. While its reader goes from block to block, the next ones
// are on their way at the same time: one connection to a bucket gives some 90 MB/s.
const (
	blockSize = 4 << 20
	ahead     = 4  // blocks
	held      = 12 // blocks in memory for each open file
	tries     = 3  // of a block whose download breaks off
)

// reader is an object that is read block by block.
type reader struct {
	place  *Place
	name   string
	size   int64
	ctx    context.Context // of every request; ends with Close
	cancel context.CancelFunc
	loads  sync.WaitGroup

	mu     sync.Mutex // guards the following
	blocks map[int64]*block
	clock  int64
}

// block is a piece of a file; data and err are there once done is closed.
type block struct {
	done chan struct{}
	data []byte
	err  error
	used int64
}

// Open implements [store.Place]. The file is read within ctx until it is closed.
func (p *Place) Open(ctx context.Context, name string) (store.Reader, error) {
	attributes, err := p.bucket.Attributes(ctx, name)
	if err != nil {
		return nil, p.fault(ctx, "read", name, err)
	}
	r := &reader{place: p, name: name, size: attributes.Size, blocks: map[int64]*block{}}
	r.ctx, r.cancel = context.WithCancel(ctx)
	return r, nil
}

func (r *reader) Size() int64 { return r.size }

// Close waits for what is on its way.
func (r *reader) Close() error {
	r.mu.Lock()
	r.cancel()
	r.blocks = nil
	r.mu.Unlock()
	r.loads.Wait()
	return nil
}

func (r *reader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read %s: offset %d: %w", r.name, off, os.ErrInvalid)
	}
	for n < len(p) {
		at := off + int64(n)
		if at >= r.size {
			return n, io.EOF
		}
		b, err := r.block(at / blockSize)
		if err != nil {
			return n, err
		}
		<-b.done
		if b.err != nil {
			return n, b.err
		}
		n += copy(p[n:], b.data[at%blockSize:])
	}
	return n, nil
}

// block returns block i, and asks for those behind it if the one before it was read.
func (r *reader) block(i int64) (*block, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx.Err() != nil {
		if r.blocks == nil {
			return nil, fmt.Errorf("read %s: %w", r.name, os.ErrClosed)
		}
		return nil, context.Cause(r.ctx)
	}
	last := i
	if _, ok := r.blocks[i-1]; ok {
		last = min(i+ahead, (r.size-1)/blockSize)
	}
	for j := i + 1; j <= last; j++ {
		r.want(j)
	}
	b := r.want(i)
	for len(r.blocks) > held {
		r.forget()
	}
	return b, nil
}

// want returns block i, which it begins to fetch if it is not there.
func (r *reader) want(i int64) *block {
	b := r.blocks[i]
	if b == nil {
		b = &block{done: make(chan struct{})}
		r.blocks[i] = b
		r.loads.Go(func() { r.load(i, b) })
	}
	r.clock++
	b.used = r.clock
	return b
}

// forget drops the block that was not used for longest. Who waits for it still gets it.
func (r *reader) forget() {
	oldest := int64(-1)
	for i, b := range r.blocks {
		if oldest < 0 || b.used < r.blocks[oldest].used {
			oldest = i
		}
	}
	delete(r.blocks, oldest)
}

// load fetches a block. One that cannot be had is fetched again when it is next read.
func (r *reader) load(i int64, b *block) {
	defer close(b.done)
	off := i * blockSize
	b.data = make([]byte, min(blockSize, r.size-off))
	if b.err = r.fetch(b.data, off); b.err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.blocks[i] == b {
		delete(r.blocks, i)
	}
}

// fetch fills data with what lies at off.
func (r *reader) fetch(data []byte, off int64) error {
	for try := 1; ; try++ {
		src, err := r.place.bucket.NewRangeReader(r.ctx, r.name, off, int64(len(data)), &blob.ReaderOptions{BeforeRead: beforeRead})
		if err != nil {
			return r.place.fault(r.ctx, "read", r.name, err)
		}
		n, err := io.ReadFull(src, data)
		if err = errors.Join(err, src.Close()); err == nil {
			return nil
		}
		if try == tries || r.ctx.Err() != nil {
			return r.place.fault(r.ctx, "read", r.name, err)
		}
		data, off = data[n:], off+int64(n)
	}
}
