//go:build gpu && cgo && linux && (amd64 || arm64)

package device

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"gorgonia.org/cu"
	"gorgonia.org/cu/nvrtc"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/native"
)

// driver is a card that is open.
type driver struct {
	card
	context   cu.CUContext
	retained  bool
	stream    cu.Stream
	module    cu.Module
	functions map[string]function
	blas      *cublas
	workspace cu.DevicePtr
	memory
	args arguments
	err  error // what ended it: the first error, or Close
}

var _ cuda.Driver = (*driver)(nil)

var errClosed = errors.New("device: the card was closed")

// Build says whether this program can use a card.
func Build() string {
	return "CUDA, for cards of compute capability " + capabilityText(leastCapability) + " or newer"
}

// Open returns a card, with the kernels compiled for it. It says what is missing, wherever
// something is: the driver, NVRTC, cuBLAS, the card, or what it can do. The first time in a
// process it takes some seconds, for the kernels. The card's primary context is used, which other libraries of the process share.
func Open(o Options) (cuda.Driver, error) {
	if o.MemoryLimit < 0 {
		return nil, fmt.Errorf("device: a memory limit of %d MiB, want 0 (none) or more", o.MemoryLimit)
	}
	if err := loadDriver(); err != nil {
		return nil, err
	}
	c, err := findCard(o.DeviceID)
	if err != nil {
		return nil, err
	}
	blas, err := loadCuBLAS()
	if err == nil {
		err = fits(native.CuBLAS(), blas.major, c.driver)
	}
	if err != nil {
		return nil, err
	}
	d := &driver{card: c, blas: blas, functions: map[string]function{}}
	if err := errors.Join(d.start(o.MemoryLimit), d.loadKernels()); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// fits tells whether the driver can serve a library of a major version of CUDA.
func fits(l native.Library, major, driver int) error {
	if major < leastCUDA/1000 {
		return fmt.Errorf("device: this %s is CUDA %d's: %s", l.Title, major, l.Hint())
	}
	if major > driver/1000 {
		return fmt.Errorf("device: this %s is CUDA %d's, and the driver knows CUDA up to %s: update NVIDIA's driver, or name a %s of CUDA %d by %s",
			l.Title, major, version(driver), l.Title, driver/1000, l.Env)
	}
	return nil
}

// start takes what work needs of the card, but for the kernels.
func (d *driver) start(limit int64) (err error) {
	if d.context, err = d.RetainPrimaryCtx(); err != nil {
		d.err = fmt.Errorf("device: %s: opening: %w", d.name, fault(err))
		return d.err
	}
	d.retained = true
	return d.do("opening", func() error {
		if d.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
			return err
		}
		if d.workspace, err = cu.MemAlloc(workspaceBytes); err != nil {
			return err
		}
		if err := d.blas.start(unsafe.Pointer(d.stream.C()), pointer(&d.workspace)); err != nil {
			return err
		}
		free, _, err := cu.MemInfo()
		if err != nil {
			return err
		}
		d.room = int(free - free/16) // the rest is for what the process's other libraries ask for
		if d.limit = limit; limit > 0 {
			d.room = min(d.room, int(min(limit, 1<<40)<<20))
		}
		return nil
	})
}

// loadKernels compiles the kernels, or takes those that were compiled for such a card.
func (d *driver) loadKernels() error {
	if d.err != nil {
		return nil // start has said it
	}
	if err := loadNVRTC(); err != nil {
		return err
	}
	major, _, err := nvrtc.Version()
	if err != nil {
		return fmt.Errorf("device: NVRTC's version: %w", err)
	}
	if err := fits(native.NVRTC(), major, d.driver); err != nil {
		return err
	}
	a, err := architecture(d.capability)
	if err != nil {
		return err
	}
	code, err := compiled(a)
	if err != nil {
		return err
	}
	return d.do("loading the kernels", func() (err error) {
		d.module, err = cu.LoadData(code)
		return err
	})
}

// do does something with the card's context current on the thread. An error is the end of
// the driver: what was asked for earlier may have failed, and nothing is worth anything. The
// harmless statuses are returned, and nothing else.
func (d *driver) do(what string, f func() error, harmless ...status) error {
	if d.err != nil {
		return d.err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cu.SetCurrentContext(d.context)
	if err == nil {
		err = f()
	}
	if err == nil {
		return nil
	}
	err = fault(err)
	err = fmt.Errorf("device: %s: %s: %w", d.name, what, err)
	if s := status(0); !errors.As(err, &s) || !slices.Contains(harmless, s) {
		d.err = err
	}
	return err
}

// Name implements [cuda.Driver].
func (d *driver) Name() string { return d.String() }

// Sync implements [cuda.Driver].
func (d *driver) Sync() error {
	return d.do("computing", func() error { return d.stream.Synchronize() })
}

// Close implements [cuda.Driver]. It waits for the device. The second time it does nothing.
func (d *driver) Close() error {
	if !d.retained {
		return nil
	}
	broken := d.err != nil
	d.err, d.retained = nil, false
	err := d.do("closing", d.stop)
	err = errors.Join(err, fault(d.ReleasePrimaryCtx()))
	d.err = errClosed
	if broken {
		return nil // what was wrong was said, and nothing works after it
	}
	return err
}

// stop gives back what start and Alloc took.
func (d *driver) stop() error {
	var errs []error
	note := func(err error) { errs = append(errs, fault(err)) }
	if d.stream != cu.NoStream {
		note(d.stream.Synchronize())
	}
	note(d.blas.stop())
	for _, a := range d.given {
		note(release(a.p, a.host))
	}
	d.memory = memory{}
	if d.workspace != 0 {
		note(cu.MemFree(d.workspace))
	}
	if d.module != (cu.Module{}) {
		note(d.module.Unload())
	}
	if d.stream != cu.NoStream {
		note(d.stream.Destroy())
	}
	return errors.Join(errs...)
}
