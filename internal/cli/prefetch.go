package cli

import (
	"fmt"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
)

const (
	prefetchAuto = -1
	// prefetchElsewhere is how many batches are read ahead where they are not computed by the
	// processors that train: one at work and one that waits.
	prefetchElsewhere = 2
)

func validPrefetch(n int) error {
	if n < prefetchAuto {
		return fmt.Errorf("prefetch is %d, want 0 (none) or more, or %d for what suits the provider", n, prefetchAuto)
	}
	return nil
}

// ahead returns how many batches are read ahead of the training step. Where a network runs on
// the CPU, or a folder is read there, both want the same processors: see docs/adr/0007.
func (c *Config) ahead() int {
	network := c.Activations == "" && c.Runtime.Provider == ort.CUDA
	if c.Prefetch == prefetchAuto && (network || c.Device != deviceCPU || inBucket(c.Activations)) {
		return prefetchElsewhere
	}
	return max(c.Prefetch, 0)
}

// readAhead returns src, read ahead where that is asked for.
func (c *Config) readAhead(src Source) Source {
	if n := c.ahead(); n > 0 {
		return extract.Prefetch(src, n)
	}
	return src
}
