// Command planted trains SAEs of each architecture on rows of a known dictionary, with
// saego and with sae-lens, and says how much of it each of them found:
//
//	go run ./bench/planted      # needs .deps/venv-parity: make .deps/venv-parity/.stamp
//
// Rows, settings and seeds are the same, on one thread each; starts differ, since the
// two draw them in their own ways. The table is of the inference forms, sae-lens' as it
// saved them, on rows that none was trained on.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/internal/planted"
	"github.com/saego/saego/sae"
)

// bench is the comparison.
type bench struct {
	output, python string
	seeds          []uint64
	data           *planted.Data
	cases          []trial
}

// trial is one row of a table.
type trial struct {
	name string
	planted.Case
}

// shortRun is how many steps the runs have that show what a short one does to a
// threshold.
const shortRun = 100

// trials are those of the tables: each architecture, and then the short runs.
func trials(c planted.Config) (all []trial) {
	for _, p := range planted.Cases(c) {
		all = append(all, trial{p.SAE.Architecture, p})
	}
	for _, t := range all {
		if a := t.SAE.Architecture; a == sae.BatchTopK || a == sae.MatryoshkaBatchTopK {
			t.name = short(a)
			t.Train.TotalTrainingSamples = shortRun * t.Train.TrainBatchSizeSamples
			t.Train.LRWarmUpSteps, t.Train.LRDecaySteps = shortRun/20, shortRun/5
			all = append(all, t)
		}
	}
	return all
}

// short names the short run of an architecture.
func short(architecture string) string { return architecture + "-short" }

func main() {
	c := planted.Default()
	b := bench{cases: trials(c)}
	flag.StringVar(&b.output, "output", "out/planted", "folder for rows, settings and SAEs")
	flag.StringVar(&b.python, "python", ".deps/venv-parity/bin/python", "Python with sae-lens; empty for saego alone")
	seeds := flag.Int("seeds", 3, "starts of each architecture: seeds 1, 2, …")
	flag.Parse()
	for s := range *seeds {
		b.seeds = append(b.seeds, uint64(s)+1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b.data = planted.New(c)
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) error {
	if err := os.MkdirAll(b.output, 0o755); err != nil {
		return err
	}
	if err := errors.Join(b.writeRows(filepath.Join(b.output, "rows.safetensors")), b.writeCases(filepath.Join(b.output, "cases.json"))); err != nil {
		return err
	}
	runtime.GOMAXPROCS(1) // OpenBLAS has one thread for each of them
	impl, warning, err := blas.Default("")
	if err != nil {
		return err
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, warning)
	}
	blas32.Use(impl)
	ours, err := b.trainOurs(ctx)
	if err != nil {
		return err
	}
	theirs, err := b.trainTheirs(ctx)
	if err != nil {
		return err
	}
	return b.print(os.Stdout, ours, theirs)
}
