package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/internal/kernels/onednn"
)

// How autocast multiplies.
const (
	bf16Auto    = "auto"
	bf16Emulate = "emulate"
)

func validBF16(how string) error {
	if how != bf16Auto && how != bf16Emulate {
		return fmt.Errorf("bf16 is %q, want %q or %q", how, bf16Auto, bf16Emulate)
	}
	return nil
}

// useBF16 installs the product of bfloat16 that autocast is to use, for the whole
// process. Where none is faster than float32 it says what is missing and turns autocast
// off: asking for it must not make a run slower.
func useBF16(log io.Writer, kinds ...Kind) error {
	c := kinds[0].Config()
	switch {
	case !slices.ContainsFunc(kinds, func(k Kind) bool { return k.Config().Train.Autocast }):
		return nil
	case c.BF16 == bf16Emulate:
		kernels.UseBF16(&kernels.EmulatedBF16{})
		return nil
	}
	l, warning, err := onednn.Default(c.ONEDNNLib)
	switch {
	case err != nil:
		return err
	case l == nil:
		for _, k := range kinds {
			k.Config().Train.Autocast = false
		}
		_, _ = fmt.Fprintf(log, "warning: no autocast, going on in float32: %s\n", warning)
		return nil
	}
	kernels.UseBF16(l)
	return nil
}
