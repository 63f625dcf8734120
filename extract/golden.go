package extract

import "github.com/saego/saego/models"

// GoldenInputs returns the inputs that a model's golden activations were computed from, to
// be given to a [Runner]: [models.Model.Golden] reads both.
func GoldenInputs(spec *models.Spec, golden map[string]models.Array) []Tensor {
	inputs := make([]Tensor, len(spec.Inputs))
	for i, in := range spec.Inputs {
		a := golden[in.Name]
		inputs[i] = Tensor{Name: in.Name, Shape: a.Shape, Float32: a.Float32, Int64: a.Int64}
	}
	return inputs
}
