package datasets

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// parquetFile reads two columns of a parquet file, page by page. A page holds about
// 1 MiB. Records are numbered from 1, as the lines of other files are.
type parquetFile struct {
	path, id string
	cfg      TextConfig
}

func newParquet(path, id string, cfg TextConfig) part { return parquetFile{path, id, cfg} }

// classes implements part: the datasets library of Hugging Face writes class names
// into the file's metadata.
func (p parquetFile) classes() (names []string, ok bool, err error) {
	raw, table, err := p.open()
	if err != nil {
		return nil, false, err
	}
	defer raw.Close() //nolint:errcheck // read only
	f, err := p.fields(table)
	if err != nil || f.label == "" {
		return nil, err == nil, err
	}
	text, _ := table.Lookup("huggingface")
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	var feature struct {
		Names []string `json:"names"`
	}
	if json.Unmarshal([]byte(text), &meta) != nil || json.Unmarshal(meta.Info.Features[f.label], &feature) != nil {
		return nil, false, nil // not written by that library, or not a class label
	}
	return feature.Names, feature.Names != nil, nil
}

// open opens the file and reads its footer. The first result is to be closed.
func (p parquetFile) open() (raw *os.File, table *parquet.File, err error) {
	if raw, err = os.Open(p.path); err != nil {
		return nil, nil, err
	}
	err = guard(func() error {
		size, err := checkFooter(raw)
		if err == nil {
			table, err = parquet.OpenFile(raw, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("%s: not a whole parquet file: %w: copy or download it again", p.path, err)
		return nil, nil, errors.Join(err, raw.Close())
	}
	return raw, table, nil
}

// checkFooter returns the size of the file. It refuses a footer that claims to be
// larger, for which the library would allocate what it claims.
func checkFooter(raw *os.File) (int64, error) {
	info, err := raw.Stat()
	if err != nil {
		return 0, err
	}
	var tail [8]byte
	if _, err := raw.ReadAt(tail[:], max(0, info.Size()-8)); err != nil {
		return 0, err
	}
	if footer := binary.LittleEndian.Uint32(tail[:]); int64(footer) > info.Size()-12 {
		return 0, fmt.Errorf("footer of %d bytes in a file of %d", footer, info.Size())
	}
	return info.Size(), nil
}

// fields picks the columns among the plain ones.
func (p parquetFile) fields(table *parquet.File) (fields, error) {
	var plain []string
	for _, c := range table.Root().Columns() {
		if c.Leaf() && !c.Repeated() {
			plain = append(plain, c.Name())
		}
	}
	f, err := p.cfg.fields(plain)
	if err == nil && table.Root().Column(f.text).Type().Kind() != parquet.ByteArray {
		err = fmt.Errorf("column %s holds no text: set text_field to one of %s", f.text, strings.Join(plain, ", "))
	}
	if err != nil {
		return fields{}, fmt.Errorf("%s: %w", p.path, err)
	}
	return f, nil
}

func (p parquetFile) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		raw, table, err := p.open()
		if err != nil {
			yield(record{}, err)
			return
		}
		defer raw.Close() //nolint:errcheck // read only
		f, err := p.fields(table)
		if err != nil {
			yield(record{}, err)
			return
		}
		number := 0
		for _, group := range table.RowGroups() {
			for r, err := range groupRecords(table, group, f) {
				number++
				if err != nil {
					yield(record{}, fmt.Errorf("%s:%d: %w: copy or download the file again", p.path, number, err))
					return
				}
				r.id = fmt.Sprintf("%s:%d", p.id, number)
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// groupRecords yields the records of one row group. A text that is null is empty.
func groupRecords(table *parquet.File, group parquet.RowGroup, f fields) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		text := newCursor(table, group, f.text)
		defer text.close()
		label := newCursor(table, group, f.label)
		defer label.close()
		for range group.NumRows() {
			var r record
			err := guard(func() (err error) {
				if r.text, err = text.next(); err != nil {
					return fmt.Errorf("column %s: %w", f.text, err)
				}
				if r.label, err = label.next(); err != nil {
					return fmt.Errorf("column %s: %w", f.label, err)
				}
				r.label = tidy(r.label)
				return nil
			})
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// cursor reads the values of one column of a row group, one after the other.
type cursor struct {
	pages  parquet.Pages // nil: no such column, and every value is ""
	page   parquet.Page
	values parquet.ValueReader
	buf    [64]parquet.Value
	left   []parquet.Value // of buf, not yet given out
}

func newCursor(table *parquet.File, group parquet.RowGroup, column string) *cursor {
	if column == "" {
		return &cursor{}
	}
	return &cursor{pages: group.ColumnChunks()[table.Root().Column(column).Index()].Pages()}
}

// next returns the next value as text, a null as "".
func (c *cursor) next() (string, error) {
	if c.pages == nil {
		return "", nil
	}
	for len(c.left) == 0 {
		if err := c.load(); err != nil {
			return "", err
		}
	}
	v := c.left[0]
	c.left = c.left[1:]
	switch {
	case v.IsNull():
		return "", nil
	case v.Kind() == parquet.ByteArray:
		return string(v.ByteArray()), nil // a copy: the page's memory is used again
	}
	return v.String(), nil
}

// load gets the next values of the page, or the next page.
func (c *cursor) load() error {
	if c.values != nil {
		n, err := c.values.ReadValues(c.buf[:])
		c.left = c.buf[:n]
		if n > 0 || err == nil {
			return nil
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
		c.release()
	}
	page, err := c.pages.ReadPage()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("fewer values than rows: %w", io.ErrUnexpectedEOF)
	}
	if err != nil {
		return err
	}
	c.page, c.values = page, page.Values()
	return nil
}

// release gives the page's memory back; no value of it is in use.
func (c *cursor) release() {
	parquet.Release(c.page)
	c.page, c.values = nil, nil
}

func (c *cursor) close() {
	if c.page != nil {
		c.release()
	}
	if c.pages != nil {
		c.pages.Close() //nolint:errcheck // read only
	}
}

// guard turns a panic of the parquet library, which damaged files can cause, into
// an error.
func guard(read func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged: %v", r)
		}
	}()
	return read()
}
