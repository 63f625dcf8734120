package sae

import (
	"fmt"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/tensor"
)

// Codes are the feature activations of a batch, (rows, d_sae), without their
// zeros: row i holds the latents Idx[Ptr[i]:Ptr[i+1]], ascending, with the values
// Val[Ptr[i]:Ptr[i+1]]. Codes are a gorgonia.Value.
type Codes struct{ kernels.CSR }

func newCodes(mem kernels.Memory, rows, cols int) *Codes {
	return &Codes{CSR: *kernels.NewCSRIn(mem, rows, cols)}
}

// L0 returns the mean number of active latents per row.
func (c *Codes) L0() float64 { return float64(len(c.Val)) / float64(max(c.Rows, 1)) }

// The methods of gorgonia.Value.

// Shape is (rows, d_sae).
func (c *Codes) Shape() tensor.Shape { return tensor.Shape{c.Rows, c.Cols} }

// Size counts the zeros too.
func (c *Codes) Size() int { return c.Rows * c.Cols }

// Data returns the values that are not zero.
func (c *Codes) Data() any { return c.Val }

// Dtype is float32.
func (c *Codes) Dtype() tensor.Dtype { return tensor.Float32 }

// Uintptr is 0: codes are no single block of memory.
func (c *Codes) Uintptr() uintptr { return 0 }

// MemSize returns the bytes of the values.
func (c *Codes) MemSize() uintptr { return uintptr(4 * len(c.Val)) }

// Format prints the shape and the density.
func (c *Codes) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "codes (%d, %d), L0 %.1f", c.Rows, c.Cols, c.L0())
}
