package store

import (
	"fmt"
	"strings"

	"github.com/nlpodyssey/safetensors"
)

// DType is how the values of rows are stored, by safetensors' names.
type DType string

// The ways to store a value.
const (
	F16  DType = "F16"  // 11 bits of precision, up to 65,504
	BF16 DType = "BF16" // 8 bits of precision, the range of F32
	F32  DType = "F32"  // as it is
)

// codec turns rows into bytes and back.
type codec struct {
	size  int
	dtype safetensors.DType
	// encode fills dst and returns the index of the first value that has no place among
	// finite ones, or -1.
	encode func(dst []byte, src []float32) int
	decode func(dst []float32, src []byte)
	most   string // largest value
}

var codecs = map[DType]codec{
	F16:  {2, safetensors.F16, encodeF16, decodeF16, "65504"},
	BF16: {2, safetensors.BF16, encodeBF16, decodeBF16, "3.39e38"},
	F32:  {4, safetensors.F32, encodeF32, decodeF32, "3.4e38"},
}

// ParseDType returns the DType of that name, in capitals or not.
func ParseDType(name string) (DType, error) {
	d := DType(strings.ToUpper(name))
	return d, d.check()
}

// Size returns the bytes of a value, 0 for what is none of the constants.
func (d DType) Size() int { return codecs[d].size }

func (d DType) check() error {
	if _, ok := codecs[d]; !ok {
		return fmt.Errorf("dtype is %q, want %s, %s or %s", string(d), F16, BF16, F32)
	}
	return nil
}
