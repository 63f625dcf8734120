package tokens_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"testing"
)

// All 25,000 reviews: ids equal those of Hugging Face tokenizers, and the first
// 256 are what truncation gives.
func TestReviews(t *testing.T) {
	tok, texts := gpt2(t), reviews(t)
	t.Log(regenerate)
	want := readJSON[struct {
		Texts     int      `json:"texts"`
		Tokens    int      `json:"tokens"`
		Block     int      `json:"block"`
		SHA256    []string `json:"sha256"` // of the digests of the texts of a block, joined
		SHA256All string   `json:"sha256_all"`
	}](t, "gpt2-imdb.golden.json")
	if len(texts) != want.Texts {
		t.Fatalf("%d reviews, want %d", len(texts), want.Texts)
	}
	n, all := 0, sha256.New()
	for i, block := range slices.Collect(slices.Chunk(texts, want.Block)) {
		sha := sha256.New()
		for j, text := range block {
			ids := encode(t, tok, text, 0)
			io.WriteString(sha, digest(ids))
			n += len(ids)
			first, cut, err := tok.Encode(nil, text, 256)
			if err != nil || !slices.Equal(first, ids[:min(256, len(ids))]) || cut != (len(ids) > 256) {
				t.Errorf("review %d: Encode with limit 256 is not a prefix, or cut is wrong", i*want.Block+j)
			}
		}
		got := hex.EncodeToString(sha.Sum(nil))
		io.WriteString(all, got)
		if got != want.SHA256[i] {
			t.Errorf("reviews %d to %d: ids differ", i*want.Block, i*want.Block+len(block)-1)
		}
	}
	if got := hex.EncodeToString(all.Sum(nil)); got != want.SHA256All || n != want.Tokens {
		t.Errorf("%d tokens, digest %s, want %d, %s", n, got, want.Tokens, want.SHA256All)
	}
}

// reviews reads the texts of the IMDB reviews, or skips.
func reviews(t testing.TB) (texts []string) {
	t.Helper()
	data, err := fs.ReadFile(dataDir(t), "imdb/train.jsonl.gz")
	if err != nil {
		t.Skip(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(z)
	for {
		var review struct{ Text string }
		if err := lines.Decode(&review); errors.Is(err, io.EOF) {
			return texts
		} else if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, review.Text)
	}
}
