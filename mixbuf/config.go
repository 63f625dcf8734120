package mixbuf

import (
	"errors"
	"fmt"
)

// Config sizes a [Buffer]. The zero value is not usable; see [DefaultConfig].
type Config struct {
	BufferSize  int     `yaml:"buffer_size"`  // rows held in memory, default 65,536
	BatchSize   int     `yaml:"-"`            // rows in each emitted batch, default 4,096
	MixFraction float64 `yaml:"mix_fraction"` // share of the buffer kept at each refill, 0 to 1, default 0.5; 0 keeps the source's order
	Seed        uint64  `yaml:"-"`            // equal seeds over equal sources give equal passes
}

// DefaultConfig returns a buffer of sixteen batches of 4,096 rows, half of which
// stay at each refill. At 768 values per row it takes 192 MiB.
func DefaultConfig() Config {
	return Config{BufferSize: 65_536, BatchSize: 4096, MixFraction: 0.5}
}

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	var errs []error
	if c.BatchSize < 1 {
		errs = append(errs, fmt.Errorf("train_batch_size_samples is %d, want at least 1", c.BatchSize))
	}
	if c.BufferSize < 1 || c.BufferSize < c.BatchSize {
		errs = append(errs, fmt.Errorf("buffer_size is %d, want at least one batch of %d", c.BufferSize, c.BatchSize))
	}
	if c.BufferSize > maxRows {
		errs = append(errs, fmt.Errorf("buffer_size is %d, want at most %d", c.BufferSize, maxRows))
	}
	if !(c.MixFraction >= 0 && c.MixFraction <= 1) { // also false for NaN
		errs = append(errs, fmt.Errorf("mix_fraction is %g, want 0 to 1", c.MixFraction))
	}
	return errors.Join(errs...)
}

// Memory returns how many bytes a pass over rows of that width, and targets of the
// other, takes: buffer_size and one batch of them.
func (c Config) Memory(dIn, dOut int) int {
	return c.rows()*(RowSize(dIn, dOut)+4) + c.BatchSize*RowSize(dIn, dOut)
}

// RowSize returns how many bytes a row takes, with its target and its origin.
func RowSize(dIn, dOut int) int { return 4*(dIn+dOut) + 16 }

// serve returns how many batches leave a full pool before it is refilled: all that
// fit into the share that does not stay, and at least one, so that each refill
// makes progress.
func (c Config) serve() int {
	keep := int(float64(c.rows()) * c.MixFraction)
	return max(1, (c.rows()-keep)/c.BatchSize)
}

// rows returns how many rows the pool holds. Without mixing nothing has to wait
// for company, and one batch is enough.
func (c Config) rows() int {
	if c.MixFraction == 0 {
		return c.BatchSize
	}
	return c.BufferSize
}
