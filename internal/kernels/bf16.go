package kernels

import (
	"math"
	"sync/atomic"
)

// BF16Product multiplies matrices of bfloat16, the upper half of a float32. Several
// goroutines may call it at once. Equal input gives equal bits.
type BF16Product interface {
	// MultiplyBF16 sets c (m, n) to a·bᵀ, with a (m, k) and b (n, k), all row-major
	// without gaps. Products are summed in float32.
	MultiplyBF16(m, n, k int, a, b []uint16, c []float32)
}

// bf16 is what UseBF16 installed.
var bf16 atomic.Pointer[BF16Product]

// UseBF16 makes p the process's product of bfloat16, as blas32.Use does for float32.
func UseBF16(p BF16Product) { bf16.Store(&p) }

// BF16 returns what [UseBF16] installed, and else an [EmulatedBF16].
func BF16() BF16Product {
	if p := bf16.Load(); p != nil {
		return *p
	}
	return &EmulatedBF16{}
}

// ToBF16 rounds src to bfloat16, to the nearest and in the middle to the even one, as
// PyTorch does: what is beyond the range becomes infinite, and a NaN stays one.
func ToBF16(dst []uint16, src []float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		u := math.Float32bits(v)
		if u&^signBit > infinity {
			dst[i] = uint16(u>>16) | quiet
			continue
		}
		dst[i] = uint16((u + 0x7fff + u>>16&1) >> 16)
	}
}

const (
	signBit  = 1 << 31
	infinity = 0x7f800000
	quiet    = 0x0040 // without it a NaN whose lower half is cut off could read as infinite
)

// FromBF16 sets dst to src, which loses nothing.
func FromBF16(dst []float32, src []uint16) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = math.Float32frombits(uint32(v) << 16)
	}
}
