package logs

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/saego/saego/internal/atomic"
)

const csvFile = "metrics.csv"

// table writes one row per step and one column per key, with the header on top: what
// pandas.read_csv makes a frame of whose columns can be plotted as they are. The long
// form, a row per value, would want a pivot first. Records of the same step share
// their row. A key that comes up later gets a column on the right, for which the file
// is written anew; cells of rows without it are empty. Keys come up a few times in a
// run, so that this costs nothing to speak of.
//
// Numbers are exact; NaN, inf and -inf are written as such, unlike in JSON. Histograms
// are left out.
type table struct {
	path    string
	file    *file
	columns []string

	step int
	row  []string // cells of the last row, nil for none
	at   int64    // where it begins
}

func openCSV(dir string, _ Config, run Run) (sink, map[string]bool, error) {
	t := &table{path: filepath.Join(dir, csvFile)}
	var err error
	if t.file, err = openFile(t.path); err != nil {
		return nil, nil, err
	}
	if t.file.end == 0 {
		t.columns = []string{stepKey, samplesKey}
		err = t.file.append(line(t.columns))
	} else {
		err = t.resume(run.ResumeStep)
	}
	if err != nil {
		return nil, nil, errors.Join(err, t.file.close())
	}
	return t, nil, nil // a value that comes again overwrites its cell
}

// resume reads the header and cuts the file after the rows that a run keeps which
// goes on at a step: before the first one of a later step, or before a row that was
// not finished.
func (t *table) resume(step int) error {
	header := csv.NewReader(t.file.reader())
	var err error
	t.columns, err = header.Read()
	end := header.InputOffset()
	if err != nil || len(t.columns) < 2 || t.columns[0] != stepKey || t.columns[1] != samplesKey || !t.endsLine(end) {
		return fmt.Errorf("the file does not begin with a line %s,%s...: move it away", stepKey, samplesKey)
	}
	for rows := t.rows(end); ; {
		text, err := rows.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return t.file.cut(end)
		}
		if err != nil {
			return err
		}
		cells := strings.Split(strings.TrimSuffix(text, "\n"), ",")
		if n, err := strconv.Atoi(cells[0]); err == nil && n > step {
			return t.file.cut(end)
		} else if t.row = nil; err == nil && len(cells) == len(t.columns) {
			t.step, t.row, t.at = n, cells, end
		}
		end += int64(len(text))
	}
}

// endsLine tells whether a line ends at an offset.
func (t *table) endsLine(at int64) bool {
	last := make([]byte, 1)
	_, err := t.file.f.ReadAt(last, at-1)
	return err == nil && last[0] == '\n'
}

// rows reads the file from an offset on.
func (t *table) rows(from int64) *bufio.Reader {
	return bufio.NewReader(io.NewSectionReader(t.file.f, from, t.file.end-from))
}

func (t *table) write(e entry) error {
	var missing []string
	for _, key := range slices.Sorted(maps.Keys(e.values)) {
		if !slices.Contains(t.columns, key) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		if err := t.widen(missing); err != nil {
			return err
		}
	}
	if t.row == nil || e.step != t.step {
		t.step, t.row, t.at = e.step, make([]string, len(t.columns)), t.file.end
	}
	for i, key := range t.columns[2:] {
		if v, ok := e.values[key]; ok {
			t.row[2+i] = number(v)
		}
	}
	t.row[0], t.row[1] = strconv.Itoa(e.step), strconv.Itoa(e.samples)
	return t.file.put(t.at, line(t.row))
}

// widen adds columns on the right of all rows.
func (t *table) widen(keys []string) error {
	old := csv.NewReader(t.file.reader())
	if _, err := old.Read(); err != nil {
		return err
	}
	rows := t.rows(old.InputOffset())
	t.columns = append(t.columns, keys...)
	empty := append(bytes.Repeat([]byte{','}, len(keys)), '\n')
	err := atomic.WriteFile(t.path, func(w io.Writer) error {
		_, err := w.Write(line(t.columns))
		for err == nil {
			var row []byte
			if row, err = rows.ReadBytes('\n'); err == nil {
				_, err = w.Write(append(row[:len(row)-1], empty...))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	wide, err := openFile(t.path)
	if err != nil {
		return err
	}
	narrow := t.file
	t.file = wide
	if t.row != nil {
		t.row = append(t.row, make([]string, len(keys))...)
		t.at = t.file.end - int64(len(line(t.row)))
	}
	return narrow.f.Close()
}

func (t *table) close(int) error { return t.file.close() }

// number writes v so that Python's float reads it back, too.
func number(v float64) string {
	if math.IsInf(v, 0) {
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(v, 'g', -1, 64)), "+")
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// line returns a row of a CSV file.
func line(cells []string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(cells) // a buffer takes all
	w.Flush()
	return b.Bytes()
}
