//go:build cgo && linux

package emulator

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/saego/saego/internal/cuda"
)

// Multiply implements [cuda.Driver].
func (d *Driver) Multiply(p cuda.Product) error {
	if p.M < 0 || p.N < 0 || p.K < 0 {
		return fmt.Errorf("emulator: a product of (%d, %d) and (%d, %d)", p.M, p.K, p.K, p.N)
	}
	if p.M == 0 || p.N == 0 {
		return nil
	}
	for _, f := range []struct {
		name string
		at   unsafe.Pointer
		n    int
	}{{"C", p.C, p.M * p.N}, {"A", p.A, p.M * p.K}, {"B", p.B, p.K * p.N}} {
		if f.n == 0 {
			continue
		}
		if err := d.check("product, matrix "+f.name, f.at, 4*f.n); err != nil {
			return err
		}
		if f.name != "C" && uintptr(f.at) < uintptr(p.C)+uintptr(4*p.M*p.N) && uintptr(p.C) < uintptr(f.at)+uintptr(4*f.n) {
			return errors.New("emulator: product: C is one of its factors")
		}
	}
	d.queue = append(d.queue, task{name: "product", run: func() error {
		multiply(p)
		return nil
	}})
	return nil
}

func multiply(p cuda.Product) {
	tA, lda, tB, ldb := blas.NoTrans, max(p.K, 1), blas.NoTrans, p.N
	if p.TransA {
		tA, lda = blas.Trans, p.M
	}
	if p.TransB {
		tB, ldb = blas.Trans, max(p.K, 1)
	}
	c := unsafe.Slice((*float32)(p.C), p.M*p.N)
	gonum.Implementation{}.Sgemm(tA, tB, p.M, p.N, p.K,
		p.Alpha, rounded(p.A, p.M*p.K, p.Precision), lda, rounded(p.B, p.K*p.N, p.Precision), ldb, p.Beta, c, p.N)
}

// rounded returns the factor as a device takes it.
func rounded(at unsafe.Pointer, n int, to cuda.Precision) []float32 {
	var bits uint32 // that are dropped
	switch x := unsafe.Slice((*float32)(at), n); to {
	case cuda.TF32:
		bits = 13
	case cuda.BF16:
		bits = 16
	default:
		return x
	}
	out := make([]float32, n)
	for i, v := range unsafe.Slice((*float32)(at), n) {
		u := math.Float32bits(v)
		if v-v == 0 { // to the nearest, ties to even
			u += 1<<(bits-1) - 1 + u>>bits&1
		}
		out[i] = math.Float32frombits(u &^ (1<<bits - 1))
	}
	return out
}
