package extract_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/models"
)

// diary is a data set of one's own: a text a day, without end. Nothing is held in
// memory, and a pass ends when its reader stops.
type diary struct{}

func (diary) Labels() []string { return []string{"workday", "weekend"} }

func (diary) Pass(int) iter.Seq2[datasets.Text, error] {
	return func(yield func(datasets.Text, error) bool) {
		for day := 0; ; day++ {
			weekend := 0
			text := "It was a day at the office."
			if day%7 > 4 {
				weekend, text = 1, "The film was good."
			}
			if !yield(datasets.Text{Index: day, ID: fmt.Sprint("day ", day), Text: text, Label: weekend}, nil) {
				return
			}
		}
	}
}

// averages is a network of one's own, in any runtime: at each position it has the token's
// id, and the mean of the ids so far.
type averages struct{}

func (averages) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	ids, out := inputs[0], outputs[0] // (texts, positions), (texts, positions, 2)
	width := int(ids.Shape[1])
	for i := range ids.Int64 {
		if i%width == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		pos, sum := i%width, float32(0)
		for _, id := range ids.Int64[i-pos : i+1] {
			sum += float32(id)
		}
		out.Float32[2*i], out.Float32[2*i+1] = float32(ids.Int64[i]), sum/float32(pos+1)
	}
	return nil
}

// Activations of a network of one's own on data of one's own: a Spec says what the
// network is, a Runner computes it, a Dataset yields the texts. Rows are streamed, batch
// by batch in the same memory, until the consumer breaks off or the context ends.
func Example_ownModelAndData() {
	shape := []any{"batch", "sequence"}
	spec := &models.Spec{
		Name:   "averages",
		Inputs: []models.Input{{Name: models.InputIDs, DType: "int64", Shape: shape}},
		Hooks:  []models.Hook{{Name: "mean", DIn: 2}},
		Text:   &models.Text{ContextSize: 64, PadTokenID: 1},
	}
	tok, err := tokens.Open(os.DirFS("tokens/testdata"), "tiny.tokenizer.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook = "mean"
	src, err := extract.NewText(spec, "v1", averages{}, tok, diary{}, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	rows := 0
	for batch, err := range src.Batches(ctx) {
		if err != nil {
			fmt.Println("stopped:", err)
			break
		}
		for i, o := range batch.Origin {
			if o.Example == 5 && o.Position == 1 {
				fmt.Printf("%s, token %q: %.1f\n", diary{}.Labels()[o.Label], tok.Token(o.Token), batch.Row(i))
			}
		}
		if rows += batch.Len(); rows > 1000 {
			cancel(errors.New("1000 rows are enough"))
		}
	}
	fmt.Println(src.Counts())
	// Output:
	// weekend, token " film": [563.0 419.5]
	// stopped: extract: text: hook "mean": 1000 rows are enough
	// 1688 rows of 1816 tokens in 128 examples, 0 passes, 40 padding dropped, 128 first positions dropped
}
