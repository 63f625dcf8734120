package train

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// whiteningEps is added to the covariance's eigenvalues, as in sae-lens.
const whiteningEps = 1e-3

// EstimateWhitening returns the PCA whitening of the rows of batches, each (n, d_in),
// in float64 (sae-lens' estimate_whitening; arXiv 2511.13981): with the unbiased
// covariance C = E·diag(λ)·Eᵀ, Matrix is E·diag(λ + 0.001)^-½. It needs two rows; with
// d_in or fewer, directions look empty for want of rows, and what later rows have there
// is multiplied by up to 32. Time grows with d_in³: some seconds for 768.
func EstimateWhitening(dIn int, batches ...[]float32) (*sae.Whitening, error) {
	mean, covariance, err := covarianceOf(dIn, batches)
	if err != nil {
		return nil, err
	}
	var eigen mat.EigenSym
	finite := !slices.ContainsFunc(covariance, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if !finite || !eigen.Factorize(mat.NewSymDense(dIn, covariance), true) {
		return nil, errors.New("the covariance of the rows has no eigenvalues: look for values that are not finite among the activations")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	w := &sae.Whitening{Mean: mean, Matrix: make([]float64, dIn*dIn), Inverse: make([]float64, dIn*dIn)}
	for j, v := range eigen.Values(nil) {
		root := math.Sqrt(max(v, 0) + whiteningEps)
		for i := range dIn {
			e := vectors.At(i, j)
			w.Matrix[i*dIn+j], w.Inverse[j*dIn+i] = e/root, root*e
		}
	}
	return w, nil
}

// WarningsFor adds to [Config.Warnings] what a resolved c means for an SAE of m.
func (c Config) WarningsFor(m sae.Config) []string {
	out := c.Warnings()
	rows := min(c.NormEstimateBatches, c.Steps()) * c.TrainBatchSizeSamples
	if few := 10 * m.DIn; m.NormalizeActivations == sae.NormalizeWhitening && rows < few {
		out = append(out, fmt.Sprintf("n_batches_for_norm_estimate is %d, a covariance of %d rows for d_in %d: "+
			"it says little of rows to come; %d batches give ten rows for each value", c.NormEstimateBatches, rows, m.DIn,
			(few+c.TrainBatchSizeSamples-1)/c.TrainBatchSizeSamples))
	}
	return out
}

// covarianceOf returns the mean row (d) of batches and their unbiased covariance (d, d).
func covarianceOf(d int, batches [][]float32) (mean, covariance []float64, err error) {
	mean, covariance = make([]float64, d), make([]float64, d*d)
	n := 0
	var x []float64
	for _, b := range batches {
		for part := range slices.Chunk(b, partRows*d) {
			x = x[:0]
			for i, v := range part {
				x, mean[i%d] = append(x, float64(v)), mean[i%d]+float64(v)
			}
			n += len(x) / d
			addOuter(covariance, x, d)
		}
	}
	if n < 2 {
		return nil, nil, fmt.Errorf("a covariance of %d rows: give at least 2, and rather many times d_in, which is %d", n, d)
	}
	for k := range mean {
		mean[k] /= float64(n)
	}
	for i := range d {
		for j := range d {
			c := &covariance[i*d+j]
			*c = (*c - float64(n)*mean[i]*mean[j]) / float64(n-1)
		}
	}
	return mean, covariance, nil
}

// Pieces of work: rows that are float64 at once, rows of a product that are computed
// at once.
const (
	partRows  = 512
	outerRows = 64
)

// addOuter adds xᵀ·x to sum (d, d), with x (rows, d).
func addOuter(sum, x []float64, d int) {
	impl := double()
	kernels.For(d, outerRows, func(lo, hi int) {
		impl.Dgemm(blas.Trans, blas.NoTrans, hi-lo, d, len(x)/d, 1, x[lo:], d, x, d, 1, sum[lo*d:], d)
	})
}

// double returns the process's BLAS for float64: the one that was installed for
// float32, if it has both.
func double() blas.Float64Level3 {
	if impl, ok := blas32.Implementation().(blas.Float64Level3); ok {
		return impl
	}
	return blas64.Implementation()
}

// whitener applies a whitening in float32, as sae-lens does.
type whitener struct {
	mean, matrix []float32
	centred      []float32
}

// newWhitener returns nil for nil.
func newWhitener(w *sae.Whitening) *whitener {
	if w == nil {
		return nil
	}
	return &whitener{mean: singles(w.Mean), matrix: singles(w.Matrix)}
}

func singles(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

// apply sets x (rows, d_in) to (x − mean)·matrix.
func (w *whitener) apply(x []float32) {
	d := len(w.mean)
	if cap(w.centred) < len(x) {
		w.centred = make([]float32, len(x))
	}
	c := w.centred[:len(x)]
	kernels.Center(c, x, w.mean)
	kernels.For(len(x)/d, partRows, func(lo, hi int) {
		blas32.Implementation().Sgemm(blas.NoTrans, blas.NoTrans, hi-lo, d, d,
			1, c[lo*d:], d, w.matrix, d, 0, x[lo*d:], d)
	})
}
