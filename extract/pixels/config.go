package pixels

import (
	"errors"
	"fmt"
)

// Limits of [DefaultConfig].
const (
	DefaultMaxPixels = 178_956_970 // above it PIL raises DecompressionBombError
	DefaultMaxBytes  = 64 << 20
)

// maxSide is JPEG's own limit. A picture of more pixels on one side has no use
// as the input of a network, and would cost resampling tables of its length.
const maxSide = 65_535

// Orders of the two passes of a resize, by the major version of Pillow that
// introduced them. They differ in the few pictures that are shrunk much more in
// height than in width, since values are rounded and clipped between the passes.
const (
	Pillow12 = 12 // Pillow up to 12: always rows first
	Pillow13 = 13 // Pillow 13: columns first where the height shrinks more than twice as much as the width
)

// Config bounds what a [Preprocessor] reads and picks the Pillow it equals. The
// zero value is not usable, see [DefaultConfig].
type Config struct {
	MaxPixels int64 `yaml:"max_pixels"` // width × height above which a picture is refused undecoded; default 178,956,970, PIL's
	MaxBytes  int64 `yaml:"max_bytes"`  // file size above which a picture is refused; default 64 MiB
	Pillow    int   `yaml:"pillow"`     // Pillow12 (default) or Pillow13
}

// DefaultConfig returns PIL's pixel limit, 64 MiB, and Pillow12.
func DefaultConfig() Config {
	return Config{MaxPixels: DefaultMaxPixels, MaxBytes: DefaultMaxBytes, Pillow: Pillow12}
}

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	var errs []error
	if c.MaxPixels < 1 {
		errs = append(errs, fmt.Errorf("max_pixels is %d, want at least 1", c.MaxPixels))
	}
	if c.MaxBytes < 1 {
		errs = append(errs, fmt.Errorf("max_bytes is %d, want at least 1", c.MaxBytes))
	}
	if c.Pillow != Pillow12 && c.Pillow != Pillow13 {
		errs = append(errs, fmt.Errorf("pillow is %d, want %d or %d", c.Pillow, Pillow12, Pillow13))
	}
	return errors.Join(errs...)
}
