package cuda

import "unsafe"

// SquaredError implements [kernels.Engine].
func (e *Engine) SquaredError(a, b []float32) float64 { return e.squares(a, b) }

// SquaredNorm implements [kernels.Engine].
func (e *Engine) SquaredNorm(x []float32) float64 { return e.squares(x, nil) }

// squares returns Σ (a − b)², or Σ a² where b is nil.
func (e *Engine) squares(a, b []float32) float64 {
	n := 0
	e.parts = resize(e, e.parts, (len(a)/longest+1)*sumBlocks)
	pieces(len(a), func(lo, hi, blocks int) {
		var other unsafe.Pointer
		if b != nil {
			other = at(b[lo:])
		}
		blocks = min(blocks, sumBlocks)
		e.launch("squares", blocks, at(e.parts[n:]), at(a[lo:]), other, hi-lo)
		n += blocks
	})
	return e.total(n)
}

// sumBlocks is how many blocks sum at most.
const sumBlocks = 1024

// total returns the sum of n parts.
func (e *Engine) total(n int) float64 {
	var s [1]float64
	e.totals(s[:], n)
	return s[0]
}

// totals sets out to the sums of as many parts each, of n.
func (e *Engine) totals(out []float64, n int) {
	clear(out)
	if n == 0 || len(out) == 0 {
		return
	}
	e.sums = resize(e, e.sums, len(out))
	e.launch("sum_parts", len(out), at(e.sums), at(e.parts), n)
	e.copyBytes(at(out), at(e.sums), 8*len(out))
}

// ColumnSums implements [kernels.Engine].
func (e *Engine) ColumnSums(out, x []float32, f float64) {
	e.columnSums(out, x, nil, f, rows(x, len(out)))
}

// VecMat implements [kernels.Engine].
func (e *Engine) VecMat(out, v, w []float32, f float64) { e.columnSums(out, w, v, f, len(v)) }

// columnSums sets out to f·Σ_i weight[i]·x[i], x (n, len(out)); weight may be nil for ones.
func (e *Engine) columnSums(out, x, weight []float32, f float64, n int) {
	d := len(out)
	piece := max((n+mostPieces-1)/mostPieces, leastPiece)
	count, groups := (n+piece-1)/piece, (d+threads-1)/threads
	e.parts = resize(e, e.parts, count*d)
	e.launch("column_parts", count*groups, at(e.parts), at(x), at(weight), n, d, piece, groups)
	e.elements("column_sums", d, at(out), at(e.parts), f, count, d)
}

// Columns are summed in pieces of so many rows, and in so many pieces.
const (
	leastPiece = 32
	mostPieces = 256
)
