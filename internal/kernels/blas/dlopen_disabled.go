//go:build !cgo || !(linux || darwin)

package blas

import (
	"errors"

	"gonum.org/v1/gonum/blas"
)

// handle has no value in this build: openHandle makes none.
type handle struct{}

func openHandle(string) (handle, error) {
	return handle{}, errors.New("this program was built without cgo, which loads libraries")
}

func (handle) setThreads(int) {}
func (handle) threads() int   { return 0 }
func (handle) config() string { return "" }
func (handle) core() string   { return "" }

func (handle) sgemm(_, _ blas.Transpose, _, _, _ int, _ float32, _ *float32, _ int, _ *float32, _ int, _ float32, _ *float32, _ int) {
}

func (handle) dgemm(_, _ blas.Transpose, _, _, _ int, _ float64, _ *float64, _ int, _ *float64, _ int, _ float64, _ *float64, _ int) {
}
