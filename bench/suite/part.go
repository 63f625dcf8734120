package suite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/saego/saego/bench/result"
)

// Part is one measurement, of one or several entries; the first has the part's name or
// begins with it. B is what the parts of a command share.
type Part[B any] struct {
	Name  string
	Quick bool // belongs to the quick subset
	Run   func(context.Context, B) ([]result.Entry, error)
}

// Names prints the parts' names.
func Names[B any](parts []Part[B]) {
	for _, p := range parts {
		fmt.Println(p.Name)
	}
}

// Measure runs the parts that are wanted and writes what they give, after each of them.
// A part that fails has an entry that says so, and the run goes on; it is an error at
// its end.
func Measure[B any](ctx context.Context, s *Suite, b B, parts []Part[B]) error {
	entries, err := s.kept()
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range parts {
		if !s.Only.MatchString(p.Name) || s.Quick && !p.Quick {
			continue
		}
		start := time.Now()
		got, err := p.Run(ctx, b)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.Name, err))
			got = append(got, result.Absent(p.Name, err.Error()))
		}
		debug.FreeOSMemory()
		for _, e := range got {
			fmt.Println(line(e))
		}
		s.Say("  (%.0f s)", time.Since(start).Seconds())
		entries = put(entries, got)
		if err := result.Write(s.Output, s.Name, entries, s.Machine); err != nil {
			return err
		}
	}
	if len(entries) > 0 {
		s.Say("%s", filepath.Join(s.Output, s.Name+".json"))
	}
	return errors.Join(failed...)
}

// kept returns what the output folder has, if that is to be kept, each with the revision
// that it was measured at.
func (s *Suite) kept() ([]result.Entry, error) {
	if !s.Keep {
		return nil, nil
	}
	entries, m, err := result.Read(s.Output, s.Name)
	for i := range entries {
		if entries[i].Revision == "" && m.Revision != s.Machine.Revision {
			entries[i].Revision = m.Revision
		}
	}
	return entries, err
}

// put puts entries in the place of those of their names, or at the end.
func put(entries, got []result.Entry) []result.Entry {
	for _, e := range got {
		i := slices.IndexFunc(entries, func(old result.Entry) bool { return old.Name == e.Name })
		if i < 0 {
			entries = append(entries, e)
		} else {
			entries[i] = e
		}
	}
	return entries
}

// line is an entry in one line.
func line(e result.Entry) string {
	text := fmt.Sprintf("%-34s", e.Name)
	if e.Ours != nil {
		text += fmt.Sprintf(" %10.4g", *e.Ours)
	}
	if e.Peer != nil {
		text += fmt.Sprintf(" %10.4g %-8s ratio %.2f", *e.Peer, e.Unit, *e.Ratio)
	} else if e.Ours != nil {
		text += " " + e.Unit
	}
	if e.Missing != "" {
		text += " missing: " + e.Missing
	}
	return text
}
