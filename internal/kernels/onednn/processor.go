package onednn

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/cpu"
)

// Supported says whether this processor multiplies bfloat16 faster than float32, and
// oneDNN knows how; the error says what is missing. AVX512_BF16 is what all of them
// have; oneDNN uses AMX beside it where it is.
func Supported() error {
	switch {
	case runtime.GOARCH != "amd64":
		return fmt.Errorf("onednn: oneDNN multiplies bfloat16 on x86-64, not on %s: leave autocast out, or see its effect with --bf16 emulate", runtime.GOARCH)
	case !cpu.X86.HasAVX512BF16:
		return errors.New("onednn: this processor has no instructions for bfloat16 (AVX512_BF16, as in Intel's Cooper Lake and Sapphire Rapids and AMD's Zen 4): " +
			"leave autocast out, or see its effect with --bf16 emulate")
	}
	return nil
}
