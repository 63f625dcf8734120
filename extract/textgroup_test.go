package extract_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// causal is a network whose activations say which tokens were read up to there, as those
// of a real one do, whatever else it was fed. It counts what it computes.
type causal struct {
	shapes           [][]int64
	texts, positions int64
}

func (c *causal) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	shape := inputs[0].Shape
	n, width := int(shape[0]), int(shape[1])
	c.shapes, c.texts, c.positions = append(c.shapes, shape), c.texts+shape[0], c.positions+shape[0]*shape[1]
	for i := range n {
		read := int64(0)
		for pos := range width {
			at := i*width + pos
			read = (read*31 + inputs[0].Int64[at] + 7*inputs[1].Int64[at]) % 4093
			for k, out := range outputs {
				values := int(out.Shape[2])
				for j := range values {
					out.Float32[at*values+j] = float32(read + int64(pos*j+k))
				}
			}
		}
	}
	return ctx.Err()
}

// newCausal returns a source with targets.
func newCausal(t testing.TB, net extract.Runner, list []string, cfg extract.TextConfig) *extract.Text {
	t.Helper()
	cfg.HookOut = "transformer.h.1.mlp"
	src, err := extract.NewText(wide(spec(), cfg.HookOut), "1f0c", net, tokenizer(t), texts{list: list}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// all are the rows of one call of Batches.
type all struct {
	Data, Target []float32
	Origin       []extract.Origin
	Counts       extract.Counts
	Err          string
}

func readAll(t testing.TB, src *extract.Text) (a all) {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			a.Err = err.Error()
			break
		}
		a.Data, a.Target, a.Origin = append(a.Data, b.Data...), append(a.Target, b.Target...), append(a.Origin, b.Origin...)
	}
	a.Counts = src.Counts()
	return a
}

// lengthOf says how many tokens a byte of the fuzzed data stands for.
func lengthOf(b byte) int { return int(b) % 40 }

// listOf makes a text of each byte; two thirds of the tokens of some are special.
func listOf(lengths []byte) (list []string) {
	for i, b := range lengths {
		n := lengthOf(b)
		s := strings.Repeat(string(rune('a'+i%26))+"1", n)[:n]
		if b >= 200 {
			s = s[:n/3] + strings.Repeat("<|endoftext|>", n-n/3)
		}
		list = append(list, s)
	}
	return list
}

// Rows, origins and counts are those without grouping, and nothing is computed in vain
// but what fills up a forward pass.
func FuzzGroupByLength(f *testing.F) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 3))
		lengths := make([]byte, rng.IntN(60))
		for i := range lengths {
			lengths[i] = byte(rng.Uint32())
		}
		f.Add(lengths, byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32()))
	}
	f.Fuzz(func(t *testing.T, lengths []byte, batch, group, size, flags byte) {
		list := listOf(lengths)
		cfg := config(func(c *extract.TextConfig) {
			c.StoreBatchSizePrompts, c.GroupByLength, c.ContextSize = 1+int(batch)%7, int(group)%5, 1+int(size)%32
			c.ExcludePadding, c.PadToContext = flags&3 != 0, flags&12 == 0
			c.ExcludeFirstPosition, c.ExcludeSpecialTokens = flags&16 != 0, flags&32 != 0
		})
		plain := cfg
		plain.GroupByLength = 0
		r, nets := newCausals(1 + int(flags>>6))
		got, want := readAll(t, newCausal(t, r, list, cfg)), readAll(t, newCausal(t, &causal{}, list, plain))
		checkComputed(t, cfg, sum(nets), lengths, got)
		got.Counts.Padding, want.Counts.Padding = 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v (-want +got):\n%s", cfg, cmp.Diff(want, got))
		}
		wantResumable(t, func() extract.Resumer { return newCausal(t, &causal{}, list, cfg) }, 8)
	})
}

// checkComputed holds what the network computed against what was wanted of it.
func checkComputed(t *testing.T, cfg extract.TextConfig, net *causal, lengths []byte, got all) {
	t.Helper()
	for _, s := range net.shapes {
		if int(s[0]) > cfg.StoreBatchSizePrompts || int(s[1]) > cfg.ContextSize {
			t.Fatalf("fed %v, want at most %d texts of %d tokens", s, cfg.StoreBatchSizePrompts, cfg.ContextSize)
		}
	}
	if !cfg.ExcludePadding {
		return
	}
	texts, tokens := map[int32]bool{}, int64(0)
	for _, o := range got.Origin {
		if !texts[o.Example] {
			texts[o.Example] = true
			tokens += int64(min(lengthOf(lengths[o.Example-100]), cfg.ContextSize))
		}
	}
	if padding := got.Counts.Padding; net.texts != int64(len(texts)) || net.positions != tokens+padding {
		t.Fatalf("%d texts of %d positions were computed, want the %d with a row, of %d tokens and %d of padding",
			net.texts, net.positions, len(texts), tokens, padding)
	}
}

func TestTextsAreGroupedByLength(t *testing.T) {
	list := listOf([]byte{3, 1, 20, 4, 30, 3, 0, 21, 5}) // the second has no row, the seventh no token
	for _, tt := range []struct {
		name   string
		change func(*extract.TextConfig)
		want   [][]int64
	}{
		{"in fours", func(c *extract.TextConfig) { c.GroupByLength = 2 }, [][]int64{{2, 20}, {1, 3}, {2, 30}, {2, 5}}},
		{"all", nil, [][]int64{{2, 30}, {2, 20}, {2, 4}, {1, 3}}},
		{"none", func(c *extract.TextConfig) { c.GroupByLength = 1 }, [][]int64{{1, 3}, {2, 20}, {2, 30}, {2, 21}}},
		{"padded to context", func(c *extract.TextConfig) { c.PadToContext = true }, [][]int64{{1, 32}, {2, 32}, {2, 32}, {2, 32}}},
		{"padding kept", func(c *extract.TextConfig) { c.ExcludePadding = false }, [][]int64{{2, 3}, {2, 20}, {2, 30}, {2, 21}}},
	} {
		net := &causal{}
		src := newCausal(t, net, list, config(func(c *extract.TextConfig) {
			if c.StoreBatchSizePrompts = 2; tt.change != nil {
				tt.change(c)
			}
		}))
		if a := readAll(t, src); a.Err != "" || !reflect.DeepEqual(net.shapes, tt.want) {
			t.Errorf("%s: fed %v, want %v; %s", tt.name, net.shapes, tt.want, a.Err)
		}
	}
}

// An error names the text that it came from, wherever that went in its group.
func TestGroupedTextsErrors(t *testing.T) {
	tok := tokenizer(t)
	poison, _, _ := tok.Encode(nil, "z", 0)
	list := []string{"a1", "b1b1b1", "c1z", "d1d1", "e1"}
	cfg := config(func(c *extract.TextConfig) { c.StoreBatchSizePrompts = 1 })
	_, err := collect(t, newText(t, &runner{poison: int64(poison[0]), bad: math.Inf(1)}, texts{list: list}, cfg))
	wantError(t, "Inf", err, "example t2: position 2: NaN or Inf")
	boom := errors.New("boom")
	_, err = collect(t, newText(t, &runner{err: boom}, texts{list: list}, cfg))
	wantError(t, "network", err, "examples t0 to t4: boom")
}

// deaf is a network that does not listen to its context, which its first run ends.
type deaf struct {
	causal
	end func()
}

func (d *deaf) Run(_ context.Context, inputs, outputs []extract.Tensor) error {
	d.end()
	return d.causal.Run(context.Background(), inputs, outputs)
}

func TestGroupStopsWithContext(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	net := &deaf{end: func() { cancel(enough) }}
	src := newCausal(t, net, listOf([]byte{5, 6, 7, 8}), config(func(c *extract.TextConfig) { c.StoreBatchSizePrompts = 1 }))
	var last error
	for _, last = range src.Batches(ctx) {
	}
	if !errors.Is(last, enough) || len(net.shapes) != 1 {
		t.Errorf("%d forward passes, then %v, want one and the cause", len(net.shapes), last)
	}
}

// A call takes the memory that [extract.TextConfig.Memory] says, and takes it once.
func TestTextMemory(t *testing.T) {
	const hook, width, long = "wide", 512, 256
	s := spec()
	s.Text.ContextSize = long
	s.Hooks = append(s.Hooks, models.Hook{Name: hook, DIn: width})
	cfg := config(func(c *extract.TextConfig) {
		c.Hook, c.ContextSize, c.StoreBatchSizePrompts, c.GroupByLength, c.Passes = hook, long, extract.MaxLanes, 2, 0
		c.ExcludeFirstPosition = false
	})
	list := slices.Repeat([]string{strings.Repeat("a1", long)}, 2*extract.MaxLanes)
	src, err := extract.NewText(s, "1f0c", &causal{}, tokenizer(t), texts{list: list}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var start, first, last runtime.MemStats
	runtime.ReadMemStats(&start)
	batches := 0
	for _, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if batches++; batches == 1 {
			runtime.ReadMemStats(&first)
		}
		if batches == 51 {
			break
		}
	}
	runtime.ReadMemStats(&last)
	got, want := float64(first.TotalAlloc-start.TotalAlloc), float64(cfg.Memory(width, 0))
	if got > 1.1*want || got < 0.9*want {
		t.Errorf("a batch takes %g bytes, Memory says %g", got, want)
	}
	if more := (last.TotalAlloc - first.TotalAlloc) / 50; more > 10_000 { // a row has 2,048
		t.Errorf("each further batch takes %d bytes, want next to none", more)
	}
}
