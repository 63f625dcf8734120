package logs

import (
	"encoding/binary"
	"hash/crc32"
	"iter"
)

// A .wandb file is a header, and then a log in LevelDB's form: blocks of 32 KiB, the
// header being part of the first, hold chunks that never cross a block. A chunk is a
// CRC-32 (IEEE) of its type and payload, the payload's length, its type, the payload.
// A record is one chunk or several. wandb: core/pkg/leveldb/record.go.
const (
	wandbHeader = ":W&B\xe1\xbe\x00" // with the format's number, and its version
	blockSize   = 32 << 10
	chunkHeader = 7
)

// Types of chunks.
const (
	chunkFull = 1 + iota
	chunkFirst
	chunkMiddle
	chunkLast
)

// chunkType tells the type of a chunk by its place in its record.
var chunkType = map[struct{ first, last bool }]byte{
	{true, true}: chunkFull, {true, false}: chunkFirst, {false, false}: chunkMiddle, {false, true}: chunkLast,
}

// appendRecord appends a record to dst, which is to stand at offset at of the file.
func appendRecord(dst []byte, at int64, record []byte) []byte {
	for first := true; ; first = false {
		left := blockSize - int((at+int64(len(dst)))%blockSize)
		if left < chunkHeader {
			dst = append(dst, make([]byte, left)...)
			left = blockSize
		}
		n := min(left-chunkHeader, len(record))
		last := n == len(record)
		dst = appendChunk(dst, chunkType[struct{ first, last bool }{first, last}], record[:n])
		if record = record[n:]; last {
			return dst
		}
	}
}

func appendChunk(dst []byte, kind byte, payload []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, chunkChecksum(kind, payload))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(payload)))
	return append(append(dst, kind), payload...)
}

func chunkChecksum(kind byte, payload []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte{kind}), crc32.IEEETable, payload)
}

// records iterates over the records of a .wandb file with the offsets at which they
// end, up to the first that is broken.
func records(data []byte) iter.Seq2[[]byte, int64] {
	return func(yield func([]byte, int64) bool) {
		if len(data) < len(wandbHeader) || string(data[:len(wandbHeader)]) != wandbHeader {
			return
		}
		var record []byte
		open := false // a record has begun
		for at := len(wandbHeader); ; {
			if left := blockSize - at%blockSize; left < chunkHeader {
				at += left
			}
			kind, payload, ok := chunk(data, at)
			if begins := kind == chunkFull || kind == chunkFirst; !ok || begins == open {
				return
			}
			record = append(record, payload...)
			at += chunkHeader + len(payload)
			if open = kind == chunkFirst || kind == chunkMiddle; open {
				continue
			}
			if !yield(record, int64(at)) {
				return
			}
			record = nil
		}
	}
}

// chunk reads the chunk at an offset of data.
func chunk(data []byte, at int) (kind byte, payload []byte, ok bool) {
	if at+chunkHeader > len(data) {
		return 0, nil, false
	}
	head, rest := data[at:at+chunkHeader], data[at+chunkHeader:]
	n := int(binary.LittleEndian.Uint16(head[4:]))
	if kind = head[6]; n > len(rest) || kind < chunkFull || kind > chunkLast {
		return 0, nil, false
	}
	payload = rest[:n]
	return kind, payload, binary.LittleEndian.Uint32(head) == chunkChecksum(kind, payload)
}
