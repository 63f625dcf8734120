// Command pictures measures the preprocessing of package pixels, from the bytes of a JPEG
// to the network's input, beside PIL and torchvision: with libjpeg-turbo and with Go's
// own decoder, one thread each, in turns within one run.
//
//	go run ./bench/pictures                              # 400 ImageNet pictures, 9 rounds
//	go run ./bench/pictures --data DATA --output DIR     # DATA/imagenet; DIR/pictures.json
//
// The decoder is chosen by a build tag, so this program builds itself twice and lets both
// serve. The preprocessing is that of torchvision's ViT-B/16: shorter side to 256, bilinear,
// centre 224, normalised.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
)

// serveCommand makes this program one of the sides.
const serveCommand = "serve"

// bench is what was asked for.
type bench struct {
	data, work, output, python string
	pictures, rounds           int
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == serveCommand {
		exit(process.Serve(os.Stdin, os.Stdout, new(server).do))
	}
	b := bench{data: os.Getenv("SAEGO_DATA")}
	if b.data == "" {
		b.data = filepath.Join("..", "shared", "data")
	}
	flag.StringVar(&b.data, "data", b.data, "folder with imagenet/CLASS/*.JPEG")
	flag.StringVar(&b.work, "work", filepath.Join("out", "bench"), "folder for the two programs")
	flag.StringVar(&b.output, "output", filepath.Join("out", "bench", "results"), "folder for pictures.json")
	flag.StringVar(&b.python, "python", filepath.Join(".deps", "venv-bench", "bin", "python"), "Python with Pillow and torchvision")
	flag.IntVar(&b.pictures, "pictures", 400, "pictures, spread over the classes")
	flag.IntVar(&b.rounds, "rounds", 9, "turns of each side")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(b.run(ctx))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run measures and writes what came of it. What could not be measured is an entry that
// says why, and an error at the end.
func (b bench) run(ctx context.Context) error {
	entries, err := b.measure(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		entries = nil
		for _, v := range variants {
			entries = append(entries, result.Absent(v.entry, err.Error()))
		}
	}
	for _, e := range entries {
		tell(e)
	}
	return errors.Join(err, result.WritePart(b.output, "pictures", entries))
}

// tell prints an entry.
func tell(e result.Entry) {
	if e.Ours == nil {
		fmt.Printf("%-18s not measured: %s\n", e.Name, e.Missing)
		return
	}
	fmt.Printf("%-18s %7.1f %s\n", e.Name, *e.Ours, e.Unit)
	if e.Ratio != nil {
		fmt.Printf("%-18s %7.1f %s, ratio %.2f (by processor time %.2f)\n", "  PIL+torchvision", *e.Peer, e.Unit, *e.Ratio, e.Details["cpu_ratio"])
	}
}

// files returns the pictures, spread evenly over what there is.
func (b bench) files() (files []string, err error) {
	root := filepath.Join(b.data, "imagenet")
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ext := strings.ToLower(filepath.Ext(path)); err == nil && (ext == ".jpeg" || ext == ".jpg") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s: no JPEG files: --data names a folder that holds imagenet/CLASS/*.JPEG: %w", root, errors.Join(err))
	}
	n := min(b.pictures, len(files))
	for i := range n {
		files[i] = files[i*len(files)/n]
	}
	return files[:n], nil
}
