package tokens_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/saego/saego/extract/tokens"
)

func TestDrawnTiny(t *testing.T) { testDrawn(t, tiny(t), "tiny-fuzz.golden.json") }
func TestDrawnGPT2(t *testing.T) { testDrawn(t, gpt2(t), "gpt2-fuzz.golden.json") }

// testDrawn compares the ids of 100,000 strings drawn by chance with those of Hugging
// Face tokenizers.
func testDrawn(t *testing.T, tok tokens.Tokenizer, name string) {
	t.Log(regenerate)
	want := readJSON[struct {
		Pieces []string `json:"pieces"`
		Texts  int      `json:"texts"`
		Tokens int      `json:"tokens"`
		Block  int      `json:"block"`
		SHA256 []string `json:"sha256"` // of the digests of the texts of a block, joined
	}](t, name)
	n := 0
	for block, sum := range want.SHA256 {
		sha := sha256.New()
		for i := block * want.Block; i < (block+1)*want.Block; i++ {
			ids := encode(t, tok, drawn(i, want.Pieces), 0)
			io.WriteString(sha, digest(ids))
			n += len(ids)
		}
		if got := hex.EncodeToString(sha.Sum(nil)); got != sum {
			t.Errorf("strings %d to %d: ids differ", block*want.Block, (block+1)*want.Block-1)
		}
	}
	if n != want.Tokens || len(want.SHA256)*want.Block != want.Texts {
		t.Errorf("%d tokens of %d strings, want %d of %d", n, len(want.SHA256)*want.Block, want.Tokens, want.Texts)
	}
}

// drawn is string i of scripts/golden_tokens.py.
func drawn(i int, pieces []string) string {
	h := sha256.Sum256(fmt.Appendf(nil, "fuzz %d", i))
	var text strings.Builder
	if i%2 == 0 {
		for _, b := range h[:1+h[31]%31] {
			text.WriteString(pieces[int(b)%len(pieces)])
		}
		return text.String()
	}
	for at := 0; at < len(h); at += 4 {
		v := binary.LittleEndian.Uint32(h[at:])
		cp := rune((v >> 2) % [4]uint32{0x80, 0x800, 0x10000, 0x110000}[v%4])
		if cp >= 0xD800 && cp < 0xE000 {
			cp = 0xFFFD
		}
		text.WriteRune(cp)
	}
	return text.String()
}
