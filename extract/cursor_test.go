package extract_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/tokens"
)

// moment is a batch, and what was counted as it was yielded.
type moment struct {
	Batch  extract.Batch
	Counts extract.Counts
}

// record reads up to most batches from c on, and how they end.
func record(t testing.TB, src extract.Resumer, c extract.Cursor, most int) (moments []moment, last string) {
	t.Helper()
	counts := func() (c extract.Counts) {
		if counter, ok := src.(interface{ Counts() extract.Counts }); ok {
			c = counter.Counts()
		}
		return c
	}
	for b, err := range src.BatchesFrom(t.Context(), c) {
		if err != nil {
			return moments, fmt.Sprintf("%v; %v", err, counts())
		}
		b.Data, b.Target, b.Origin = slices.Clone(b.Data), slices.Clone(b.Target), slices.Clone(b.Origin)
		if moments = append(moments, moment{b, counts()}); len(moments) == most {
			break
		}
	}
	return moments, fmt.Sprint(counts())
}

// wantResumable resumes a fresh source behind each of the first most batches and
// compares what follows to the uninterrupted sequence.
func wantResumable(t *testing.T, fresh func() extract.Resumer, most int) {
	t.Helper()
	all, end := record(t, fresh(), extract.Cursor{}, most)
	for i, m := range all[:max(0, min(len(all), most-1))] {
		data, err := json.Marshal(m.Batch.Next)
		if err != nil {
			t.Fatal(err)
		}
		var next extract.Cursor
		if err := json.Unmarshal(data, &next); err != nil {
			t.Fatal(err)
		}
		got, gotEnd := record(t, fresh(), next, most-i-1)
		want := all[i+1:]
		if gotEnd != end || len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("after batch %d, from %s: ends with %q, want %q (-want +got):\n%s", i, data, gotEnd, end, cmp.Diff(want, got))
		}
	}
}

// randomTexts are of 0 to 40 tokens, some of them special.
func randomTexts(rng *rand.Rand) texts {
	var d texts
	for range 1 + rng.IntN(40) {
		s := strings.Repeat("a1", rng.IntN(20)*rng.IntN(2))
		if rng.IntN(4) == 0 {
			s += "<|endoftext|>"
		}
		d.list = append(d.list, s)
	}
	return d
}

func TestTextResumes(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			list := randomTexts(rng)
			if rng.IntN(4) == 0 {
				list.err = io.ErrUnexpectedEOF
			}
			cfg := config(func(c *extract.TextConfig) {
				c.StoreBatchSizePrompts, c.GroupByLength, c.Passes = 1+rng.IntN(6), rng.IntN(4), rng.IntN(4)
				c.ExcludePadding, c.ExcludeSpecialTokens = rng.IntN(2) == 0, rng.IntN(2) == 0
				c.ContextSize = 2 + rng.IntN(31)
			})
			shuffled := rng.IntN(2) == 0
			wantResumable(t, func() extract.Resumer {
				var ds datasets.Dataset[datasets.Text] = list
				if shuffled {
					ds = datasets.Shuffle(ds, seed)
				}
				src, err := extract.NewText(spec(), "1f0c", &runner{}, tokenizer(t), ds, cfg)
				if err != nil {
					t.Fatal(err)
				}
				return src
			}, 25)
		})
	}
}

func TestVisionResumes(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			ds := shades(1 + rng.IntN(30))
			ds.delay = true
			for i := range ds.files {
				if rng.IntN(8) == 0 {
					ds.files[i] = []byte("broken")
				}
			}
			batch, passes := 1+rng.IntN(6), rng.IntN(3)
			workers, rows := 1+rng.IntN(3), []string{extract.RowsPatches, extract.RowsCLS, extract.RowsAll}[rng.IntN(3)]
			wantResumable(t, func() extract.Resumer {
				src, err := extract.NewVision(visionSpec(), "1f0c", &visionRunner{}, datasets.Shuffle[datasets.Image](ds, seed),
					visionConfig(func(c *extract.VisionConfig) {
						c.StoreBatchSizeImages, c.Passes, c.Workers, c.Rows = batch, passes, workers, rows
					}))
				if err != nil {
					t.Fatal(err)
				}
				return src
			}, 12)
		})
	}
}

func TestMemoryResumes(t *testing.T) {
	m, err := extract.Collect(t.Context(), counting{rows: 10_000}, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantResumable(t, func() extract.Resumer { return m }, 10)
}

// counted is a tokenizer that counts its texts.
type counted struct {
	tokens.Tokenizer
	n *int
}

func (c counted) Encode(dst []int32, text string, most int) ([]int32, bool, error) {
	*c.n++
	return c.Tokenizer.Encode(dst, text, most)
}

func TestSkippedTextsCostNothing(t *testing.T) {
	list := texts{list: slices.Repeat([]string{"a1"}, 50)}
	r, encoded := &runner{}, 0
	src, err := extract.NewText(spec(), "1f0c", r, counted{tokenizer(t), &encoded}, list,
		config(func(c *extract.TextConfig) { c.StoreBatchSizePrompts = 5 }))
	if err != nil {
		t.Fatal(err)
	}
	if _, end := record(t, src, extract.Cursor{Examples: 40}, 100); encoded != 10 || len(r.shapes) != 2 {
		t.Errorf("%d texts tokenized in %d forward passes, want 10 in 2; %s", encoded, len(r.shapes), end)
	}
}

// opened are pictures that count how often one was opened.
type opened struct {
	pictures
	n *atomic.Int64
}

func (o opened) Pass(n int) iter.Seq2[datasets.Image, error] {
	return func(yield func(datasets.Image, error) bool) {
		for image, err := range o.pictures.Pass(n) {
			read := image.Open
			image.Open = func() (io.ReadCloser, error) {
				o.n.Add(1)
				return read()
			}
			if !yield(image, err) {
				return
			}
		}
	}
}

func TestSkippedPicturesStayClosed(t *testing.T) {
	ds, r := opened{shades(30), new(atomic.Int64)}, &visionRunner{}
	src, err := extract.NewVision(visionSpec(), "1f0c", r, ds, visionConfig(func(c *extract.VisionConfig) { c.StoreBatchSizeImages = 5 }))
	if err != nil {
		t.Fatal(err)
	}
	if _, end := record(t, src, extract.Cursor{Examples: 20}, 100); ds.n.Load() != 10 || len(r.shapes) != 2*2 {
		t.Errorf("%d pictures opened, %d shapes fed, want 10 and 4; %s", ds.n.Load(), len(r.shapes), end)
	}
}

func TestCursorIsChecked(t *testing.T) {
	memory, err := extract.Collect(t.Context(), counting{rows: 10}, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := newText(t, &runner{}, texts{list: []string{"a1", "c1"}}, config(nil))
	vision := newVision(t, &visionRunner{}, shades(3), nil)
	for _, src := range []extract.Resumer{text, vision, memory} {
		for want, c := range map[string]extract.Cursor{
			"pass -1": {Pass: -1},
			"-5":      {Examples: -5},
			"made on": {Examples: 11},
		} {
			if rows, end := record(t, src, c, 9); len(rows) > 0 || !strings.Contains(end, want) {
				t.Errorf("%T from %+v: %d batches, ends with %q, want %q", src, c, len(rows), end, want)
			}
		}
	}
}

func TestResumeStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	src := newText(t, &runner{}, texts{list: []string{"a1", "c1"}}, config(nil))
	for _, err := range src.BatchesFrom(ctx, extract.Cursor{Examples: 1}) {
		if err == nil {
			t.Error("a batch after the context ended")
		}
	}
}
