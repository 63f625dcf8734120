// Package onednn multiplies matrices of bfloat16 with oneDNN, where there is one and
// the processor is made for it.
//
// A bfloat16 is the upper half of a float32. Processors with instructions for it
// multiply two to sixteen times as many a second, but neither Go nor OpenBLAS uses
// them. oneDNN does; it is large, so that it is no part of make deps.
//
// [Open] loads it at run time and returns a [Library], which is a
// kernels.BF16Product. [Default] asks first whether the processor gains by it, and
// says what is missing.
//
// A product is computed in the calling goroutine, with one thread, and several
// goroutines may compute at once. So a caller who splits his rows in pieces of a
// fixed size gets the same bits on any number of threads.
package onednn

import (
	"fmt"
	"strings"

	"github.com/saego/saego/internal/native"
)

// Library is oneDNN.
type Library struct {
	handle handle
	path   string
}

// Name returns oneDNN's version and the file: "oneDNN 3.2.0 (/…/libdnnl.so.3.2)".
func (l *Library) Name() string { return fmt.Sprintf("oneDNN %s (%s)", l.handle.version(), l.path) }

// Open loads oneDNN from path, or if that is "" from where internal/native finds it,
// and tries it on a small product: on a processor without AVX-512 oneDNN has none for
// bfloat16. It stays loaded for the life of the process.
func Open(path string) (*Library, error) {
	lib := native.OneDNN()
	candidates, err := lib.Find(path)
	if err != nil {
		return nil, fmt.Errorf("onednn: %w", err)
	}
	var faults []string
	for _, c := range candidates {
		h, err := openHandle(c)
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		l := &Library{handle: h, path: c}
		if err := l.try(); err != nil {
			return nil, fmt.Errorf("onednn: %s: %w", l.Name(), err)
		}
		return l, nil
	}
	return nil, fmt.Errorf("onednn: %s: %s", strings.Join(faults, "; "), lib.Hint())
}

// Default returns oneDNN, or nil and a warning that says what is missing. A library
// that the user named, by path or environment, and that does not load is an error.
func Default(path string) (l *Library, warning string, err error) {
	if err := Supported(); err != nil {
		return nil, err.Error(), nil
	}
	l, err = Open(path)
	switch {
	case err == nil:
		return l, "", nil
	case native.OneDNN().IsNamed(path):
		return nil, "", err
	}
	return nil, err.Error(), nil
}
