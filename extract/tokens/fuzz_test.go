package tokens_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract/tokens"
)

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"it's  <|end|> x", "a\n\n\u00a0b", "\xff\xe2\x82", "12 !!!!", "[NEW]<|endoftext|>"} {
		f.Add(s, 3)
	}
	tok := tiny(f)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		ids := encode(t, tok, text, 0)
		if got, want := tok.Decode(ids), tokens.Sanitize(text); got != want {
			t.Fatalf("Decode(Encode(%q)) = %q", text, got)
		}
		if limit > 0 {
			first, cut, err := tok.Encode(nil, text, limit)
			if err != nil || !slices.Equal(first, ids[:min(limit, len(ids))]) || cut != (limit < len(ids)) {
				t.Fatalf("Encode(%q) with limit %d = %v, %v, %v, all are %v", text, limit, first, cut, err, ids)
			}
		}
		spans, err := tok.EncodeSpans(text, 0)
		if err != nil || len(spans) != len(ids) {
			t.Fatalf("EncodeSpans(%q) = %v, %v", text, spans, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(smallFile())
	f.Add([]byte(`{"model":{"type":"WordPiece","unk_token":"u","continuing_subword_prefix":"##","max_input_chars_per_word":9,"vocab":{"u":0,"a":1}},"pre_tokenizer":{"type":"Whitespace"}}`))
	f.Add([]byte(`{"model":{"type":"BPE","vocab":{"a":0},"merges":["a a"]},"pre_tokenizer":{"type":"ByteLevel"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := tokens.Parse(data)
		if err != nil {
			return
		}
		if _, _, err := tok.Encode(nil, "it's a <|end|> 12", 8); err != nil && !strings.HasPrefix(err.Error(), "tokens: ") {
			t.Fatal(err)
		}
	})
}

// smallFile is a byte-level tokenizer.json with one merge and one added token.
func smallFile() []byte {
	vocab := map[string]int{"it": 256}
	for b, r := 0, rune(0x100); b < 256; b++ {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			vocab[string(rune(b))] = b
			continue
		}
		vocab[string(r)] = b
		r++
	}
	v, _ := json.Marshal(vocab) // a map of strings to integers cannot fail
	return fmt.Appendf(nil, `{"added_tokens":[{"id":257,"content":"<|end|>"}],"pre_tokenizer":{"type":"ByteLevel"},`+
		`"model":{"type":"BPE","vocab":%s,"merges":["i t"]}}`, v)
}
