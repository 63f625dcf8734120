package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/saego/saego/extract"
)

// Units of which a row can be: the name of the tensor that says which one of its example.
const (
	UnitToken = "token" // token ids, of texts
	UnitPatch = "patch" // patch indices, of pictures; -1 for a prefix token
)

// Config says how a store is written.
type Config struct {
	DType     DType  // default F16
	ShardRows int    // rows of each shard but the last of a part; one is held in memory; default 65,536
	Unit      string // UnitToken or UnitPatch: what Origin.Token is; default UnitToken

	// Settings are what else decides the rows, by name, as JSON has it. They are kept in
	// the manifest, and a store that was begun with others is refused.
	Settings map[string]any

	// Precision and Drift are kept in the manifest.
	Precision string
	Drift     *extract.Drift

	// Progress, which may be nil, is called for each batch.
	Progress func(Progress)
}

// DefaultConfig returns a store of tokens in F16, 65,536 rows to a shard: 96 MiB at 768
// values each.
func DefaultConfig() Config { return Config{DType: F16, ShardRows: 65_536, Unit: UnitToken} }

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	errs := []error{c.DType.check()}
	if c.ShardRows < 1 || c.ShardRows > maxShardRows {
		errs = append(errs, fmt.Errorf("shard_rows is %d, want 1 to %d", c.ShardRows, maxShardRows))
	}
	if c.Unit != UnitToken && c.Unit != UnitPatch {
		errs = append(errs, fmt.Errorf("unit is %q, want %s or %s", c.Unit, UnitToken, UnitPatch))
	}
	return errors.Join(errs...)
}

// settings returns them as they stand in a manifest.
func (c Config) settings() (map[string]json.RawMessage, error) {
	out := make(map[string]json.RawMessage, len(c.Settings))
	for key, v := range c.Settings {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("settings: %s: %w", key, err)
		}
		out[key] = text
	}
	return out, nil
}

// Part is a part of a store that is to be written.
type Part struct {
	Name     string          // lower-case letters and digits; it begins the names of the part's files
	Source   extract.Resumer // of one pass, else Rows bounds it
	Rows     int             // most rows; 0 = all
	Examples int             // in a pass of Source, for the estimate; 0 = not known
}

// partName is what can be part of a file's name in every place.
var partName = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)

// checkParts reports everything that is wrong with the parts of a store, joined.
func checkParts(parts []Part) error {
	if len(parts) == 0 {
		return errors.New("no part: want one at least")
	}
	var errs []error
	first, seen := parts[0].Source.Info(), map[string]bool{}
	for _, p := range parts {
		switch {
		case !partName.MatchString(p.Name):
			errs = append(errs, fmt.Errorf("part %q: want lower-case letters and digits, at most 32", p.Name))
		case seen[p.Name]:
			errs = append(errs, fmt.Errorf("part %s is there twice", p.Name))
		case p.Rows < 0:
			errs = append(errs, fmt.Errorf("part %s: rows is %d, want 0 (all) or more", p.Name, p.Rows))
		case p.Source.Info() != first:
			errs = append(errs, fmt.Errorf("part %s is of other rows than part %s: %+v, not %+v", p.Name, parts[0].Name, p.Source.Info(), first))
		}
		seen[p.Name] = true
	}
	return errors.Join(errs...)
}

// Progress says how far a store is.
type Progress struct {
	Rows          int64 // written or about to be
	Expected      int64 // rows in the end, about; 0 = not known
	ExpectedBytes int64 // on disk in the end, about
}
