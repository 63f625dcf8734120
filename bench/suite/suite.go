// Package suite is what the commands of make bench have in common: their flags, parts
// that are measured one after another, and where the results go.
package suite

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
)

// Suite is a run of one command.
type Suite struct {
	Name               string // of the command and of its results: "train"
	Data, Work, Output string // folders
	Python             string // the peers'
	NoPeers, Quick     bool
	Only               *regexp.Regexp
	Keep               bool // keep what the output folder has of other parts
	List               bool // list the parts and end

	Machine result.Machine
}

// Parse reads the flags of the command of that name, and ends the program where they
// are wrong. data says what the folder of the data may hold.
func Parse(name, data string) Suite {
	s := Suite{Name: name, Data: os.Getenv("SAEGO_DATA")}
	if s.Data == "" {
		s.Data = filepath.Join("..", "shared", "data")
	}
	flag.StringVar(&s.Data, "data", s.Data, "folder with "+data)
	flag.StringVar(&s.Work, "work", filepath.Join("out", "bench"), "folder for networks, rows and weights")
	flag.StringVar(&s.Output, "output", "", "folder for the results (default bench/results for a whole run, out/bench/results for any other)")
	flag.StringVar(&s.Python, "python", filepath.Join(".deps", "venv-bench", "bin", "python"), "Python with the peers")
	flag.BoolVar(&s.NoPeers, "no-peers", false, "measure saego alone")
	flag.BoolVar(&s.Quick, "quick", false, "fewer parts and rounds")
	flag.BoolVar(&s.Keep, "keep", false, "keep what the output folder has of parts that are not run: what is measured takes its place in a whole run's results")
	flag.BoolVar(&s.List, "list", false, "list the parts and end")
	only := flag.String("only", "", "parts whose name matches this regular expression")
	flag.Parse()
	var err error
	if s.Only, err = regexp.Compile(*only); err != nil || flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%s: want flags alone, and for --only a regular expression: %v\n", name, err)
		os.Exit(2)
	}
	if s.Output == "" {
		s.Output = filepath.Join("bench", "results")
		if s.Quick || s.NoPeers || *only != "" && !s.Keep {
			s.Output = filepath.Join("out", "bench", "results")
		}
	}
	return s
}

// Exit ends the program of that name, with an error or without.
func Exit(name string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Say tells what goes on.
func (s *Suite) Say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// StartPeer starts the peers' side, a script of Python. Nobody may want one:
// [process.ErrNoPeers].
func (s *Suite) StartPeer(ctx context.Context, script string) (*process.Process, error) {
	if s.NoPeers {
		return nil, process.ErrNoPeers
	}
	p, err := process.Start(ctx, nil, s.Python, script)
	if err != nil {
		return nil, NoPeer(err)
	}
	return p, nil
}

// NoPeer adds to the error of a peer that does not start how to mend it.
func NoPeer(err error) error {
	return fmt.Errorf("%w: make .deps/venv-bench/.stamp installs the peers, --no-peers goes without", err)
}
