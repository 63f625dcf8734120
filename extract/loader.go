package extract

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract/pixels"
)

// loaded is a picture on its way from the dataset to the network.
type loaded struct {
	image  datasets.Image
	pixels []float32     // (3, height, width)
	err    error         // why the picture cannot be used
	ready  chan struct{} // receives once pixels or err is set
}

// loader prepares the pictures of one pass ahead of the network. Its goroutines
// are one that reads the dataset and some that prepare pictures; all have ended
// when close returns.
type loader struct {
	stop  context.CancelFunc
	wait  sync.WaitGroup
	free  chan *loaded // pictures whose memory is unused
	jobs  chan *loaded // to be prepared
	order chan *loaded // the same ones, in the dataset's order; closed at its end
	err   error        // the dataset's, to be read once order is closed
}

// start begins a pass over images. Each preprocessor is used by one goroutine. At
// most ahead pictures wait for the network.
func start(ctx context.Context, images iter.Seq2[datasets.Image, error], workers []*pixels.Preprocessor, ahead int) *loader {
	ctx, stop := context.WithCancel(ctx)
	n := ahead + len(workers)
	l := &loader{stop: stop, free: make(chan *loaded, n), jobs: make(chan *loaded, n), order: make(chan *loaded, n)}
	for range n {
		l.free <- &loaded{pixels: make([]float32, workers[0].Len()), ready: make(chan struct{}, 1)}
	}
	l.wait.Go(func() { l.feed(ctx, images) })
	for _, w := range workers {
		l.wait.Go(func() {
			for pic := range l.jobs {
				pic.err = load(ctx, w, pic)
				pic.ready <- struct{}{}
			}
		})
	}
	return l
}

// feed hands out the pictures of the dataset until it ends or ctx does.
func (l *loader) feed(ctx context.Context, images iter.Seq2[datasets.Image, error]) {
	defer close(l.order)
	defer close(l.jobs)
	for image, err := range images {
		if err != nil {
			l.err = err
			return
		}
		select {
		case <-ctx.Done():
			return
		case pic := <-l.free:
			pic.image = image
			l.jobs <- pic // neither blocks: there are no more pictures than places
			l.order <- pic
		}
	}
}

// load prepares one picture.
func load(ctx context.Context, p *pixels.Preprocessor, pic *loaded) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r, err := pic.image.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return p.Load(pic.pixels, r)
}

// next returns the next picture, or nil after the last. The caller gives it back
// to free.
func (l *loader) next(ctx context.Context) (*loaded, error) {
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case pic, ok := <-l.order:
		if !ok {
			return nil, l.err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-pic.ready:
			return pic, nil
		}
	}
}

// close stops the goroutines and waits for them.
func (l *loader) close() {
	l.stop()
	l.wait.Wait()
}
