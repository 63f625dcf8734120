package sae

import (
	"fmt"

	"github.com/saego/saego/internal/kernels"
)

// Engine is where a model's parameters are, and what computes the steps of its training:
// the processor, unless [Model.To] names another.
type Engine = kernels.Engine

// To moves m's parameters to e, whose graphs then compute there; nil for the processor. It
// is called before [Model.Graph]. The parameters may be read and written as before, between
// the steps of a graph; e must not be closed while they are there.
func (m *Model) To(e Engine) error {
	if e == nil {
		e = kernels.CPU()
	}
	if err := m.k.Wait(); err != nil {
		return fmt.Errorf("sae: move parameters: %w", err)
	}
	for i, p := range m.params {
		data := e.Floats(nil, len(p.Data))
		e.Upload(data, p.Data)
		m.params[i].Data = data
	}
	m.k = e
	m.alias()
	if err := e.Wait(); err != nil {
		return fmt.Errorf("sae: move parameters: %w", err)
	}
	return nil
}

// Engine returns where m is.
func (m *Model) Engine() Engine { return m.k }
