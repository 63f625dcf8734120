package tokens

import "strings"

// Decode implements [Tokenizer].
func (t *wordPiece) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		name, ok := t.names[id]
		if !ok {
			continue
		}
		if b.Len() > 0 {
			var inner bool
			if name, inner = strings.CutPrefix(name, t.prefix); !inner {
				name = " " + name
			}
		}
		if t.cleanup {
			name = cleanUp(name)
		}
		b.WriteString(name)
	}
	return b.String()
}

// cleanUp takes out the spaces that WordPiece puts into English, as Hugging Face
// tokenizers does.
func cleanUp(s string) string {
	for _, r := range [][2]string{
		{" .", "."},
		{" ?", "?"},
		{" !", "!"},
		{" ,", ","},
		{" ' ", "'"},
		{" n't", "n't"},
		{" 'm", "'m"},
		{" do not", " don't"},
		{" 's", "'s"},
		{" 've", "'ve"},
		{" 're", "'re"},
	} {
		s = strings.ReplaceAll(s, r[0], r[1])
	}
	return s
}

// Token implements [Tokenizer].
func (t *wordPiece) Token(id int32) string { return t.names[id] }
