package extract_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// typed is a runner that wants token types, all zero, beside the ids.
type typed struct {
	runner
	t *testing.T
}

func (r *typed) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	types := inputs[2]
	if types.Name != models.TokenTypeIDs || !slices.Equal(types.Shape, inputs[0].Shape) || len(types.Int64) != len(inputs[0].Int64) {
		r.t.Errorf("token types are %q %v, %d values, want those of the ids %v", types.Name, types.Shape, len(types.Int64), inputs[0].Shape)
	}
	if slices.ContainsFunc(types.Int64, func(v int64) bool { return v != 0 }) {
		r.t.Error("a token type is not 0")
	}
	return r.runner.Run(ctx, inputs, outputs)
}

// An encoder has no logits and is fed token types.
func TestTextTokenTypes(t *testing.T) {
	s := spec()
	s.Family, s.Logits = models.FamilyBERT, ""
	s.Inputs = append(s.Inputs, models.Input{Name: models.TokenTypeIDs, DType: "int64", Shape: s.Inputs[0].Shape})
	r := &typed{t: t}
	list := texts{list: []string{"a", strings.Repeat("a1", 9), "it's", "a1", "x"}}
	src, err := extract.NewText(s, "1f0c", r, tokenizer(t), list, config(func(c *extract.TextConfig) {
		c.StoreBatchSizePrompts, c.ExcludeFirstPosition = 2, false
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(r.shapes) != 3 {
		t.Errorf("%d forward passes, want 3", len(r.shapes))
	}
}
