// Command train measures saego's training beside its peers': sae-lens and eai-sparsify,
// in turns within one run, from the same weights on the same rows.
//
//	make bench                                              # everything, half an hour on two cores
//	make bench BENCH_ARGS=--quick                           # some of it, a few minutes
//	go run ./bench/train --only 'train/topk$'               # one part; --list names them
//	go run ./bench/train --no-peers                         # saego alone
//
// A whole run writes bench/results/latest.json and machine.json (see bench/result), of
// which bench/report makes docs/performance.md; any other writes to out/bench/results.
// What could not be measured stands there, too, with the reason.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/saego/saego/bench/result"
)

// bench is what all measurements share.
type bench struct {
	data, work, output string
	python             string
	noPeers, quick     bool
	only               *regexp.Regexp

	rows    rows
	shared  *peer
	machine result.Machine
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == memoryCommand {
		exit(measureMemory(context.Background(), os.Args[2]))
	}
	b, list := parse()
	if list {
		for _, p := range parts {
			fmt.Println(p.name)
		}
		return
	}
	if err := clean(); err != nil {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(b.run(ctx))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func parse() (b *bench, list bool) {
	b = &bench{data: os.Getenv("SAEGO_DATA")}
	if b.data == "" {
		b.data = filepath.Join("..", "shared", "data")
	}
	flag.StringVar(&b.data, "data", b.data, "folder with imdb/ and gpt2/; generated reviews where it has none")
	flag.StringVar(&b.work, "work", filepath.Join("out", "bench"), "folder for the network, rows and weights")
	flag.StringVar(&b.output, "output", "", "folder for the results (default bench/results for a whole run, out/bench/results for any other)")
	flag.StringVar(&b.python, "python", filepath.Join(".deps", "venv-bench", "bin", "python"), "Python with the peers")
	flag.BoolVar(&b.noPeers, "no-peers", false, "measure saego alone")
	flag.BoolVar(&b.quick, "quick", false, "fewer parts and rounds")
	flag.BoolVar(&list, "list", false, "list the parts and end")
	only := flag.String("only", "", "parts whose name matches this regular expression")
	flag.Parse()
	var err error
	if b.only, err = regexp.Compile(*only); err != nil || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "train: want flags alone, and for --only a regular expression:", errors.Join(err))
		os.Exit(2)
	}
	if b.output == "" {
		b.output = filepath.Join("bench", "results")
		if b.quick || b.noPeers || *only != "" {
			b.output = filepath.Join("out", "bench", "results")
		}
	}
	return b, list
}

// again starts this program anew in the present environment.
func again() error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(path, os.Args, os.Environ())
}

// say tells what goes on.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
