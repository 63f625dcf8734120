package sae

import (
	"slices"

	"github.com/saego/saego/internal/kernels"
)

// Param is one parameter of a model.
type Param struct {
	Name  string    // as in the file: "W_enc"
	Shape []int     // as in the file
	Data  []float32 // the model's own memory, row-major
	// Transposed says that Data is held as (Shape[1], Shape[0]). W_enc is, so
	// that each latent's weights, and their gradient, lie together.
	Transposed bool
}

// Params returns the parameters. Writing to their Data changes the model.
func (m *Model) Params() []Param { return slices.Clone(m.params) }

// Param returns the parameter of that name, and whether there is one.
func (m *Model) Param(name string) (Param, bool) {
	for _, p := range m.params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// Values returns p's values in the order of p.Shape.
func (p Param) Values() []float32 {
	if !p.Transposed {
		return p.Data
	}
	return transpose(p.Data, p.Shape[1], p.Shape[0])
}

// Set copies values, which are in the order of p.Shape, into p.
func (p Param) Set(values []float32) {
	if p.Transposed {
		values = transpose(values, p.Shape[0], p.Shape[1])
	}
	copy(p.Data, values)
}

// transpose returns x, (rows, cols), as (cols, rows). It goes by squares, since a column
// of a large matrix touches a page of memory per value.
func transpose(x []float32, rows, cols int) []float32 {
	const side = 64
	out := make([]float32, len(x))
	kernels.For(rows, side, func(top, bottom int) {
		for left := 0; left < cols; left += side {
			right := min(left+side, cols)
			for i := top; i < bottom; i++ {
				for j := left; j < right; j++ {
					out[j*rows+i] = x[i*cols+j]
				}
			}
		}
	})
	return out
}
