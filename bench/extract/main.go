// Command extract measures how fast saego reads activations beside PyTorch: in the guide's
// way, which runs the whole network with a forward hook, and stopped at the hook; in
// turns within one run, with the same weights on the same reviews and pictures.
//
//	make bench                                              # everything, an hour on two cores
//	go run ./bench/extract --quick                          # some of it, in minutes
//	go run ./bench/extract --only 'gpt2-vs-guide$'          # one part; --list names them
//	go run ./bench/extract --no-peers                       # saego alone
//
// A whole run writes bench/results/extract.json and extract-machine.json (see
// bench/result), any other writes to out/bench/results. Rows that differ from PyTorch's
// are an error. What could not be measured stands in the results, too, with the reason.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"slices"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
)

// threads are those of each side.
const threads = 2

// bench is what all measurements share.
type bench struct {
	suite.Suite
	isFresh bool // this process measures one part for another one
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == openCommand {
		suite.Exit("extract", measureOpen(context.Background(), os.Args[2], os.Args[3]))
	}
	if err := process.Clean(); err != nil {
		suite.Exit("extract", err)
	}
	isFresh := len(os.Args) > 1 && os.Args[1] == freshCommand
	if isFresh {
		os.Args = slices.Delete(os.Args, 1, 2)
	}
	b := &bench{suite.Parse("extract", "imdb/, gpt2/ and imagenet/; what needs one that is not there is not measured"), isFresh}
	if b.List {
		suite.Names(parts)
		return
	}
	runtime.GOMAXPROCS(threads)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	suite.Exit(b.Name, b.run(ctx))
}

func (b *bench) run(ctx context.Context) error {
	b.Machine = result.ThisMachine(ctx)
	b.Machine.Quick = b.Quick
	if err := os.MkdirAll(b.Work, 0o755); err != nil {
		return err
	}
	return suite.Measure(ctx, &b.Suite, b, parts)
}
