// Command gen writes the demo's data to disk as ordinary data sets, with the
// truth about each example beside them:
//
//	go run ./internal/demo/gen --reviews 4000 --pictures 2000 --seed 1 --output out/demo
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/saego/saego/internal/demo"
)

// config is what the flags say.
type config struct {
	reviews, pictures, size int
	seed                    uint64
	output                  string
}

func main() {
	cfg, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2) // the flag package has said why
	}
	if err := write(cfg); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func parse(args []string) (config, error) {
	var cfg config
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.IntVar(&cfg.reviews, "reviews", 0, "number of reviews, written to `DIR`/reviews; 0 = none")
	flags.IntVar(&cfg.pictures, "pictures", 0, "number of pictures, written to `DIR`/pictures; 0 = none")
	flags.IntVar(&cfg.size, "size", 64, "side of a picture in pixels, a multiple of 8")
	flags.Uint64Var(&cfg.seed, "seed", 1, "equal seeds give equal data")
	flags.StringVar(&cfg.output, "output", "out/demo", "folder that takes the sets")
	return cfg, flags.Parse(args)
}

func write(cfg config) error {
	if cfg.reviews == 0 && cfg.pictures == 0 {
		return errors.New("nothing to write: say how many with --reviews or --pictures")
	}
	reviews, err := demo.Reviews(cfg.reviews, cfg.seed)
	if err != nil {
		return err
	}
	pictures, err := demo.Pictures(cfg.pictures, cfg.seed, cfg.size)
	if err != nil {
		return err
	}
	if cfg.reviews > 0 {
		if err := reviews.Write(filepath.Join(cfg.output, "reviews")); err != nil {
			return err
		}
	}
	if cfg.pictures > 0 {
		return pictures.Write(filepath.Join(cfg.output, "pictures"))
	}
	return nil
}
