package cuda

import "unsafe"

// Engine is a [kernels.Engine] on a device. One goroutine at a time may use it.
//
// Its methods ask the device for work and return; what the host must have at once it waits
// for. The first error is kept for [Engine.Wait], and until then nothing more is asked for.
type Engine struct {
	d         Driver
	precision Precision // of products
	err       error

	dense float64 // denseShare

	memory  []block // by address
	staging []unsafe.Pointer

	encoding encoding
	columns  []*columns // of the patterns used last, the latest first
	parts    []float64  // of sums
	sums     []float64
	active   []int32
	widths   []int32 // of levels, on the device
	widthsOf []int   // the same
	spread   []float32
}

// New returns an engine that computes products with precision p. It owns the driver.
func New(d Driver, p Precision) *Engine { return &Engine{d: d, precision: p, dense: denseShare} }

// Wait implements [kernels.Engine].
func (e *Engine) Wait() error {
	e.sync()
	err := e.err
	if e.err = nil; err != nil {
		e.widthsOf = nil // the device may not have what it was given
		for _, t := range e.columns {
			t.of = nil
		}
	}
	return err
}

// sync waits for the device, and says whether all went well so far.
func (e *Engine) sync() bool {
	e.fail(e.d.Sync())
	return e.err == nil
}

// fail keeps the first error.
func (e *Engine) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// Close implements [kernels.Engine]. It closes the driver, too.
func (e *Engine) Close() error {
	e.sync()
	for _, b := range e.memory {
		e.fail(e.d.Free(b.p))
	}
	for _, p := range e.staging {
		e.fail(e.d.FreeHost(p))
	}
	e.fail(e.d.Close())
	err := e.err
	*e = Engine{d: e.d, precision: e.precision, dense: e.dense}
	return err
}
