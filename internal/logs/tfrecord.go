package logs

import (
	"encoding/binary"
	"hash/crc32"
	"iter"
)

// A TFRecord is the length of its payload (8 bytes, little-endian), a checksum of
// the length, the payload, and a checksum of the payload (4 bytes each).
const (
	tfHeader  = 12
	tfTrailer = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tfChecksum is a CRC-32C, masked as TFRecord wants it.
func tfChecksum(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

func appendTFRecord(dst, payload []byte) []byte {
	at := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(payload)))
	dst = binary.LittleEndian.AppendUint32(dst, tfChecksum(dst[at:]))
	dst = append(dst, payload...)
	return binary.LittleEndian.AppendUint32(dst, tfChecksum(payload))
}

// tfRecords iterates over the payloads in data with the offsets at which they end,
// up to the first that is broken.
func tfRecords(data []byte) iter.Seq2[[]byte, int64] {
	return func(yield func([]byte, int64) bool) {
		for end := int64(0); ; {
			rest := data[end:]
			if len(rest) < tfHeader || binary.LittleEndian.Uint32(rest[8:]) != tfChecksum(rest[:8]) {
				return
			}
			n := binary.LittleEndian.Uint64(rest)
			if rest = rest[tfHeader:]; n > uint64(len(rest)) || uint64(len(rest))-n < tfTrailer {
				return
			}
			payload := rest[:n]
			if binary.LittleEndian.Uint32(rest[n:]) != tfChecksum(payload) {
				return
			}
			if end += tfHeader + int64(n) + tfTrailer; !yield(payload, end) {
				return
			}
		}
	}
}
