package store

import (
	"encoding/binary"
	"math"
	"sync"
)

// halves are the values of all binary16 numbers. A look into a table that fits the
// second cache is faster than the arithmetic, and right for all of them.
var halves = sync.OnceValue(func() *[1 << 16]float32 {
	t := new([1 << 16]float32)
	for i := range t {
		t[i] = fromHalf(uint16(i))
	}
	return t
})

// fromHalf returns the value of a binary16 number.
func fromHalf(h uint16) float32 {
	bits := uint32(h&0x7fff) << 13
	if h&0x7c00 == 0x7c00 { // infinite, or not a number
		bits |= 0xff << 23
	} else {
		bits = math.Float32bits(math.Float32frombits(bits) * 0x1p112) // subnormal ones, too
	}
	return math.Float32frombits(bits | uint32(h&0x8000)<<16)
}

// toHalf returns the binary16 number that is nearest to v, the even one of two, and an
// infinite one where v is too large or not a number.
func toHalf(v float32) uint16 {
	b := math.Float32bits(v)
	sign := uint16(b>>16) & 0x8000
	b &= 0x7fffffff
	switch {
	case b < 0x38800000: // below 2⁻¹⁴, subnormal: a sum from ½ on has a last bit of 2⁻²⁴
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	case b >= 0x47800000: // from 2¹⁶ on
		return sign | 0x7c00
	}
	return sign | uint16((b-0x38000000+0xfff+(b>>13&1))>>13)
}

// plainHalf tells whether v, by its bits, is neither subnormal nor too large as a
// binary16 number: nearly all values are.
func plainHalf(b uint32) bool { return b&0x7fffffff-0x38800000 < 0x477ff000-0x38800000 }

// roundHalf is toHalf for those.
func roundHalf(b uint32) uint64 {
	return uint64(b>>16&0x8000 | (b&0x7fffffff-0x38000000+0xfff+(b>>13&1))>>13)
}

// encodeF16 takes four values at a time where it can.
func encodeF16(dst []byte, src []float32) int {
	bad := -1
	for i := 0; i < len(src); {
		if i+4 <= len(src) {
			s := src[i : i+4 : i+4]
			a, b, c, d := math.Float32bits(s[0]), math.Float32bits(s[1]), math.Float32bits(s[2]), math.Float32bits(s[3])
			if plainHalf(a) && plainHalf(b) && plainHalf(c) && plainHalf(d) {
				binary.LittleEndian.PutUint64(dst[2*i:], roundHalf(a)|roundHalf(b)<<16|roundHalf(c)<<32|roundHalf(d)<<48)
				i += 4
				continue
			}
		}
		h := toHalf(src[i])
		if h&0x7c00 == 0x7c00 && bad < 0 {
			bad = i
		}
		binary.LittleEndian.PutUint16(dst[2*i:], h)
		i++
	}
	return bad
}

func decodeF16(dst []float32, src []byte) {
	t := halves()
	for len(dst) >= 4 && len(src) >= 8 {
		v := binary.LittleEndian.Uint64(src)
		dst[0], dst[1] = t[uint16(v)], t[uint16(v>>16)]
		dst[2], dst[3] = t[uint16(v>>32)], t[uint16(v>>48)]
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = t[binary.LittleEndian.Uint16(src[2*i:])]
	}
}
