package tokens_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/saego/saego/extract/tokens"
)

func TestEncodeAppendsUpToTheLimit(t *testing.T) {
	tok := tiny(t)
	const text = "it's<|end|>good"
	all := encode(t, tok, text, 0)
	for limit := 1; limit <= len(all)+1; limit++ {
		got, cut, err := tok.Encode([]int32{7, 8}, text, limit)
		want := append([]int32{7, 8}, all[:min(limit, len(all))]...)
		if err != nil || !slices.Equal(got, want) || cut != (limit < len(all)) {
			t.Errorf("limit %d: %v, cut %v, %v, want %v", limit, got, cut, err, want)
		}
	}
}

func TestInvalidUTF8(t *testing.T) {
	tok := tiny(t)
	got, want := encode(t, tok, "a\xff\xe2\x82b", 0), encode(t, tok, "a\ufffd\ufffdb", 0)
	if !slices.Equal(got, want) {
		t.Errorf("Encode = %v, want %v", got, want)
	}
	spans, err := tok.EncodeSpans("\xffb", 0)
	if last := spans[len(spans)-1]; err != nil || last.Start != 3 || last.End != 4 {
		t.Errorf("EncodeSpans = %v, %v, want the last at 3 to 4", spans, err)
	}
}

func TestTokenAndDecode(t *testing.T) {
	tok := tiny(t)
	ids := encode(t, tok, " the<|end|>", 0)
	if got := tok.Token(ids[0]); got != " the" {
		t.Errorf("Token(%d) = %q, want %q", ids[0], got, " the")
	}
	if got := tok.Token(ids[len(ids)-1]); got != "<|end|>" {
		t.Errorf("Token = %q, want <|end|>", got)
	}
	if got := tok.Decode([]int32{ids[0], 1 << 30, -1}); got != " the" {
		t.Errorf("Decode with unknown ids = %q, want %q", got, " the")
	}
	if got := tok.Token(1 << 30); got != "" {
		t.Errorf("Token of no token = %q", got)
	}
}

func TestConcurrentEncode(t *testing.T) {
	tok := tiny(t)
	texts := []string{"The film was not bad at all.", "it's their money", "in 2000, the 12 people"}
	var wg sync.WaitGroup
	for _, text := range texts {
		want := encode(t, tok, text, 0)
		for range 2 {
			wg.Go(func() {
				for range 200 {
					if got, _, err := tok.Encode(nil, text, 0); err != nil || !slices.Equal(got, want) {
						t.Errorf("Encode(%q) = %v, %v, want %v", text, got, err, want)
						return
					}
				}
			})
		}
	}
	wg.Wait()
}

func TestOpenErrors(t *testing.T) {
	data, err := os.ReadFile("testdata/tiny.tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) []byte {
		out := bytes.Replace(data, []byte(from), []byte(to), 1)
		if bytes.Equal(out, data) {
			t.Fatalf("the tiny tokenizer has no %s", from)
		}
		return out
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"not json":         {[]byte("{"), "not a tokenizer.json"},
		"another json":     {[]byte("{}"), "it has no model"},
		"byte missing":     {change(`"!":2,`, ""), "byte 0x21, written '!', is missing"},
		"id twice":         {change(`"!":2,`, `"!":3,`), "id 3: both"},
		"negative id":      {change(`"!":2,`, `"!":-2,`), "want some text and an id of 0 or more"},
		"merge unknown":    {change(`"merges":[`, `"merges":[["xx","yy"],`), `merge 0 of "xx" and "yy"`},
		"merge of three":   {change(`"merges":[`, `"merges":["a b c",`), "not two symbols"},
		"merge of one":     {change(`"merges":[`, `"merges":[["a"],`), "has 1 symbols"},
		"added id differs": {change(`{"id":1,`, `{"id":77,`), `added token "<|end|>": id 77, but 1 in vocab`},
		"unknown model":    {change(`"type":"BPE"`, `"type":"Oracle"`), "tokens: "},
	} {
		_, err := tokens.Open(fstest.MapFS{"tokenizer.json": {Data: tt.data}}, "tokenizer.json")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one that says %q", name, err, tt.want)
		}
	}
	if _, err := tokens.Open(fstest.MapFS{}, "tokenizer.json"); err == nil || !strings.Contains(err.Error(), "tokenizer.json") {
		t.Errorf("no file: error %v, want one that names it", err)
	}
}

func ExampleOpen() {
	tok, err := tokens.Open(os.DirFS("testdata"), "tiny.tokenizer.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, cut, err := tok.Encode(nil, "The film is good.", 4)
	fmt.Println(len(ids), cut, err)
	for _, id := range ids {
		fmt.Printf("%q ", tok.Token(id))
	}
	// Output:
	// 4 true <nil>
	// "The" " film" " is" " good"
}
