// Command tokens measures the byte-level BPE encoder of package tokens beside
// sugarme/tokenizer's, on the same reviews, with GPT-2's vocabulary, in one run.
//
// The two take turns, so that other load on the machine falls on both. It prints the
// best round of each in MB of text a second, by the wall clock and by processor time,
// and on how many reviews the ids differ.
//
//	go run ./bench/tokens -data ../shared/data -texts 1000 -rounds 3
package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"

	"github.com/saego/saego/extract/tokens"
)

func main() {
	data := flag.String("data", "../shared/data", "folder with gpt2/tokenizer.json and imdb/train.jsonl.gz")
	texts := flag.Int("texts", 1000, "reviews to encode")
	rounds := flag.Int("rounds", 3, "turns that each encoder takes; the best counts")
	flag.Parse()
	if err := run(*data, *texts, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "tokens:", err)
		os.Exit(1)
	}
}

// contender is a tokenizer under measurement with its best times.
type contender struct {
	name      string
	encode    func(dst []int32, text string) ([]int32, error)
	wall, cpu time.Duration
	ids       [][]int32 // of each text, from the last round
}

func run(data string, n, rounds int) error {
	texts, size, err := readTexts(filepath.Join(data, "imdb", "train.jsonl.gz"), n)
	if err != nil {
		return err
	}
	list, err := contenders(filepath.Join(data, "gpt2"))
	if err != nil {
		return err
	}
	for range rounds {
		for _, c := range list {
			if err := c.measure(texts); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	fmt.Printf("%d reviews, %.2f MB, best of %d rounds, %s, %s\n", len(texts), float64(size)/1e6, rounds, runtime.Version(), runtime.GOARCH)
	for _, c := range list {
		fmt.Printf("%-8s %7.2f MB/s wall %7.2f MB/s cpu   %d reviews differ from %s\n", c.name,
			float64(size)/1e6/c.wall.Seconds(), float64(size)/1e6/c.cpu.Seconds(), c.differing(list[0]), list[0].name)
	}
	fmt.Printf("ratio    %.0f times by wall, %.0f times by cpu\n",
		list[1].wall.Seconds()/list[0].wall.Seconds(), list[1].cpu.Seconds()/list[0].cpu.Seconds())
	return nil
}

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

// measure encodes every text once and keeps the times if they are the best.
func (c *contender) measure(texts []string) error {
	runtime.GC() // not the garbage of the one before
	c.ids = c.ids[:0]
	wall, cpu := time.Now(), cpuTime()
	for _, text := range texts {
		ids, err := c.encode(nil, text)
		if err != nil {
			return err
		}
		c.ids = append(c.ids, ids)
	}
	if d := time.Since(wall); c.wall == 0 || d < c.wall {
		c.wall = d
	}
	if d := cpuTime() - cpu; c.cpu == 0 || d < c.cpu {
		c.cpu = d
	}
	return nil
}

// differing counts the texts on which c and d disagree.
func (c *contender) differing(d *contender) (n int) {
	for i := range c.ids {
		if !slices.Equal(c.ids[i], d.ids[i]) {
			n++
		}
	}
	return n
}

// cpuTime returns the processor time of this process, collector included.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
	return texts, size, nil
}
