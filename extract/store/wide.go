package store

import (
	"encoding/binary"
	"math"
)

// toBF16 returns the bfloat16 number that is nearest to v, the even one of two, and an
// infinite one where v is too large or not a number.
func toBF16(v float32) uint16 {
	b := math.Float32bits(v)
	if b&0x7f800000 == 0x7f800000 {
		return 0x7f80
	}
	return uint16((b + 0x7fff + (b >> 16 & 1)) >> 16)
}

func encodeBF16(dst []byte, src []float32) int {
	bad := -1
	for i, v := range src {
		h := toBF16(v)
		if h&0x7f80 == 0x7f80 && bad < 0 {
			bad = i
		}
		binary.LittleEndian.PutUint16(dst[:2], h)
		dst = dst[2:]
	}
	return bad
}

func decodeBF16(dst []float32, src []byte) {
	for len(dst) >= 4 && len(src) >= 8 {
		v := binary.LittleEndian.Uint64(src)
		dst[0], dst[1] = math.Float32frombits(uint32(v)<<16), math.Float32frombits(uint32(v)&0xffff0000)
		dst[2], dst[3] = math.Float32frombits(uint32(v>>16)&0xffff0000), math.Float32frombits(uint32(v>>32)&0xffff0000)
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
	}
}

func encodeF32(dst []byte, src []float32) int {
	bad := -1
	for i, v := range src {
		if v-v != 0 && bad < 0 { // infinite, or not a number
			bad = i
		}
		binary.LittleEndian.PutUint32(dst[:4], math.Float32bits(v))
		dst = dst[4:]
	}
	return bad
}

func decodeF32(dst []float32, src []byte) {
	for len(dst) >= 2 && len(src) >= 8 {
		v := binary.LittleEndian.Uint64(src)
		dst[0], dst[1] = math.Float32frombits(uint32(v)), math.Float32frombits(uint32(v>>32))
		dst, src = dst[2:], src[8:]
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}
