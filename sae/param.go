package sae

import "slices"

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

// transpose returns x, (rows, cols), as (cols, rows).
func transpose(x []float32, rows, cols int) []float32 {
	out := make([]float32, len(x))
	for i := range rows {
		for j, v := range x[i*cols:][:cols] {
			out[j*rows+i] = v
		}
	}
	return out
}
