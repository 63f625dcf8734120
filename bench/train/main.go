// Command train measures saego's training beside its peers': sae-lens and eai-sparsify,
// in turns within one run, from the same weights on the same rows.
//
//	make bench                                              # everything, an hour on two cores
//	make bench BENCH_ARGS=--quick                           # some of it, in minutes
//	go run ./bench/train --only 'train/topk$'               # one part; --list names them
//	go run ./bench/train --no-peers                         # saego alone
//
// A whole run writes bench/results/train.json and train-machine.json (see bench/result),
// of which bench/report makes docs/performance.md; any other writes to out/bench/results.
// What could not be measured stands there, too, with the reason.
package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/bench/turns"
)

// bench is what all measurements share.
type bench struct{ turns.Bench }

func main() {
	if len(os.Args) == 3 && os.Args[1] == memoryCommand {
		suite.Exit("train", measureMemory(context.Background(), os.Args[2]))
	}
	b := &bench{turns.Bench{Suite: suite.Parse("train", "imdb/ and gpt2/; generated reviews where it has none")}}
	if b.List {
		suite.Names(parts)
		return
	}
	if err := process.Clean(); err != nil {
		suite.Exit(b.Name, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	suite.Exit(b.Name, b.run(ctx))
}
