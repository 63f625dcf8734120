package extract

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"

	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// Rows that a [Vision] may yield.
const (
	RowsPatches = "patches" // the patches, without prefix tokens
	RowsCLS     = "cls"     // position 0, the class token
	RowsAll     = "all"     // every position
)

// minSkipped is the number of unreadable pictures that never ends a pass, unless
// max_skipped is 0: a share means nothing over the first few pictures.
const minSkipped = 10

// VisionConfig says which rows a [Vision] yields and how the network is fed.
type VisionConfig struct {
	Hook                 string  `yaml:"hook"`                    // hook point, as in models.Spec: "blocks.6"
	HookOut              string  `yaml:"hook_out"`                // hook point whose activations a transcoder predicts from those at Hook; empty (default) for an autoencoder
	StoreBatchSizeImages int     `yaml:"store_batch_size_images"` // pictures of a batch; a forward pass has as many, or on a processor at most 256 positions; default 16
	Passes               int     `yaml:"passes"`                  // passes through the dataset; default 1, 0 = endless
	Rows                 string  `yaml:"rows"`                    // RowsPatches (default), RowsCLS or RowsAll
	MaxSkipped           float64 `yaml:"max_skipped"`             // share of a pass's pictures that may be unreadable, beyond the first 10; default 0.01, 0 = none at all
	Workers              int     `yaml:"workers"`                 // goroutines that prepare pictures, at most GOMAXPROCS; 0 (default) = GOMAXPROCS
	MaxPixels            int64   `yaml:"max_pixels"`              // width × height above which a picture is skipped undecoded; default 178,956,970, PIL's
	MaxBytes             int64   `yaml:"max_bytes"`               // file size above which a picture is skipped; default 64 MiB
	Pillow               int     `yaml:"pillow"`                  // Pillow whose resize is followed: 12, 13, or 0 (default) for the exporter's, 12 where unknown

	Logger *slog.Logger `yaml:"-"` // told of each skipped picture; nil = nobody
}

// DefaultVisionConfig returns one pass over the patches, 16 pictures at a time.
// Hook is left for the caller.
func DefaultVisionConfig() VisionConfig {
	return VisionConfig{
		StoreBatchSizeImages: 16, Passes: 1, Rows: RowsPatches, MaxSkipped: 0.01,
		MaxPixels: pixels.DefaultMaxPixels, MaxBytes: pixels.DefaultMaxBytes,
	}
}

// Validate reports everything that is wrong with c, joined. [NewVision] checks
// what depends on the model.
func (c VisionConfig) Validate() error {
	var errs []error
	if err := checkHooks(c.Hook, c.HookOut); err != nil {
		errs = append(errs, err)
	}
	if c.StoreBatchSizeImages < 1 {
		errs = append(errs, fmt.Errorf("store_batch_size_images is %d, want at least 1", c.StoreBatchSizeImages))
	}
	if c.Passes < 0 {
		errs = append(errs, fmt.Errorf("passes is %d, want 1 or more, or 0 for endless", c.Passes))
	}
	if c.Rows != RowsPatches && c.Rows != RowsCLS && c.Rows != RowsAll {
		errs = append(errs, fmt.Errorf("rows is %q, want %q, %q or %q", c.Rows, RowsPatches, RowsCLS, RowsAll))
	}
	if !(c.MaxSkipped >= 0 && c.MaxSkipped <= 1) {
		errs = append(errs, fmt.Errorf("max_skipped is %v, want a share from 0 to 1", c.MaxSkipped))
	}
	if c.Workers < 0 {
		errs = append(errs, fmt.Errorf("workers is %d, want 1 or more, or 0 for one per processor", c.Workers))
	}
	limits := c.limits("")
	if c.Pillow != 0 {
		limits.Pillow = c.Pillow
	}
	return errors.Join(append(errs, limits.Validate())...)
}

// limits returns the config of the preprocessing, for a model that was exported
// with the given version of Pillow, "" where that is unknown.
func (c VisionConfig) limits(pillow string) pixels.Config {
	cfg := pixels.Config{MaxPixels: c.MaxPixels, MaxBytes: c.MaxBytes, Pillow: c.Pillow}
	if c.Pillow == 0 {
		major, _, _ := strings.Cut(pillow, ".")
		cfg.Pillow = pixels.Pillow12
		if n, err := strconv.Atoi(major); err == nil && n >= pixels.Pillow13 {
			cfg.Pillow = pixels.Pillow13
		}
	}
	return cfg
}

// workers returns the number of goroutines that prepare pictures.
func (c VisionConfig) workers() int {
	most := runtime.GOMAXPROCS(0)
	if c.Workers == 0 {
		return most
	}
	return min(c.Workers, most)
}

// allowed returns how many of seen pictures may be unreadable.
func (c VisionConfig) allowed(seen int64) int64 {
	if c.MaxSkipped == 0 {
		return 0
	}
	return max(minSkipped, int64(c.MaxSkipped*float64(seen)))
}

// checkVisionSpec guards what a [Vision] relies on; models validates the rest.
func checkVisionSpec(spec *models.Spec, rows string) error {
	if spec.Vision == nil {
		return fmt.Errorf("model %s is not a vision model: its family is %s", spec.Name, spec.Family)
	}
	if len(spec.Inputs) != 1 || spec.Inputs[0].DType != "float32" {
		return fmt.Errorf("model %s: want one input, float32 (batch, channel, height, width): export it again", spec.Name)
	}
	if rows == RowsCLS && spec.Vision.PrefixTokens == 0 {
		return fmt.Errorf("rows is %q, but model %s has no class token: choose %q", RowsCLS, spec.Name, RowsPatches)
	}
	return nil
}
