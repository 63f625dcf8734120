// Package result is the form in which benchmarks are kept: bench/train writes it, and
// bench/report makes docs/performance.md from it.
package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/saego/saego/internal/atomic"
)

// Files of a folder of results.
const (
	EntriesFile = "latest.json"  // a list of [Entry]
	MachineFile = "machine.json" // a [Machine]
)

// Entry is one measurement. Numbers are medians over Runs; null where there is none.
type Entry struct {
	Name string   `json:"name"` // train/topk
	Ours *float64 `json:"ours"` // saego's
	Peer *float64 `json:"peer"` // what it is compared with; null where it stands alone
	Unit string   `json:"unit"` // of both
	Runs int      `json:"runs"` // single measurements of each side
	// Ratio is Peer/Ours: above 1, saego takes less. For rates, as MB/s, and for names that
	// say so, as step/topk-over-gemm, it is Ours/Peer.
	Ratio *float64 `json:"ratio"`

	OursSpread *Spread            `json:"ours_spread,omitempty"`
	PeerSpread *Spread            `json:"peer_spread,omitempty"`
	Details    map[string]float64 `json:"details,omitempty"` // more figures of the same measurement
	Note       string             `json:"note,omitempty"`    // settings, and what the peer is
	Missing    string             `json:"missing,omitempty"` // why there is no number, or no peer's
}

// Alone returns the measurement of something that has no peer.
func Alone(name, unit string, ours ...float64) Entry {
	s := Summary(ours)
	return Entry{Name: name, Ours: &s.Median, Unit: unit, Runs: len(ours), OursSpread: spread(s, ours)}
}

// Compare returns the measurement of both sides; peer may be empty.
func Compare(name, unit string, ours, peer []float64) Entry {
	e := Alone(name, unit, ours...)
	if len(peer) > 0 {
		s := Summary(peer)
		ratio := s.Median / *e.Ours
		e.Peer, e.Ratio, e.PeerSpread = &s.Median, &ratio, spread(s, peer)
	}
	return e
}

// Over returns the measurement of a by b, whose ratio is a/b.
func Over(name, unit string, a, b []float64) Entry {
	e := Compare(name, unit, a, b)
	if e.Ratio != nil {
		*e.Ratio = 1 / *e.Ratio
	}
	return e
}

// Absent returns an entry that says why there is no measurement.
func Absent(name, why string) Entry { return Entry{Name: name, Missing: why} }

// spread returns s, or nil where one run has none.
func spread(s Spread, values []float64) *Spread {
	if len(values) < 2 {
		return nil
	}
	return &s
}

// Write writes both files of a folder, which it makes.
func Write(folder string, entries []Entry, m Machine) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return errors.Join(write(filepath.Join(folder, EntriesFile), entries), write(filepath.Join(folder, MachineFile), m))
}

func write(path string, v any) error {
	return atomic.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	})
}

// Read reads a folder's files.
func Read(folder string) (entries []Entry, m Machine, err error) {
	return entries, m, errors.Join(read(filepath.Join(folder, EntriesFile), &entries), read(filepath.Join(folder, MachineFile), &m))
}

func read(path string, v any) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: no such file: make bench writes it", path)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
