package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// formats maps the end of a file's name to what reads it.
var formats = []struct {
	suffix string
	open   func(path, id string, cfg TextConfig) part
}{
	{".csv", newCSV(',')},
	{".tsv", newCSV('\t')},
	{".jsonl", newJSONL},
	{".ndjson", newJSONL},
	{".json", newJSONL},
	{".parquet", newParquet},
}

const wanted = "want an aclImdb folder, or a .csv, .tsv, .jsonl, .json or .parquet file (.gz behind the first four)"

// findParts finds what OpenTexts reads at path.
func findParts(path string, cfg TextConfig) ([]part, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such file or folder: %s", path, wanted)
	case err != nil:
		return nil, err
	case info.IsDir():
		return findInFolder(path, cfg)
	}
	p, ok := openPart(path, filepath.Base(path), cfg)
	if !ok {
		return nil, fmt.Errorf("%s: unknown format: %s", path, wanted)
	}
	return []part{p}, nil
}

// openPart returns the reader that the name of a file asks for.
func openPart(path, id string, cfg TextConfig) (part, bool) {
	name := strings.ToLower(filepath.Base(path))
	bare := strings.TrimSuffix(name, ".gz")
	for _, f := range formats {
		if strings.HasSuffix(bare, f.suffix) && (bare == name || f.suffix != ".parquet") {
			return f.open(path, id, cfg), true
		}
	}
	return nil, false
}

func findInFolder(path string, cfg TextConfig) ([]part, error) {
	for _, dir := range []string{cfg.split(), "."} {
		if folder := (aclFolder{root: path, dir: dir}); folder.found() {
			return []part{folder}, nil
		}
	}
	return findFiles(path, cfg)
}

// pieces matches what stands behind a split's name when it is cut in pieces.
var pieces = regexp.MustCompile(`^-\d+-of-\d+$`)

// findFiles finds the one file of a split, or its pieces in order.
func findFiles(path string, cfg TextConfig) ([]part, error) {
	entries, err := os.ReadDir(path) // sorted
	if err != nil {
		return nil, err
	}
	var found []part
	var kind string
	for _, e := range entries {
		stem, rest, _ := strings.Cut(e.Name(), ".")
		number, ok := strings.CutPrefix(stem, cfg.split())
		if !ok || number != "" && !pieces.MatchString(number) {
			continue
		}
		p, ok := openPart(filepath.Join(path, e.Name()), e.Name(), cfg)
		if !ok {
			continue
		}
		if len(found) > 0 && (number == "" || kind != rest) {
			return nil, fmt.Errorf("%s: several files hold the split %s: name the file itself", path, cfg.split())
		}
		found, kind = append(found, p), rest
	}
	if found == nil {
		return nil, fmt.Errorf("%s: no split %s: want %s/{neg,pos}/*.txt, neg/ and pos/ directly, or a file such as %s.jsonl.gz, .csv or .parquet",
			path, cfg.split(), cfg.split(), cfg.split())
	}
	return found, nil
}
