// Command tokens measures the byte-level BPE encoder of package tokens beside Hugging
// Face tokenizers' and sugarme/tokenizer's, on the same reviews, with GPT-2's vocabulary,
// in one run, one thread each.
//
// They take turns, so that other load on the machine falls on all. It prints the median
// of each in MB of text a second, by the wall clock and by processor time, and on how many
// reviews the ids differ, and writes the entry tokenize/gpt2 to tokens.json.
//
//	go run ./bench/tokens --data ../shared/data --texts 1000 --rounds 3
//	go run ./bench/tokens --no-peers                     # without Python
package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/extract/tokens"
)

// bench is what was asked for.
type bench struct {
	data, output, python string
	texts, rounds        int
	noPeers              bool
}

func main() {
	b := bench{}
	flag.StringVar(&b.data, "data", "../shared/data", "folder with gpt2/tokenizer.json and imdb/train.jsonl.gz")
	flag.StringVar(&b.output, "output", filepath.Join("out", "bench", "results"), "folder for tokens.json")
	flag.StringVar(&b.python, "python", filepath.Join(".deps", "venv-bench", "bin", "python"), "Python with tokenizers")
	flag.IntVar(&b.texts, "texts", 1000, "reviews to encode")
	flag.IntVar(&b.rounds, "rounds", 5, "turns that each encoder takes")
	flag.BoolVar(&b.noPeers, "no-peers", false, "measure without Hugging Face tokenizers")
	flag.Parse()
	runtime.GOMAXPROCS(1) // a thread each, the collector included
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "tokens:", err)
		os.Exit(1)
	}
}

// run measures and writes the entry. What could not be measured is an entry that says
// why, and an error at the end.
func (b bench) run(ctx context.Context) error {
	e, err := b.measure(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		e = result.Absent(entry, err.Error())
	}
	return errors.Join(err, result.WritePart(b.output, "tokens", []result.Entry{e}))
}

func (b bench) measure(ctx context.Context) (e result.Entry, err error) {
	texts, size, err := readTexts(b.reviews(), b.texts)
	if err != nil {
		return e, err
	}
	list, err := contenders(filepath.Join(b.data, "gpt2"))
	if err != nil {
		return e, err
	}
	turns := make([]func() error, 0, len(list)+1)
	for _, c := range list {
		turns = append(turns, func() error { return c.measure(texts) })
	}
	var p *peer
	if !b.noPeers {
		if p, err = b.openPeer(ctx); err != nil {
			return e, err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		turns = append(turns, p.measure)
	}
	for range b.rounds {
		for _, turn := range turns {
			if err := turn(); err != nil {
				return e, err
			}
		}
	}
	megabytes := float64(size) / 1e6
	fmt.Printf("%d reviews, %.2f MB, median of %d rounds, %s, %s\n", len(texts), megabytes, b.rounds, runtime.Version(), runtime.GOARCH)
	for _, c := range list {
		c.tell(list[0], megabytes)
	}
	if p == nil {
		e = result.Alone(entry, "MB/s", list[0].wall.rates(megabytes)...)
		e.Missing = "measured without peers (--no-peers)"
		return e, nil
	}
	return p.compare(list[0], megabytes)
}

func (b bench) reviews() string { return filepath.Join(b.data, "imdb", "train.jsonl.gz") }

// contenders opens the tokenizer in folder dir both ways.
func contenders(dir string) ([]*contender, error) {
	ours, err := tokens.Open(os.DirFS(dir), "tokenizer.json")
	if err != nil {
		return nil, err
	}
	theirs, err := pretrained.FromFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return nil, err
	}
	return []*contender{
		{name: "saego", encode: func(dst []int32, text string) ([]int32, error) {
			ids, _, err := ours.Encode(dst, text, 0)
			return ids, err
		}},
		{name: "sugarme", encode: func(dst []int32, text string) ([]int32, error) {
			e, err := theirs.Encode(tokenizer.NewSingleEncodeInput(tokenizer.NewInputSequence(text)), false)
			if err != nil {
				return nil, err
			}
			for _, id := range e.Ids {
				dst = append(dst, int32(id))
			}
			return dst, nil
		}},
	}, nil
}

// readTexts reads the first n reviews and returns them with their bytes.
func readTexts(path string, n int) (texts []string, size int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close() // read only: nothing is lost
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	for lines := json.NewDecoder(z); len(texts) < n; {
		var review struct{ Text string }
		if err := lines.Decode(&review); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", path, err)
		}
		texts, size = append(texts, review.Text), size+len(review.Text)
	}
	return slices.Clip(texts), size, nil
}
