// Command gpu measures saego on an NVIDIA card, beside sae-lens in torch on the same card:
// in turns within one run, from the same weights, on the same rows. It is built with the
// build tag gpu (docs/gpu.md).
//
//	make bench-gpu                                          # everything
//	make bench-gpu BENCH_ARGS="--only topk-tf32"            # some parts; --list names them
//	go run ./bench/gpu --emulate --quick                    # no card: whether the code runs
//
// A whole run writes bench/results/gpu.json and gpu-machine.json (see bench/result), of
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

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/sae"
)

// bench is what all measurements share.
type bench struct {
	turns.Bench
	sizes

	emulate bool
	device  string // torch's, of the peer
	peaks   string // TFLOP/s, as --peaks has them
	card    cuda.Driver
	fresh   *sae.Model // whose copies are trained
}

func main() {
	b := &bench{}
	flag.BoolVar(&b.emulate, "emulate", false, "emulate a card, at tiny sizes and without peers; with --quick alone")
	flag.StringVar(&b.peaks, "peaks", "", "the card's TFLOP/s in float32, TF32 and bfloat16, without sparsity: \"66.9,494.7,989.4\" (default: known for some cards)")
	flag.StringVar(&b.device, "peer-device", "", "torch's device (default cuda; cpu tries the peers' code beside --emulate)")
	b.Suite = suite.Parse("gpu", "imdb/, gpt2/ and imagenet/; generated texts and pictures where it has none")
	b.sizes = full
	if b.emulate {
		b.sizes, b.NoPeers = tiny, b.NoPeers || b.device == ""
	}
	if b.device == "" {
		b.device = "cuda"
	}
	if b.Quick {
		b.rounds = 2
	}
	if b.List {
		suite.Names(b.parts())
		return
	}
	if b.emulate && !b.Quick {
		suite.Exit(b.Name, errors.New("--emulate is for --quick alone: what an emulator takes says nothing of a card"))
	}
	if err := process.Clean(); err != nil {
		suite.Exit(b.Name, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	suite.Exit(b.Name, b.run(ctx))
}

// run measures.
func (b *bench) run(ctx context.Context) (err error) {
	if b.card, err = b.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.card.Close()) }()
	b.Machine = result.ThisMachine(ctx)
	b.Machine.Quick, b.Machine.Card = b.Quick, b.card.Name()
	if err := os.MkdirAll(b.Work, 0o755); err != nil {
		return err
	}
	if err := b.loadRows(ctx); err != nil {
		return err
	}
	b.Machine.Rows = fmt.Sprintf("%d rows of d_in %d: %s", b.Rows.N, b.Rows.DIn, b.Rows.Source)
	if b.fresh, err = b.Rows.Model(b.architecture(b.Rows.DIn)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.ClosePeer()) }()
	if err := b.DescribePeer(ctx, b.device); err != nil {
		return err
	}
	return suite.Measure(ctx, &b.Suite, b, b.parts())
}

// parts are all measurements, in their order.
func (b *bench) parts() (p []suite.Part[*bench]) {
	add := func(name string, quick bool, run func(context.Context, *bench) ([]result.Entry, error)) {
		p = append(p, suite.Part[*bench]{Name: name, Quick: quick, Run: run})
	}
	for _, c := range b.contests() {
		add(c.name, c.batch == b.batches[0] && !c.compile || b.emulate, func(ctx context.Context, b *bench) ([]result.Entry, error) {
			return b.topK(ctx, c)
		})
	}
	add("gpu/step-share", true, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.stepShare(ctx) })
	add("gpu/profile", true, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.profile(ctx) })
	add("gpu/extract-gpt2-end-to-end", b.emulate, func(ctx context.Context, b *bench) ([]result.Entry, error) {
		return b.endToEnd(ctx, "gpu/extract-gpt2-end-to-end", b.textJob)
	})
	add("gpu/extract-vit-end-to-end", b.emulate, func(ctx context.Context, b *bench) ([]result.Entry, error) {
		return b.endToEnd(ctx, "gpu/extract-vit-end-to-end", b.pictureJob)
	})
	return p
}
