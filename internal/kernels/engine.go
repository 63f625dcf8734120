package kernels

// Engine computes what a training graph asks for, in memory of its own. [CPU]'s does so at
// once, by the functions of this package, which say what each method sets. Another may do
// it later, in the same order: behind [Engine.Wait] all is done, and memory may be read
// and written by anyone.
//
// What a method reads or sets is memory of the engine's, unless it is said to be of the
// host's: that is ordinary memory, read before the method returns, or set by then.
type Engine interface {
	Memory
	Entries
	// Staging returns memory of the host's from which Upload is fast; nil where there is
	// nothing to upload, since the engine's memory is the host's.
	Staging(n int) []float32
	// Upload copies src, of the host's, to dst.
	Upload(dst, src []float32)
	// Wait returns what went wrong since the last call, which makes all results worthless.
	Wait() error
	// Close gives the engine's memory back.
	Close() error

	Add(out, x []float32) // adds x to out
	Center(out, x, b []float32)
	Difference(out, a, b []float32, f float32)
	Scale(out, x []float32, f float32)
	SquaredError(a, b []float32) float64
	SquaredNorm(x []float32) float64
	RowNorms(out, w []float32)
	AddRowNormsGrad(g, w, norms, gNorm []float32)
	ColumnSums(out, x []float32, f float64)
	VecMat(out, v, w []float32, f float64)
	// Multiply sets out (m, n) to a·b + beta·out, where a (m, k) is stored transposed, (k, m),
	// if ta, and b (k, n) as (n, k), if tb.
	Multiply(out, a, b []float32, ta, tb bool, m, n, k int, beta float32)

	LayerNorm(out, x []float32, d int, s RowStats) RowStats
	ConstantNorm(out, x []float32, d int, s RowStats) RowStats
	Undo(s RowStats, out, x []float32, d int)
	Rescale(s RowStats, out, x []float32, d int)

	// Encode, EncodeSubset and EncodeBatch are the methods Encode of Encoder, EncodeSubset,
	// and Encode of BatchTop; latents are the host's.
	Encode(e *Encoder, dst *CSR, x []float32, a Affine)
	EncodeSubset(e *Encoder, dst *CSR, x []float32, a Affine, latents []int32)
	EncodeBatch(e *BatchTop, dst *CSR, x []float32, a Affine, k int)
	// Least returns the least of the values, +Inf where there are none.
	Least(values []float32) float32

	Decode(out []float32, c *CSR, w, b, div []float32)
	CodeGrad(g, c *CSR, w, gOut, div []float32)
	RowGrad(g []float32, c *CSR, src, scale, div []float32)
	AddRowGrad(g []float32, c *CSR, src, scale, div []float32)
	ColSum(out []float32, c *CSR, scale []float32)
	// ActiveRows sets out, of the host's.
	ActiveRows(out []int32, c *CSR)
	Reconstruct(r Reconstruction, g, c *CSR) float64
	// DecodeLevels is Levels.Run; errors are the host's.
	DecodeLevels(l Levels, g, c *CSR, errors []float64)
	RowGradLevels(g []float32, c *CSR, sums, div []float32, widths []int)

	Adam(a Adam, param, grad, m, v []float32)
}

// Memory is where the numbers of codes are.
type Memory interface {
	// Floats returns memory of length n in place of old, nil for none, whose values are
	// lost; where there was none they are zeros.
	Floats(old []float32, n int) []float32
	// Ints is Floats for integers.
	Ints(old []int32, n int) []int32
}
