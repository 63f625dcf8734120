package cli

import (
	"fmt"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/ort"
)

const (
	prefetchAuto = -1
	// prefetchCUDA is how many batches are read ahead where another device computes them:
	// one at work and one that waits.
	prefetchCUDA = 2
)

func validPrefetch(n int) error {
	if n < prefetchAuto {
		return fmt.Errorf("prefetch is %d, want 0 (none) or more, or %d for what suits the provider", n, prefetchAuto)
	}
	return nil
}

// ahead returns src, read ahead of the training step where that is asked for. On the
// CPU both want the same processors: see docs/adr/0007.
func (c *Config) ahead(src Source) Source {
	n := c.Prefetch
	if n == prefetchAuto && c.Runtime.Provider == ort.CUDA {
		n = prefetchCUDA
	}
	if n < 1 {
		return src
	}
	return extract.Prefetch(src, n)
}
