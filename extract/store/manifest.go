package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/saego/saego/extract"
)

// Names of the files beside the shards. A store that is being written has the second,
// one that is whole the first.
const (
	ManifestFile = "manifest.json"
	ProgressFile = "progress.json"
)

// Format of both.
const (
	format  = "saego activation store"
	version = 1
)

// Description is what decides the content of a store.
type Description struct {
	Model     string                     `json:"model"` // name@digest, as in extract.Info
	Hook      string                     `json:"hook"`
	DIn       int                        `json:"d_in"`
	Target    string                     `json:"hook_out"` // "" for none
	DOut      int                        `json:"d_out"`
	DType     DType                      `json:"dtype"`
	Unit      string                     `json:"unit"`
	ShardRows int                        `json:"shard_rows"`
	Limits    map[string]int             `json:"limits"`   // most rows by part; 0 = all
	Settings  map[string]json.RawMessage `json:"settings"` // what else decides the rows
}

// Manifest says what is in a store.
type Manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Description
	ConfigHash string `json:"config_hash"` // SHA-256 of the description

	// Precision is that of the network, "" for float32. Drift is how far its rows lie from
	// float32's, before they were rounded to DType; nil where that is not known.
	Precision string         `json:"precision,omitempty"`
	Drift     *extract.Drift `json:"drift,omitempty"`

	Parts       []PartInfo `json:"parts"` // in the order in which they were written
	ContentHash string     `json:"content_hash,omitempty"`
}

// PartInfo is a part of a store.
type PartInfo struct {
	Name     string         `json:"name"`
	Rows     int            `json:"rows"`
	Complete bool           `json:"complete"` // the source had no more
	Counts   extract.Counts `json:"counts"`   // what became of the examples that were read for it
	Shards   []Shard        `json:"shards"`
	At       *Position      `json:"position,omitempty"` // where it goes on; none in a whole store
}

// Position is where a part goes on: behind the first rows of the batch at a cursor.
type Position struct {
	Cursor extract.Cursor `json:"cursor"`
	Skip   int            `json:"skip"`
	Done   bool           `json:"done"` // there is no more to come
}

// Shard is one piece of a part: a file for each hook point.
type Shard struct {
	Rows   int      `json:"rows"`
	Acts   FileSum  `json:"acts"`
	Target *FileSum `json:"target,omitempty"` // for transcoders
}

// FileSum identifies the content of a file.
type FileSum struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Info returns what the rows are, as the source's did.
func (d Description) Info() extract.Info {
	return extract.Info{Model: d.Model, Hook: d.Hook, DIn: d.DIn, Target: d.Target, DOut: d.DOut}
}

// RowBytes returns how many bytes a row takes on disk, with its target and its origin.
func (d Description) RowBytes() int {
	n := d.DIn*d.DType.Size() + originBytes
	if d.DOut > 0 {
		n += d.DOut*d.DType.Size() + originBytes
	}
	return n
}

// hash is the SHA-256 of d as JSON without spaces.
func (d Description) hash() (string, error) {
	text, err := json.Marshal(struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
		Description
	}{format, version, d})
	if err != nil {
		return "", err
	}
	return hexSum(text), nil
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Part returns the part of that name.
func (m Manifest) Part(name string) (PartInfo, bool) {
	i := slices.IndexFunc(m.Parts, func(p PartInfo) bool { return p.Name == name })
	if i < 0 {
		return PartInfo{}, false
	}
	return m.Parts[i], true
}

// Rows returns the rows of all parts.
func (m Manifest) Rows() (n int64) {
	for _, p := range m.Parts {
		n += int64(p.Rows)
	}
	return n
}

// Bytes returns the size of all shards.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.files() {
		n += f.Bytes
	}
	return n
}

// Shards returns how many there are.
func (m Manifest) Shards() (n int) {
	for _, p := range m.Parts {
		n += len(p.Shards)
	}
	return n
}

// files returns those of all shards, by name.
func (m Manifest) files() (out []FileSum) {
	for _, p := range m.Parts {
		for _, s := range p.Shards {
			out = append(out, s.Acts)
			if s.Target != nil {
				out = append(out, *s.Target)
			}
		}
	}
	slices.SortFunc(out, func(a, b FileSum) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// contentHash identifies all rows: it is what sha256sum *.safetensors | sha256sum prints.
func (m Manifest) contentHash() string {
	var b strings.Builder
	for _, f := range m.files() {
		fmt.Fprintf(&b, "%s  %s\n", f.SHA256, f.Name)
	}
	return hexSum([]byte(b.String()))
}

// The hook points of a store in the names of its files.
const (
	actsFile   = "acts"
	targetFile = "target"
)

// fileName names a file of a shard.
func fileName(part, hook string, index int) string {
	return fmt.Sprintf("%s-%s-%05d.safetensors", part, hook, index)
}
