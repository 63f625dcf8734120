package datasets

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonlFile reads a file with one JSON object per line. Blank lines do not count as
// records. The first object decides which keys are read.
type jsonlFile struct {
	path, id string
	cfg      TextConfig
}

func newJSONL(path, id string, cfg TextConfig) part { return jsonlFile{path, id, cfg} }

// classes implements part: lines declare none.
func (j jsonlFile) classes() ([]string, bool, error) { return nil, false, nil }

func (j jsonlFile) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		in, err := openFile(j.path)
		if err != nil {
			yield(record{}, err)
			return
		}
		defer in.Close() //nolint:errcheck // read only
		var f fields
		var buf []byte
		for number := 1; ; number++ {
			in.record()
			line, err := readLine(in.Reader, buf)
			if errors.Is(err, io.EOF) {
				return
			}
			buf = line
			if line = bytes.TrimSpace(line); err == nil && len(line) == 0 {
				continue
			}
			var r record
			if err == nil {
				r, err = j.record(line, &f)
			}
			if err != nil {
				yield(record{}, fmt.Errorf("%s:%d: %w", j.path, number, err))
				return
			}
			r.id = j.id + ":" + strconv.Itoa(number)
			if !yield(r, nil) {
				return
			}
		}
	}
}

// readLine reads up to the next line feed, into the memory of buf where it suffices.
// It returns io.EOF only where nothing is left.
func readLine(in *bufio.Reader, buf []byte) ([]byte, error) {
	buf = buf[:0]
	for {
		chunk, err := in.ReadSlice('\n')
		buf = append(buf, chunk...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(buf) > 0:
			return buf, nil
		}
		return buf, err
	}
}

// record decodes one line. It fills f from the first one.
func (j jsonlFile) record(line []byte, f *fields) (record, error) {
	if line[0] == '[' {
		return record{}, errors.New("a JSON array: want one object per line, as jq -c '.[]' makes them")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(line, &object); err != nil {
		return record{}, fmt.Errorf(`%w: want one object per line, such as {"text": "…", "label": 0}`, err)
	}
	if f.text == "" {
		var err error
		if *f, err = j.cfg.fields(slices.Sorted(maps.Keys(object))); err != nil {
			return record{}, err
		}
	}
	raw, ok := object[f.text]
	if !ok || len(raw) == 0 || raw[0] != '"' {
		return record{}, fmt.Errorf("%s is not a string: correct the line or take it out", f.text)
	}
	text, err := unquote(raw)
	if err != nil {
		return record{}, fmt.Errorf("%s: %w: correct the line or take it out", f.text, err)
	}
	label, err := scalar(object[f.label])
	if err != nil {
		return record{}, fmt.Errorf("%s: %w", f.label, err)
	}
	return record{text: text, label: label}, nil
}

// unquote decodes a JSON string. Unlike encoding/json it leaves invalid UTF-8 as it
// is: what lies between the invalid bytes is decoded piece by piece, which is right
// because escapes are ASCII.
func unquote(raw []byte) (string, error) {
	if utf8.Valid(raw) {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	}
	var out strings.Builder
	for rest := raw[1 : len(raw)-1]; len(rest) > 0; {
		n := validPrefix(rest)
		piece, err := unquote(slices.Concat([]byte{'"'}, rest[:n], []byte{'"'}))
		if err != nil {
			return "", err
		}
		out.WriteString(piece)
		if n < len(rest) {
			out.WriteByte(rest[n])
			n++
		}
		rest = rest[n:]
	}
	return out.String(), nil
}

// validPrefix returns the length of the longest valid UTF-8 at the start of b.
func validPrefix(b []byte) int {
	for n := 0; n < len(b); {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			return n
		}
		n += size
	}
	return len(b)
}

// scalar returns a label as other formats would write it.
func scalar(raw json.RawMessage) (string, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", nil
	case raw[0] == '"':
		s, err := unquote(raw)
		return tidy(s), err
	case raw[0] == '{' || raw[0] == '[':
		return "", errors.New("not a single value: set label_field to one that holds a string or a number")
	}
	return tidy(string(raw)), nil
}
