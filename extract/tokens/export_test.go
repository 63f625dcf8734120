package tokens

import (
	"encoding/json"
	"strings"
)

// Next is the scanner, for the test over every code point.
var Next = next

// BertWords returns the words that BERT's normalizer, as tokenizer.json has it, and
// pre-tokenizer make of text, with U+001F between.
func BertWords(normalizer []byte) func(text string) string {
	var n bertNormalizer
	if err := json.Unmarshal(normalizer, &n); err != nil {
		panic(err)
	}
	n.prepare()
	return func(text string) string {
		p := &pieces{wordPiece: &wordPiece{normalizer: &n}}
		var words []string
		p.each(text, nil, func(word []byte, _ []place) bool {
			words = append(words, string(word))
			return true
		})
		return strings.Join(words, "\x1f")
	}
}
