// Package result is the form in which benchmarks are kept: each command of make bench
// writes its own, and bench/report makes one list and docs/performance.md of them.
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

// Commands are those that write results, in the order of [Latest].
var Commands = []string{"train", "extract", "pictures", "tokens", "store", "gpu"}

// LatestFile is the list of all entries, of all commands.
const LatestFile = "latest.json"

// entriesFile is a command's list of [Entry].
func entriesFile(folder, command string) string { return filepath.Join(folder, command+".json") }

// machineFile is its [Machine].
func machineFile(folder, command string) string {
	return filepath.Join(folder, command+"-machine.json")
}

// Entry is one measurement. Numbers are medians over Runs; null where there is none.
type Entry struct {
	Name string   `json:"name"` // train/topk
	Ours *float64 `json:"ours"` // saego's
	Peer *float64 `json:"peer"` // what it is compared with; null where it stands alone
	Unit string   `json:"unit"` // of both
	Runs int      `json:"runs"` // single measurements of each side
	// Ratio is above 1 where saego is better: Peer/Ours, as saego takes less, or for
	// rates (rows/s) Ours/Peer. For names that say so, as step/topk-over-gemm, it is
	// Ours/Peer, too.
	Ratio *float64 `json:"ratio"`

	OursSpread *Spread            `json:"ours_spread,omitempty"`
	PeerSpread *Spread            `json:"peer_spread,omitempty"`
	Details    map[string]float64 `json:"details,omitempty"` // more figures of the same measurement
	Note       string             `json:"note,omitempty"`    // settings, and what the peer is
	Missing    string             `json:"missing,omitempty"` // why there is no number, or no peer's

	Revision string `json:"revision,omitempty"` // it was measured at, where that is not the machine file's
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

// Rate returns the measurement of what either side does in a time, in rows/s or MB/s:
// its ratio is that of ours to the peer's. peer may be empty.
func Rate(name, unit string, ours, peer []float64) Entry { return Over(name, unit, ours, peer) }

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

// Write writes both files of a command into a folder, which it makes.
func Write(folder, command string, entries []Entry, m Machine) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return errors.Join(write(entriesFile(folder, command), entries), write(machineFile(folder, command), m))
}

func write(path string, v any) error {
	return atomic.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	})
}

// Read reads what a command wrote.
func Read(folder, command string) (entries []Entry, m Machine, err error) {
	return entries, m, errors.Join(read(entriesFile(folder, command), &entries), read(machineFile(folder, command), &m))
}

// Latest reads what all commands wrote, and writes the list of it. A command that says
// nothing of its machine, or has not been run, has none; that there is no entry is an error.
func Latest(folder string) (entries []Entry, machines map[string]Machine, err error) {
	machines = map[string]Machine{}
	for _, c := range Commands {
		var e []Entry
		var m *Machine
		if err := errors.Join(readOptional(entriesFile(folder, c), &e), readOptional(machineFile(folder, c), &m)); err != nil {
			return nil, nil, err
		}
		entries = append(entries, e...)
		if m != nil {
			machines[c] = *m
		}
	}
	if len(entries) == 0 {
		return nil, nil, fmt.Errorf("%s has no results: make bench writes them", folder)
	}
	return entries, machines, write(filepath.Join(folder, LatestFile), entries)
}

// readOptional is read, and leaves v as it is where there is no such file.
func readOptional(path string, v any) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return read(path, v)
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
