package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds of what a manifest may claim, so that no product overflows.
const (
	maxManifest  = 256 << 20 // bytes
	maxWidth     = 1 << 24   // values of a row
	maxShardRows = 1 << 31
)

// readManifest reads a manifest, or the beginning of one.
func readManifest(ctx context.Context, place Place, name string) (m Manifest, err error) {
	data, err := readAll(ctx, place, name)
	if err != nil {
		return m, err
	}
	if m, err = parseManifest(data, name == ManifestFile); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func readAll(ctx context.Context, place Place, name string) (data []byte, err error) {
	r, err := place.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.Size() > maxManifest {
		return nil, fmt.Errorf("%s has %d bytes, want at most %d", name, r.Size(), maxManifest)
	}
	return io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
}

// parseManifest reads the text of a manifest and checks that it says nothing
// impossible.
func parseManifest(data []byte, whole bool) (m Manifest, err error) {
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return m, fmt.Errorf("it is no JSON: %w", err)
	}
	if head.Format != format || head.Version != version {
		return m, fmt.Errorf("format is %q %d, this program reads %q %d", head.Format, head.Version, format, version)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, err
	}
	for key, text := range m.Settings { // without the spaces of an indented file
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			return m, err
		}
		m.Settings[key] = b.Bytes()
	}
	if err := m.check(whole); err != nil {
		return m, fmt.Errorf("damaged: %w", err)
	}
	return m, nil
}

// check says what in m cannot be.
func (m Manifest) check(whole bool) error {
	switch {
	case m.DIn < 1 || m.DIn > maxWidth || m.DOut < 0 || m.DOut > maxWidth:
		return fmt.Errorf("d_in is %d, d_out %d", m.DIn, m.DOut)
	case (m.Target == "") != (m.DOut == 0):
		return fmt.Errorf("hook_out is %q, d_out %d", m.Target, m.DOut)
	}
	if err := (Config{DType: m.DType, ShardRows: m.ShardRows, Unit: m.Unit}).Validate(); err != nil {
		return err
	}
	if sum, err := m.Description.hash(); err != nil || sum != m.ConfigHash {
		return errors.Join(fmt.Errorf("config_hash is %s, that of what it describes %s", m.ConfigHash, sum), err)
	}
	if len(m.Parts) != len(m.Limits) {
		return fmt.Errorf("%d parts, %d limits", len(m.Parts), len(m.Limits))
	}
	seen := map[string]bool{}
	for _, p := range m.Parts {
		if _, limited := m.Limits[p.Name]; seen[p.Name] || !limited || !partName.MatchString(p.Name) {
			return fmt.Errorf("part %q", p.Name)
		}
		seen[p.Name] = true
		if err := m.checkPart(p, whole); err != nil {
			return fmt.Errorf("part %s: %w", p.Name, err)
		}
	}
	if sum := m.contentHash(); whole && sum != m.ContentHash {
		return fmt.Errorf("content_hash is %s, that of the shards %s", m.ContentHash, sum)
	}
	return nil
}

// checkPart says what in a part cannot be.
func (m Manifest) checkPart(p PartInfo, whole bool) error {
	rows := 0
	for i, s := range p.Shards {
		last := i == len(p.Shards)-1
		if s.Rows < 1 || s.Rows > m.ShardRows || s.Rows < m.ShardRows && !last {
			return fmt.Errorf("shard %d has %d rows of %d", i, s.Rows, m.ShardRows)
		}
		rows += s.Rows
		if (s.Target != nil) != (m.DOut > 0) {
			return fmt.Errorf("shard %d: one file too many or too few", i)
		}
		if !s.Acts.is(fileName(p.Name, actsFile, i)) || s.Target != nil && !s.Target.is(fileName(p.Name, targetFile, i)) {
			return fmt.Errorf("shard %d: file %q", i, s.Acts.Name)
		}
	}
	if rows != p.Rows || whole && rows == 0 {
		return fmt.Errorf("%d rows, the shards have %d", p.Rows, rows)
	}
	if limit := m.Limits[p.Name]; limit < 0 || limit > 0 && rows > limit {
		return fmt.Errorf("%d rows, want at most %d", rows, limit)
	}
	if (p.At == nil) != whole {
		return errors.New("position: a whole store has none, another one has one")
	}
	if p.At != nil && p.At.Skip < 0 {
		return fmt.Errorf("position: skip is %d", p.At.Skip)
	}
	return nil
}

// is says whether f can be the file of that name.
func (f FileSum) is(name string) bool {
	sum, err := hex.DecodeString(f.SHA256)
	return f.Name == name && f.Bytes > 0 && err == nil && len(sum) == 32
}
