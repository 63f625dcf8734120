package tokens

import (
	"fmt"
	"slices"
	"strings"

	"github.com/saego/saego/models"
)

// ForModel opens the tokenizer of a text model and holds it against the golden ids in
// the model's folder, where there are any. Other ids are an error: the network would
// answer all the same, and its activations would be those of other texts.
func ForModel(m *models.Model) (Tokenizer, error) {
	if m.Spec.Text == nil {
		return nil, fmt.Errorf("tokens: model %s is not a text model: its family is %s", m.Path, m.Spec.Family)
	}
	t, err := Open(m.FS, m.Spec.Text.Tokenizer)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Path, err)
	}
	golden, err := m.GoldenTokens()
	if err != nil {
		return nil, err
	}
	for _, g := range golden {
		if err := check(t, g); err != nil {
			return nil, fmt.Errorf("model %s: %s: %w: if the file was changed, export the model again; if not, saego does not read this kind of tokenizer exactly: use a model with a byte-level BPE as GPT-2's or a WordPiece vocabulary as BERT's",
				m.Path, m.Spec.Text.Tokenizer, err)
		}
	}
	return t, nil
}

// check compares the ids of one text.
func check(t Tokenizer, g models.GoldenText) error {
	got, _, err := t.Encode(nil, g.Text, g.Limit)
	if err != nil {
		return fmt.Errorf("text %q: %w", shorten(g.Text), err)
	}
	if slices.Equal(got, g.IDs) {
		return nil
	}
	at := 0
	for at < len(got) && at < len(g.IDs) && got[at] == g.IDs[at] {
		at++
	}
	return fmt.Errorf("text %q has the ids %s, the model was exported with %s (they differ from number %d on)",
		shorten(g.Text), excerpt(got, at), excerpt(g.IDs, at), at)
}

// excerpt returns the ids around number at.
func excerpt(ids []int32, at int) string {
	from, to := max(0, at-2), min(len(ids), at+4)
	return fmt.Sprintf("%d of which numbers %d to %d are %v", len(ids), from, to-1, ids[from:to])
}

// shorten keeps an error readable.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
