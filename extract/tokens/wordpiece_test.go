package tokens_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/saego/saego/extract/tokens"
)

func wordPiece(t testing.TB) tokens.Tokenizer {
	t.Helper()
	return open(t, os.DirFS("testdata"), "wordpiece.tokenizer.json")
}

func roberta(t testing.TB) tokens.Tokenizer {
	t.Helper()
	return open(t, os.DirFS("testdata"), "roberta.tokenizer.json")
}

func TestGoldenWordPiece(t *testing.T) {
	testGolden(t, wordPiece(t), "wordpiece.golden.json")
	testTruncation(t, wordPiece(t), "wordpiece.golden.json")
}

func TestGoldenRoberta(t *testing.T) {
	testGolden(t, roberta(t), "roberta.golden.json")
	testTruncation(t, roberta(t), "roberta.golden.json")
}

// testTruncation checks that a limit keeps the tokens around a text, as Hugging Face
// tokenizers does.
func testTruncation(t *testing.T, tok tokens.Tokenizer, name string) {
	t.Helper()
	for _, c := range readJSON[golden](t, name).Cases {
		got, cut, err := tok.Encode([]int32{7}, c.Text, 6)
		if want := append([]int32{7}, c.IDs6...); err != nil || !slices.Equal(got, want) || cut != (len(c.IDs) > 6) {
			t.Errorf("Encode(%q) with limit 6 = %v, cut %v, %v, want %v", c.Text, got, cut, err, want)
		}
		spans, err := tok.EncodeSpans(c.Text, 6)
		if err != nil || len(spans) != len(c.IDs6) {
			t.Errorf("EncodeSpans(%q) with limit 6 = %v, %v, want %d spans", c.Text, spans, err, len(c.IDs6))
		}
	}
	if _, _, err := tok.Encode(nil, "the film", 2); err == nil || !strings.Contains(err.Error(), "leaves no room beside the 2 tokens") {
		t.Errorf("limit 2: error %v, want one about room", err)
	}
}

// bertGolden is what Hugging Face's BertNormalizer and BertPreTokenizer make of every
// code point and of random texts.
type bertGolden struct {
	Block   int      `json:"block"`
	Blocks  []rune   `json:"blocks"` // the first code point of each
	Pieces  []string `json:"pieces"`
	Configs []struct {
		Normalizer   json.RawMessage `json:"normalizer"`
		SHA256       []string        `json:"sha256"`
		Random       int             `json:"random"`
		RandomSHA256 string          `json:"random_sha256"`
	} `json:"configs"`
}

func TestBertWords(t *testing.T) {
	t.Log(regenerate)
	want := readJSON[bertGolden](t, "bert.golden.json")
	for _, c := range want.Configs {
		words := tokens.BertWords(c.Normalizer)
		for block, sum := range c.SHA256 {
			sha := sha256.New()
			first := want.Blocks[block]
			for r := first; r < first+rune(want.Block); r++ {
				if char := string(r); utf8.ValidRune(r) {
					io.WriteString(sha, words("A"+char+"b"+char+char+" "+char+"E\u0301x")+"\x00")
				}
			}
			if got := hex.EncodeToString(sha.Sum(nil)); got != sum {
				t.Errorf("%s: words differ around some of U+%04X to U+%04X", c.Normalizer, first, int(first)+want.Block-1)
			}
		}
		sha := sha256.New()
		for text := range randomTexts(want.Pieces, c.Random) {
			io.WriteString(sha, words(text)+"\x00")
		}
		if got := hex.EncodeToString(sha.Sum(nil)); got != c.RandomSHA256 {
			t.Errorf("%s: words of some random text differ", c.Normalizer)
		}
	}
}

// randomTexts are those of scripts/golden_tokens.py.
func randomTexts(pieces []string, count int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range count {
			var b strings.Builder
			for _, c := range sha256.Sum256(strconv.AppendInt(nil, int64(i), 10)) {
				b.WriteString(pieces[int(c)%len(pieces)])
			}
			if !yield(b.String()) {
				return
			}
		}
	}
}

func TestWordPieceOddTexts(t *testing.T) {
	tok := wordPiece(t)
	got, want := encode(t, tok, "the\xff\xe2\x82film", 0), encode(t, tok, "the\ufffd\ufffdfilm", 0)
	if !slices.Equal(got, want) {
		t.Errorf("invalid UTF-8: Encode = %v, want %v", got, want)
	}
	long := strings.Repeat("film", 1<<20)
	if got := encode(t, tok, long, 0); len(got) != 3 {
		t.Errorf("a word of 4 MiB has %d ids, want [CLS] [UNK] [SEP]", len(got))
	}
	if got := encode(t, tok, strings.Repeat("film ", 1<<20), 256); len(got) != 256 {
		t.Errorf("%d ids, want 256", len(got))
	}
}

func TestWordPieceFaults(t *testing.T) {
	data, err := os.ReadFile("testdata/wordpiece.tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	for from, change := range map[string]struct{ to, want string }{
		`"unk_token":"[UNK]"`:             {`"unk_token":"[NONE]"`, `unk_token is "[NONE]"`},
		`"max_input_chars_per_word":100`:  {`"max_input_chars_per_word":0`, "max_input_chars_per_word is 0"},
		`"!":5,`:                          {`"!":6,`, "no other's"},
		`{"id":0,"content":"[PAD]"`:       {`{"id":9,"content":"[PAD]"`, `added token "[PAD]": id 9, but 0 in vocab`},
		`"model":{"type":"WordPiece"`:     {`"model":{"type":"Unigram"`, `the tokenizer's model is "Unigram", which is not read`},
		`"sep":["[SEP]",3]`:               {`"sep":["[SEP]","x"]`, "not a tokenizer.json"},
		`"clean_text":true,"handle_chine`: {`"clean_text":7,"handle_chine`, "normalizer: "},
	} {
		changed := bytes.Replace(data, []byte(from), []byte(change.to), 1)
		if bytes.Equal(changed, data) {
			t.Errorf("the file has no %s", from)
		}
		if _, err := tokens.Parse(changed); err == nil || !strings.Contains(err.Error(), change.want) {
			t.Errorf("%s: error %v, want one that says %q", change.to, err, change.want)
		}
	}
}

// A post-processor may be written in several ways.
func TestFrames(t *testing.T) {
	data, err := os.ReadFile("testdata/wordpiece.tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]any
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	want := encode(t, wordPiece(t), "the film", 0)
	template := map[string]any{
		"type": "TemplateProcessing",
		"single": []any{
			map[string]any{"SpecialToken": map[string]any{"id": "[CLS]", "type_id": 0}},
			map[string]any{"Sequence": map[string]any{"id": "A", "type_id": 0}},
			map[string]any{"SpecialToken": map[string]any{"id": "[SEP]", "type_id": 0}},
		},
		"special_tokens": map[string]any{
			"[CLS]": map[string]any{"id": "[CLS]", "ids": []int{2}, "tokens": []string{"[CLS]"}},
			"[SEP]": map[string]any{"id": "[SEP]", "ids": []int{3}, "tokens": []string{"[SEP]"}},
		},
	}
	for name, tt := range map[string]struct {
		post any
		want []int32
	}{
		"none":     {nil, want[1 : len(want)-1]},
		"template": {template, want},
		"sequence": {map[string]any{"type": "Sequence", "processors": []any{map[string]any{"type": "ByteLevel"}, template}}, want},
	} {
		f["post_processor"] = tt.post
		if got := encode(t, parse(t, marshal(t, f)), "the film", 0); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Encode = %v, want %v", name, got, tt.want)
		}
	}
}

func FuzzWordPiece(f *testing.F) {
	for _, s := range []string{"The film[SEP]is  good.", "crème brûlée <gap> x", "\xff漢\u0301\x00", "unhappy!!"} {
		f.Add(s, 5)
	}
	tok := wordPiece(f)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		ids := encode(t, tok, text, 0)
		spans, err := tok.EncodeSpans(text, 0)
		if err != nil || len(spans) != len(ids) {
			t.Fatalf("EncodeSpans(%q) = %v, %v, ids are %v", text, spans, err, ids)
		}
		clean := tokens.Sanitize(text)
		for i, s := range spans {
			if s.ID != ids[i] || s.Start < 0 || s.Start > s.End || s.End > len(clean) {
				t.Fatalf("EncodeSpans(%q)[%d] = %v, ids are %v", text, i, s, ids)
			}
		}
		if limit > 2 {
			first, cut, err := tok.Encode(nil, text, limit)
			if err != nil || cut != (limit < len(ids)) || !slices.Equal(first[:len(first)-1], ids[:min(limit, len(ids))-1]) {
				t.Fatalf("Encode(%q) with limit %d = %v, %v, %v, all are %v", text, limit, first, cut, err, ids)
			}
		}
	})
}
