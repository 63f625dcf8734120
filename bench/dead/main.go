// Command dead compares what saego can do about dead latents of standard and gated
// SAEs and of transcoders: nothing, an auxiliary loss, or resampling (train.Config's dead_feature_method).
//
//	go run ./bench/dead      # needs ONNX Runtime: make deps
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/train"
)

func main() {
	seeds := flag.Int("seeds", 3, "starts of each SAE: seeds 1, 2, …")
	only := flag.String("only", "", "run settings whose name holds this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *seeds, *only); err != nil {
		fmt.Fprintln(os.Stderr, "dead:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, seeds int, only string) error {
	impl, warning, err := blas.Default("")
	if err != nil {
		return err
	}
	if warning != "" {
		fmt.Fprintln(os.Stderr, warning)
	}
	blas32.Use(impl)
	planted := plantedRows()
	demo, err := demoRows(ctx)
	if err != nil {
		return err
	}
	fmt.Println("| rows | architecture | method | dead latents | loss | explained variance | L0 | atoms recovered | seconds |")
	fmt.Println("|---|---|---|---:|---:|---:|---:|---:|---:|")
	for _, s := range settings(planted, demo) {
		if !strings.Contains(s.name, only) {
			continue
		}
		for _, architecture := range s.architectures() {
			for _, method := range []string{train.DeadNone, train.DeadAux, train.DeadResample} {
				line, err := s.line(ctx, architecture, method, seeds)
				if err != nil {
					return fmt.Errorf("%s, %s, %s: %w", s.name, architecture, method, err)
				}
				fmt.Println(line)
			}
		}
	}
	return nil
}
