package bucket

import (
	"context"
	"errors"

	"gocloud.dev/blob"

	"github.com/saego/saego/extract/store"
)

// file is an object that is being uploaded.
type file struct {
	place  *Place
	name   string
	w      *blob.Writer
	ctx    context.Context // of the upload; it ends with Close and Abort
	cancel context.CancelFunc
	done   bool
	err    error // of the first write that failed, or of Close
}

// Create implements [store.Place].
func (p *Place) Create(ctx context.Context, name string) (store.File, error) {
	ctx, cancel := context.WithCancel(ctx)
	w, err := p.bucket.NewWriter(ctx, name, &blob.WriterOptions{
		ContentType: "application/octet-stream",
		BeforeWrite: p.beforeWrite,
	})
	if err != nil {
		cancel()
		return nil, p.fault(ctx, "write", name, err)
	}
	return &file{place: p, name: name, w: w, ctx: ctx, cancel: cancel}, nil
}

func (f *file) Write(b []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.w.Write(b)
	if err != nil {
		f.err = f.place.fault(f.ctx, "write", f.name, err)
	}
	return n, f.err
}

// Close makes the object appear, unless a write failed: a driver may not remember that.
func (f *file) Close() error {
	if f.done {
		return f.err
	}
	if f.err != nil {
		return errors.Join(f.err, f.Abort())
	}
	f.done = true
	defer f.cancel()
	if err := f.w.Close(); err != nil {
		f.err = f.place.fault(f.ctx, "write", f.name, err)
	}
	return f.err
}

// Abort implements [store.File]. A writer whose context has ended makes no object.
func (f *file) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	f.cancel()
	err := f.w.Close()
	if err == nil || f.err != nil || errors.Is(err, f.ctx.Err()) {
		return nil
	}
	return f.place.fault(context.WithoutCancel(f.ctx), "give up", f.name, err)
}
