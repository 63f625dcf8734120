package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/saego/saego/internal/atomic"
)

// sweepFile is the file in a sweep's checkpoint that says which members there are.
const sweepFile = "sweep.json"

// Format of sweep.json.
const (
	sweepFormat  = "saego sweep"
	sweepVersion = 1
)

// sweepState is sweep.json.
type sweepState struct {
	Format  string   `json:"format"`
	Version int      `json:"version"`
	Members []string `json:"members"` // that train, each with a folder
	Lost    []loss   `json:"failed"`  // that do not any more
}

// loss says why a member does not train any more.
type loss struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func (m *member) reason() string {
	if m.lost == nil {
		return ""
	}
	return m.lost.Reason
}

func (j *job) sweepState() sweepState {
	s := sweepState{Format: sweepFormat, Version: sweepVersion, Members: []string{}, Lost: []loss{}}
	for _, m := range j.members {
		if m.lost != nil {
			s.Lost = append(s.Lost, *m.lost)
		} else {
			s.Members = append(s.Members, m.name)
		}
	}
	return s
}

// writeSweep writes sweep.json, where there is a sweep.
func (j *job) writeSweep(dir string) error {
	if !j.sweeps() {
		return nil
	}
	return atomic.WriteFile(filepath.Join(dir, sweepFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(j.sweepState())
	})
}

// readSweep takes from the checkpoint which members train.
func (j *job) readSweep() error {
	if !j.sweeps() {
		return nil
	}
	path := filepath.Join(j.from.Path, sweepFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	var s sweepState
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return fmt.Errorf("resume: %s: damaged: %w", path, err)
	}
	if s.Format != sweepFormat || s.Version != sweepVersion {
		return fmt.Errorf("resume: %s: format is %q %d, this program reads %q %d: go on with the program that wrote it",
			path, s.Format, s.Version, sweepFormat, sweepVersion)
	}
	lost := map[string]*loss{}
	for _, name := range s.Members {
		lost[name] = nil
	}
	for _, one := range s.Lost {
		lost[one.Name] = &one
	}
	for _, m := range j.members {
		why, known := lost[m.name]
		if !known || len(lost) != len(j.members) {
			return fmt.Errorf("resume: %s: it is of %d members, %q among them: %t: it belongs to another sweep", path, len(lost), m.name, known)
		}
		m.lost = why
	}
	return nil
}
