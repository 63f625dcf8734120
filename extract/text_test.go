package extract_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/models"
)

const (
	padID = 1 // "<|end|>" of the tiny tokenizer
	dIn   = 3
)

// texts is a dataset that ends with err.
type texts struct {
	list []string
	err  error
}

func (texts) Labels() []string { return []string{"neg", "pos"} }

func (d texts) Pass(int) iter.Seq2[datasets.Text, error] {
	return func(yield func(datasets.Text, error) bool) {
		for i, s := range d.list {
			if !yield(datasets.Text{Index: 100 + i, ID: fmt.Sprintf("t%d", i), Text: s, Label: i % 2}, nil) {
				return
			}
		}
		if d.err != nil {
			yield(datasets.Text{}, d.err)
		}
	}
}

// One pass over 64 texts of 32 tokens: what extraction costs beside the network.
func BenchmarkText(b *testing.B) {
	list := make([]string, 64)
	for i := range list {
		list[i] = strings.Repeat("a1", 16)
	}
	src := newText(b, quiet{}, texts{list: list}, config(nil))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range src.Batches(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// runner is a network whose activations say where they come from: id, position
// and mask. It records the shapes that it was fed.
type runner struct {
	shapes [][]int64
	poison int64   // token whose activations are broken, unless 0
	bad    float64 // what is in them
	err    error
}

func (r *runner) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	if err := ctx.Err(); err != nil || r.err != nil {
		return errors.Join(err, r.err)
	}
	ids, mask, out := inputs[0], inputs[1], outputs[0]
	r.shapes = append(r.shapes, ids.Shape)
	for i, id := range ids.Int64 {
		row := out.Float32[i*dIn:][:dIn]
		row[0], row[1], row[2] = float32(id), float32(int64(i)%ids.Shape[1]), float32(mask.Int64[i])
		if r.poison != 0 && id == r.poison {
			row[1] = float32(r.bad)
		}
	}
	return nil
}

func spec() *models.Spec {
	shape := []any{"batch", "sequence"}
	return &models.Spec{
		Family: models.FamilyGPT2Classifier, Name: "fake",
		Inputs: []models.Input{{Name: models.InputIDs, DType: "int64", Shape: shape}, {Name: models.AttentionMask, DType: "int64", Shape: shape}},
		Hooks:  []models.Hook{{Name: "transformer.h.0", DIn: dIn}, {Name: "transformer.h.1", DIn: dIn}},
		Text:   &models.Text{ContextSize: 32, PadTokenID: padID, SpecialTokenIDs: []int{0, 1}},
	}
}

var openTokenizer = sync.OnceValues(func() (tokens.Tokenizer, error) {
	return tokens.Open(os.DirFS("tokens/testdata"), "tiny.tokenizer.json")
})

func tokenizer(t testing.TB) tokens.Tokenizer {
	t.Helper()
	tok, err := openTokenizer()
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func config(change func(*extract.TextConfig)) extract.TextConfig {
	cfg := extract.DefaultTextConfig()
	cfg.Hook = "transformer.h.1"
	if change != nil {
		change(&cfg)
	}
	return cfg
}

func newText(t testing.TB, r extract.Runner, ds texts, cfg extract.TextConfig) *extract.Text {
	t.Helper()
	src, err := extract.NewText(spec(), "1f0c", r, tokenizer(t), ds, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// row is what the fake network says about a row, with its origin.
type row struct {
	Example, Position, Token, Label int32
	Mask                            float32
}

// collect reads one call of Batches and checks that data and origins agree.
func collect(t testing.TB, src extract.Source) (rows []row, last error) {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			return rows, err
		}
		if b.DIn != dIn || len(b.Data) != b.Len()*dIn || b.Len() == 0 {
			t.Fatalf("batch of %d rows has %d values of width %d", b.Len(), len(b.Data), b.DIn)
		}
		for i, o := range b.Origin {
			x := b.Row(i)
			if x[0] != float32(o.Token) || x[1] != float32(o.Position) {
				t.Fatalf("row %v has origin %+v", x, o)
			}
			rows = append(rows, row{o.Example, o.Position, o.Token, o.Label, x[2]})
		}
	}
	return rows, nil
}

func TestTextPolicies(t *testing.T) {
	list := []string{"a1", "", "c<|endoftext|>", "a1b1c1"}
	// Each character and each special token is one token: 2, 0, 2 and 6.
	for _, tt := range []struct {
		name   string
		change func(*extract.TextConfig)
		want   extract.Counts
	}{
		{
			"default", nil,
			extract.Counts{Passes: 1, Examples: 3, Tokens: 10, Rows: 7, Padding: 8, First: 3, Empty: 1},
		},
		{
			"one text at a time", func(c *extract.TextConfig) { c.StoreBatchSizePrompts = 1 },
			extract.Counts{Passes: 1, Examples: 3, Tokens: 10, Rows: 7, First: 3, Empty: 1},
		},
		{
			"first kept", func(c *extract.TextConfig) { c.ExcludeFirstPosition = false },
			extract.Counts{Passes: 1, Examples: 3, Tokens: 10, Rows: 10, Padding: 8, Empty: 1},
		},
		{
			"special dropped", func(c *extract.TextConfig) { c.ExcludeSpecialTokens = true },
			extract.Counts{Passes: 1, Examples: 3, Tokens: 10, Rows: 6, Padding: 4, First: 3, Special: 1, Empty: 1}, // one text has no row
		},
		{
			"padding kept", func(c *extract.TextConfig) { c.ExcludePadding = false },
			extract.Counts{Passes: 1, Examples: 3, Tokens: 10, Rows: 15, First: 3, Empty: 1},
		},
		{
			"padded to context", func(c *extract.TextConfig) { c.PadToContext = true },
			extract.Counts{Passes: 1, Examples: 3, Tokens: 10, Rows: 7, Padding: 3*32 - 10, First: 3, Empty: 1},
		},
		{
			"cut", func(c *extract.TextConfig) { c.ContextSize = 4 },
			extract.Counts{Passes: 1, Examples: 3, Tokens: 8, Rows: 5, Padding: 4, First: 3, Truncated: 1, Empty: 1},
		},
		{
			"two passes", func(c *extract.TextConfig) { c.Passes = 2 },
			extract.Counts{Passes: 2, Examples: 6, Tokens: 20, Rows: 14, Padding: 16, First: 6, Empty: 2},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := newText(t, &runner{}, texts{list: list}, config(tt.change))
			rows, err := collect(t, src)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, src.Counts()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if len(rows) != int(tt.want.Rows) {
				t.Errorf("%d rows, want %d", len(rows), tt.want.Rows)
			}
		})
	}
}

func TestTextRowsAndOrigins(t *testing.T) {
	tok := tokenizer(t)
	list := []string{"The film was good.", "", "bad", "it's their money, and the ending is bad"}
	r := &runner{}
	src := newText(t, r, texts{list: list}, config(func(c *extract.TextConfig) { c.StoreBatchSizePrompts = 2; c.ExcludeFirstPosition = false }))
	got, err := collect(t, src)
	if err != nil {
		t.Fatal(err)
	}
	var want []row
	for i, text := range list {
		ids, _, _ := tok.Encode(nil, text, 0)
		for pos, id := range ids {
			want = append(want, row{int32(100 + i), int32(pos), id, int32(i % 2), 1})
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if info := src.Info(); info != (extract.Info{Model: "fake@1f0c", Hook: "transformer.h.1", DIn: dIn}) {
		t.Errorf("Info() = %+v", info)
	}
	again, err := collect(t, src)
	if err != nil || !slices.Equal(got, again) {
		t.Errorf("the second call differs from the first: %v", err)
	}
}

func TestTextPadsToTheLongestOrToContext(t *testing.T) {
	for _, tt := range []struct {
		pad  bool
		want []int64
	}{{false, []int64{2, 6}}, {true, []int64{2, 32}}} {
		r := &runner{}
		src := newText(t, r, texts{list: []string{"a1", "a1b1c1"}}, config(func(c *extract.TextConfig) { c.PadToContext = tt.pad }))
		if _, err := collect(t, src); err != nil {
			t.Fatal(err)
		}
		if len(r.shapes) != 1 || !slices.Equal(r.shapes[0], tt.want) {
			t.Errorf("pad_to_context %v: fed %v, want %v", tt.pad, r.shapes, tt.want)
		}
	}
}

func TestNewTextRejects(t *testing.T) {
	vision := spec()
	vision.Text, vision.Family = nil, models.FamilyViT
	for _, tt := range []struct {
		name string
		spec *models.Spec
		cfg  extract.TextConfig
		want string
	}{
		{"zero config", spec(), extract.TextConfig{ContextSize: -1, Passes: -1}, "hook is empty, want the name of a hook point\ncontext_size is -1"},
		{"vision model", vision, config(nil), "model fake is not a text model: its family is vit"},
		{"negative group", spec(), config(func(c *extract.TextConfig) { c.GroupByLength = -1 }), "group_by_length is -1, want 0 or more: how many times store_batch_size_prompts texts are grouped"},
		{"wrong hook", spec(), config(func(c *extract.TextConfig) { c.Hook = "h.9" }), "choose one of transformer.h.0, transformer.h.1"},
		{"context too long", spec(), config(func(c *extract.TextConfig) { c.ContextSize = 33 }), "model fake takes at most 32"},
	} {
		_, err := extract.NewText(tt.spec, "", &runner{}, tokenizer(t), texts{}, tt.cfg)
		wantError(t, tt.name, err, tt.want)
	}
}

func wantError(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want one that says %q", name, err, want)
	}
}

func TestTextWithoutRows(t *testing.T) {
	for _, tt := range []struct {
		name string
		list []string
		want string
	}{
		{"no examples", nil, "the dataset is empty"},
		{"empty texts", []string{"", ""}, "0 rows of 0 tokens in 0 examples, 2 examples empty: no text has a token"},
		{"only first positions", []string{"a", "b"}, "2 first positions dropped: use longer texts, or set exclude_first_position"},
	} {
		for _, passes := range []int{1, 0} {
			src := newText(t, &runner{}, texts{list: tt.list}, config(func(c *extract.TextConfig) { c.Passes = passes }))
			rows, err := collect(t, src)
			if !errors.Is(err, extract.ErrNoRows) || len(rows) != 0 {
				t.Errorf("%s: %d rows, error %v, want ErrNoRows", tt.name, len(rows), err)
			}
			wantError(t, tt.name, err, tt.want)
		}
	}
}

func TestTextErrors(t *testing.T) {
	boom := errors.New("boom")
	list := []string{"x2", "a1b"}
	poison, _, _ := tokenizer(t).Encode(nil, "a1", 0)
	for _, tt := range []struct {
		name   string
		runner *runner
		ds     texts
		is     error
		want   string
	}{
		{"dataset", &runner{}, texts{list, boom}, boom, `extract: text: hook "transformer.h.1": boom`},
		{"network", &runner{err: boom}, texts{list: list}, boom, `hook "transformer.h.1": examples t0 to t1: boom`},
		{"NaN", &runner{poison: int64(poison[1]), bad: math.NaN()}, texts{list: list}, nil, `hook "transformer.h.1": example t1: position 1: NaN or Inf`},
		{"Inf", &runner{poison: int64(poison[1]), bad: math.Inf(-1)}, texts{list: list}, nil, `example t1: position 1: NaN or Inf`},
	} {
		_, err := collect(t, newText(t, tt.runner, tt.ds, config(nil)))
		wantError(t, tt.name, err, tt.want)
		if tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: %v does not wrap %v", tt.name, err, tt.is)
		}
	}
}

func TestTextStops(t *testing.T) {
	endless := config(func(c *extract.TextConfig) { c.Passes, c.StoreBatchSizePrompts, c.GroupByLength = 0, 1, 0 })
	src := newText(t, &runner{}, texts{list: []string{"a1", "c1"}}, endless)
	n := 0
	for range src.Batches(t.Context()) {
		if n++; n == 7 {
			break
		}
	}
	if c := src.Counts(); c.Examples != 7 || c.Passes != 3 {
		t.Errorf("after a break: %v", c)
	}

	boom := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var last error
	for b, err := range src.Batches(ctx) {
		if last = err; err == nil && b.Len() > 0 {
			cancel(boom)
		}
	}
	if !errors.Is(last, boom) {
		t.Errorf("after the context ended: %v, want its cause", last)
	}
}

// Several calls of Batches at once do not share memory.
func TestTextConcurrentPasses(t *testing.T) {
	src := newText(t, &quiet{}, texts{list: []string{"a1b", "d1", "f1g1"}}, config(func(c *extract.TextConfig) { c.Passes = 20 }))
	done := make(chan int64)
	for range 3 {
		go func() {
			n := int64(0)
			for b, err := range src.Batches(context.Background()) {
				if err != nil {
					n = -1
					break
				}
				n += int64(b.Len())
			}
			done <- n
		}()
	}
	for range 3 {
		if n := <-done; n != 120 {
			t.Errorf("%d rows, want 120", n)
		}
	}
}

// quiet is runner for several goroutines.
type quiet struct{}

func (quiet) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	return (&runner{}).Run(ctx, inputs, outputs)
}
