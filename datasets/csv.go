package datasets

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// csvFile reads a table with a header row. Quoted fields may hold line breaks.
type csvFile struct {
	path, id string
	comma    rune
	cfg      TextConfig
}

func newCSV(comma rune) func(path, id string, cfg TextConfig) part {
	return func(path, id string, cfg TextConfig) part { return csvFile{path, id, comma, cfg} }
}

// classes implements part: a table declares none.
func (c csvFile) classes() ([]string, bool, error) { return nil, false, nil }

func (c csvFile) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		in, err := openFile(c.path)
		if err != nil {
			yield(record{}, err)
			return
		}
		defer in.Close() //nolint:errcheck // read only
		rows := csv.NewReader(in)
		rows.Comma = c.comma
		rows.ReuseRecord = true
		text, label, err := c.header(rows)
		if err != nil {
			yield(record{}, err)
			return
		}
		for line := 1; ; {
			in.record()
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(record{}, c.explain(err, line))
				return
			}
			line, _ = rows.FieldPos(0)
			r := record{id: fmt.Sprintf("%s:%d", c.id, line), text: row[text]}
			if label >= 0 {
				r.label = tidy(row[label])
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// header reads the first row and returns the columns of the text and of the label,
// the latter -1 for none.
func (c csvFile) header(rows *csv.Reader) (text, label int, err error) {
	row, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return 0, 0, fmt.Errorf("%s:1: empty file: want a header row", c.path)
	}
	if err != nil {
		return 0, 0, c.explain(err, 1)
	}
	names := make([]string, len(row))
	for i, name := range row {
		names[i] = strings.TrimSpace(name)
	}
	f, err := c.cfg.fields(names)
	if err != nil {
		return 0, 0, fmt.Errorf("%s:1: %w", c.path, err)
	}
	return slices.Index(names, f.text), slices.Index(names, f.label), nil
}

// explain names the line of an error and how to mend it. Line is that of the last
// good record.
func (c csvFile) explain(err error, line int) error {
	var bad *csv.ParseError
	switch {
	case !errors.As(err, &bad):
		return fmt.Errorf("%s:%d: in or after this line: %w", c.path, line, err)
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("%s:%d: %w: quote a field that holds %q", c.path, bad.StartLine, bad.Err, c.comma)
	}
	return fmt.Errorf("%s:%d: %w: put a field with quotes into quotes, and double those inside it", c.path, bad.StartLine, bad.Err)
}
