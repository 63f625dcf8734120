package logs_test

import (
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The readers here know the formats by themselves. They fail at the first byte that
// is not as it should be.

// crc is a cyclic redundancy check, bit by bit, of a reflected polynomial.
func crc(polynomial uint32, data string) uint32 {
	c := ^uint32(0)
	for _, b := range []byte(data) {
		c ^= uint32(b)
		for range 8 {
			c = c>>1 ^ polynomial*(c&1)
		}
	}
	return ^c
}

const (
	ieee = 0xedb88320
	crcC = 0x82f63b78
)

func TestCRC(t *testing.T) {
	for polynomial, want := range map[uint32]uint32{ieee: 0xcbf43926, crcC: 0xe3069283} {
		if got := crc(polynomial, "123456789"); got != want {
			t.Errorf("polynomial %#x gives %#x, want %#x", polynomial, got, want)
		}
	}
}

// tfRecords returns the payloads of a file of TFRecords.
func tfRecords(t testing.TB, data string) (payloads []string) {
	t.Helper()
	check := func(stored, of string) {
		if c := crc(crcC, of); binary.LittleEndian.Uint32([]byte(stored)) != (c>>15|c<<17)+0xa282ead8 {
			t.Fatalf("wrong checksum before byte %d from the end", len(data))
		}
	}
	for len(data) > 0 {
		n := binary.LittleEndian.Uint64([]byte(data[:8]))
		check(data[8:12], data[:8])
		payload := data[12 : 12+n]
		check(data[12+n:16+n], payload)
		payloads, data = append(payloads, payload), data[16+n:]
	}
	return payloads
}

// wandbRecords returns the records of a .wandb file.
func wandbRecords(t testing.TB, data string) (records []string) {
	t.Helper()
	if !strings.HasPrefix(data, ":W&B\xe1\xbe\x00") {
		t.Fatalf("the file begins with %q", data[:min(7, len(data))])
	}
	record, open := "", false
	for at := 7; at < len(data); {
		if left := 32768 - at%32768; left < 7 {
			if strings.Trim(data[at:at+left], "\x00") != "" {
				t.Fatalf("block ends with %q", data[at:at+left])
			}
			at += left
		}
		n, kind := int(binary.LittleEndian.Uint16([]byte(data[at+4:]))), data[at+6]
		payload := data[at+7 : at+7+n]
		if c := crc(ieee, string(kind)+payload); binary.LittleEndian.Uint32([]byte(data[at:])) != c {
			t.Fatalf("wrong checksum at %d", at)
		}
		if begins := kind == 1 || kind == 2; begins == open || at%32768+7+n > 32768 {
			t.Fatalf("a chunk of type %d and length %d at %d", kind, n, at)
		}
		record += payload
		if open = kind == 2 || kind == 3; !open {
			records, record = append(records, record), ""
		}
		at += 7 + n
	}
	if open {
		t.Fatal("the last record has no end")
	}
	return records
}

// fields returns the fields of a protocol buffer, all of whose values are written as
// they are on the wire but numbers.
func fields(t testing.TB, message string) map[protowire.Number][]any {
	t.Helper()
	out := map[protowire.Number][]any{}
	for b := []byte(message); len(b) > 0; {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var value any
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			var v []byte
			v, n = protowire.ConsumeBytes(b)
			value = string(v)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
			value = string(b[:max(n, 0)])
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		out[number] = append(out[number], value)
		b = b[n:]
	}
	return out
}

// history returns the rows of a .wandb file: JSON by key.
func history(t testing.TB, data string) (rows []map[string]string) {
	t.Helper()
	for _, record := range wandbRecords(t, data) {
		for _, h := range fields(t, record)[2] {
			row := map[string]string{}
			for _, item := range fields(t, h.(string))[1] {
				f := fields(t, item.(string))
				row[f[2][0].(string)] = f[16][0].(string)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// tags returns step and tag of each value of an event file, and the steps at which
// sessions start.
func tags(t testing.TB, data string) (out []tag, sessions []int) {
	t.Helper()
	for _, payload := range tfRecords(t, data) {
		event := fields(t, payload)
		step := int(event[2][0].(uint64))
		for range event[7] {
			sessions = append(sessions, step)
		}
		for _, summary := range event[5] {
			for _, value := range fields(t, summary.(string))[1] {
				out = append(out, tag{step, fields(t, value.(string))[1][0].(string)})
			}
		}
	}
	return out, sessions
}

type tag struct {
	step int
	key  string
}

// objects returns the lines of a JSONL file.
func objects(t testing.TB, data string) (out []map[string]any) {
	t.Helper()
	if data != "" && !strings.HasSuffix(data, "\n") {
		t.Fatalf("the last line is not finished: %q", data[max(0, len(data)-50):])
	}
	for line := range strings.Lines(data) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, o)
	}
	return out
}

// cells returns the rows of a CSV file, which all have the same length.
func cells(t testing.TB, data string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil || !strings.HasSuffix(data, "\n") {
		t.Fatalf("%v, the end is %q", err, data[max(0, len(data)-50):])
	}
	return rows
}
