// Package blas multiplies matrices with OpenBLAS, when there is one.
//
// Most of the time of a training step is one matrix product, which gonum's pure
// Go does many times slower than a tuned BLAS; but a BLAS among the requirements
// of a build needs headers, a linker that finds it, and a package manager.
//
// [Open] loads OpenBLAS at run time instead and returns a [Library], which stands
// wherever gonum's or gorgonia's BLAS stands (blas32.Use, tensor.Use): general
// matrix products go to OpenBLAS, everything else to gonum. [Default] falls back
// to gonum alone and says what is missing.
//
// A product is computed in the calling goroutine, with one thread, and several
// goroutines may compute at once. So a caller who splits his rows in pieces of a
// fixed size gets the same bits on any number of threads.
package blas

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/saego/saego/internal/native"
)

// BLAS is what gorgonia's tensor.Use takes.
type BLAS interface {
	blas.Float32
	blas.Float64
	blas.Complex64
	blas.Complex128
}

// Library is OpenBLAS. It has gonum's methods, of which Sgemm and Dgemm are
// OpenBLAS's.
type Library struct {
	gonum.Implementation
	handle handle
	path   string
	config string // what OpenBLAS says of itself
}

var _ BLAS = (*Library)(nil)

// Name returns OpenBLAS's version and the processor it was tuned for, and the
// file: "OpenBLAS 0.3.34 SkylakeX (/…/libscipy_openblas.so)".
func (l *Library) Name() string {
	words := strings.Fields(l.config)
	if len(words) > 2 {
		words = words[:2]
	}
	return fmt.Sprintf("%s %s (%s)", strings.Join(words, " "), l.handle.core(), l.path)
}

// SetThreads sets how many threads one product uses, for the whole process. Open
// sets 1, whatever OPENBLAS_NUM_THREADS and OMP_NUM_THREADS say, which is right for
// callers that compute in several goroutines.
func (l *Library) SetThreads(n int) { l.handle.setThreads(n) }

// Threads returns how many threads one product uses.
func (l *Library) Threads() int { return l.handle.threads() }

// Open loads OpenBLAS from path, or if that is "" from where internal/native finds
// it. It stays loaded for the life of the process.
func Open(path string) (*Library, error) {
	lib := native.OpenBLAS()
	candidates, err := lib.Find(path)
	if err != nil {
		return nil, fmt.Errorf("blas: %w", err)
	}
	var faults []string
	for _, c := range candidates {
		l, err := load(c)
		if err == nil {
			l.SetThreads(1)
			return l, nil
		}
		faults = append(faults, err.Error())
	}
	return nil, fmt.Errorf("blas: %s: %s", strings.Join(faults, "; "), lib.Hint())
}

func load(path string) (*Library, error) {
	h, err := openHandle(path)
	if err != nil {
		return nil, err
	}
	l := &Library{handle: h, path: path, config: h.config()}
	if strings.Contains(l.config, "USE64BITINT") {
		return nil, fmt.Errorf("%s takes 64-bit sizes, want an OpenBLAS with 32-bit ones", path)
	}
	return l, nil
}

// Default returns OpenBLAS, or gonum with a warning that says what is missing. A
// library that the user named, by path or environment, and that does not load is
// an error.
func Default(path string) (impl BLAS, warning string, err error) {
	l, err := Open(path)
	if err == nil {
		return l, "", nil
	}
	if native.OpenBLAS().IsNamed(path) {
		return nil, "", err
	}
	return gonum.Implementation{}, fmt.Sprintf("%v; going on with gonum in pure Go, %s", err, slower), nil
}

// slower is what matrix products lose: with AVX2 those of dense codes, skip connections and
// whitening, as the encoder has its own; without, the encoder's, too. (128, 768)·(768, 1024),
// the best of 40 on one core of an AMD EPYC: OpenBLAS does 85 GFLOP/s with AVX2 and 26
// without, gonum 6.
const slower = "whose matrix products take about 14 times as long on a processor with AVX2, 4 times on one without " +
	"(go test -bench Sgemm ./internal/kernels/blas measures it, where OpenBLAS is)"

// Name names an implementation for people.
func Name(impl BLAS) string {
	if l, ok := impl.(*Library); ok {
		return l.Name()
	}
	return "gonum (pure Go)"
}
