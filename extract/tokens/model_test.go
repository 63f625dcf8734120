package tokens_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/models"
)

// folder is a model with the WordPiece tokenizer and golden texts.
func folder(t *testing.T, texts ...models.GoldenText) *models.Model {
	t.Helper()
	tokenizer, err := os.ReadFile("testdata/wordpiece.tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	m := &models.Model{
		Path: "tiny", FS: fstest.MapFS{"tokenizer.json": {Data: tokenizer}},
		Spec: models.Spec{Text: &models.Text{Tokenizer: "tokenizer.json"}},
	}
	if len(texts) > 0 {
		golden, err := json.Marshal(map[string]any{"tokenizers": "0.23.3", "texts": texts})
		if err != nil {
			t.Fatal(err)
		}
		m.FS.(fstest.MapFS)["golden_tokens.json"] = &fstest.MapFile{Data: golden}
		m.Spec.Text.GoldenTokens = "golden_tokens.json"
	}
	return m
}

func TestForModel(t *testing.T) {
	film := encode(t, wordPiece(t), "The film is good.", 0)
	good := models.GoldenText{Text: "The film is good.", IDs: film}
	cut := models.GoldenText{Text: good.Text, Limit: 3, IDs: []int32{film[0], film[1], film[len(film)-1]}}
	for _, m := range []*models.Model{folder(t), folder(t, good, cut)} {
		if tok, err := tokens.ForModel(m); err != nil || tok == nil {
			t.Errorf("ForModel = %v, %v", tok, err)
		}
	}
	other := models.GoldenText{Text: good.Text, IDs: append([]int32{film[0], 77}, film[2:]...)}
	cut.IDs = film[:3]
	for name, tt := range map[string]struct {
		m    *models.Model
		want []string
	}{
		"other ids": {folder(t, good, other), []string{
			`model tiny: tokenizer.json: text "The film is good." has the ids 7 of which numbers 0 to 4 are [2 `,
			"[2 77 ", "differ from number 1 on", "export the model again",
		}},
		"other cut":    {folder(t, cut), []string{"differ from number 2 on"}},
		"picture":      {&models.Model{Path: "tiny", Spec: models.Spec{Family: models.FamilyViT}}, []string{"not a text model: its family is vit"}},
		"no tokenizer": {&models.Model{Path: "tiny", FS: fstest.MapFS{}, Spec: models.Spec{Text: &models.Text{Tokenizer: "t.json"}}}, []string{"model tiny: ", "t.json"}},
	} {
		_, err := tokens.ForModel(tt.m)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one that says %q", name, err, want)
			}
		}
	}
}
