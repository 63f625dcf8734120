package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
)

// shardName matches the names of shards' files.
var shardName = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}-(` + actsFile + `|` + targetFile + `)-[0-9]{5,}\.safetensors$`)

// Verify reads a whole store and returns its manifest. The error, joined, names every
// file that is missing, was cut short or changed, belongs to another store, or is there
// without being in the manifest. told, which may be nil, hears how many of the bytes were
// read.
func Verify(ctx context.Context, place Place, told func(read, all int64)) (Manifest, error) {
	m, err := verify(ctx, place, told)
	if err != nil {
		return m, fmt.Errorf("store: %v: %w", place, err)
	}
	return m, nil
}

func verify(ctx context.Context, place Place, told func(read, all int64)) (Manifest, error) {
	m, err := whole(ctx, place)
	if err != nil {
		return m, err
	}
	var errs []error
	read, all := int64(0), m.Bytes()
	known := map[string]bool{}
	for _, p := range m.Parts {
		first := 0
		for _, s := range p.Shards {
			p.Rows = first // as it was when the shard was written
			first += s.Rows
			files := []content{{s.Acts, s.Rows, m.DIn, m.Hook}}
			if s.Target != nil {
				files = append(files, content{*s.Target, s.Rows, m.DOut, m.Target})
			}
			for _, f := range files {
				if ctx.Err() != nil {
					return m, context.Cause(ctx)
				}
				known[f.Name] = true
				errs = append(errs, f.verify(ctx, place, m, p))
				if read += f.Bytes; told != nil {
					told(read, all)
				}
			}
		}
	}
	return m, errors.Join(append(errs, strays(ctx, place, known))...)
}

// strays names the shards that are not known.
func strays(ctx context.Context, place Place, known map[string]bool) error {
	there, err := place.List(ctx)
	for _, f := range there {
		if shardName.MatchString(f.Name) && !known[f.Name] {
			err = errors.Join(err, fmt.Errorf("%s is not in %s", f.Name, ManifestFile))
		}
	}
	return err
}

// content is a file that a manifest describes.
type content struct {
	FileSum
	rows, width int
	hook        string
}

// verify says what is wrong with the file.
func (c content) verify(ctx context.Context, place Place, m Manifest, p PartInfo) (err error) {
	r, err := place.Open(ctx, c.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing", c.Name)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.Size() != c.Bytes {
		return fmt.Errorf("%s has %d bytes of %d", c.Name, r.Size(), c.Bytes)
	}
	if _, err := layout(r, m.Description, c.rows, c.width, metadata(m, p, c.hook)); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(r, 0, r.Size()), make([]byte, min(readBytes, r.Size()))); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != c.SHA256 {
		return fmt.Errorf("%s is damaged: its SHA-256 is not the one in %s", c.Name, ManifestFile)
	}
	return nil
}
