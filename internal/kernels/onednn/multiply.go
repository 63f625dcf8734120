package onednn

import (
	"fmt"
	"slices"
)

// MultiplyBF16 sets c (m, n) to a·bᵀ, with a (m, k) and b (n, k), all row-major without
// gaps. It panics if a matrix does not fit its slice, and if memory is at an end.
func (l *Library) MultiplyBF16(m, n, k int, a, b []uint16, c []float32) {
	if len(a) != m*k || len(b) != n*k || len(c) != m*n {
		panic(fmt.Sprintf("onednn: a product (%d, %d)·(%d, %d)ᵀ of %d and %d values into %d", m, k, n, k, len(a), len(b), len(c)))
	}
	if m == 0 || n == 0 || k == 0 {
		clear(c)
		return
	}
	if err := l.multiply(m, n, k, a, b, c); err != nil {
		panic(fmt.Sprintf("onednn: %s: a product (%d, %d)·(%d, %d)ᵀ: %v", l.Name(), m, k, n, k, err))
	}
}

// statuses are dnnl_status_t's names.
var statuses = []string{"success", "out of memory", "invalid arguments", "unimplemented", "last implementation reached", "runtime error", "not required"}

func (l *Library) multiply(m, n, k int, a, b []uint16, c []float32) error {
	status := l.handle.multiply(m, n, k, a, b, c)
	switch {
	case status == 0:
		return nil
	case status > 0 && status < len(statuses):
		return fmt.Errorf("oneDNN says %q", statuses[status])
	}
	return fmt.Errorf("oneDNN's status is %d", status)
}

// try multiplies small numbers, whose sums are exact: (1 2 3; 4 5 6)·(1 0 2; 0 1 0)ᵀ.
func (l *Library) try() error {
	const one, two, three, four, five, six = 0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0
	c := make([]float32, 4)
	err := l.multiply(2, 2, 3, []uint16{one, two, three, four, five, six}, []uint16{one, 0, two, 0, one, 0}, c)
	if err != nil {
		return fmt.Errorf("no product of bfloat16 on this processor: %w", err)
	}
	if want := []float32{7, 2, 16, 5}; !slices.Equal(c, want) {
		return fmt.Errorf("a product of bfloat16 is %v, want %v: take another version", c, want)
	}
	return nil
}
