package tokens

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// newByteLevel builds the encoder that f describes.
func newByteLevel(f *file) (*byteLevel, error) {
	var vocab map[string]int32
	if err := json.Unmarshal(f.Model.Vocab, &vocab); err != nil {
		return nil, fmt.Errorf("vocab: %w", err)
	}
	var merges []merge
	if err := json.Unmarshal(f.Model.Merges, &merges); err != nil {
		return nil, fmt.Errorf("merges: %w", err)
	}
	t := &byteLevel{prefixSpace: f.PreTokenizer.AddPrefixSpace, pairs: newPairs(len(merges))}
	if err := t.addVocab(vocab); err != nil {
		return nil, err
	}
	if err := t.addMerges(merges, vocab); err != nil {
		return nil, err
	}
	return t, t.addTokens(f.AddedTokens, vocab)
}

// addVocab fills t.pieces and t.bytes.
func (t *byteLevel) addVocab(vocab map[string]int32) error {
	alphabet := byteAlphabet()
	t.pieces = make(map[int32]string, len(vocab))
	for token, id := range vocab {
		p := toBytes(token, alphabet)
		if p == "" || id < 0 {
			return fmt.Errorf("token %q with id %d: want some text and an id of 0 or more", token, id)
		}
		if q, ok := t.pieces[id]; ok {
			return fmt.Errorf("id %d: both %q and %q have it", id, q, p)
		}
		t.pieces[id] = p
	}
	for _, r := range slices.Sorted(maps.Keys(alphabet)) { // sorted for the error's sake
		b := alphabet[r]
		id, ok := vocab[string(r)]
		if !ok {
			return fmt.Errorf("vocab: byte %#02x, written %q, is missing: train it with the whole byte-level alphabet", b, r)
		}
		t.bytes[b] = id
	}
	return nil
}

// addMerges fills t.pairs. Of equal merges the last counts, as in Hugging Face
// tokenizers.
func (t *byteLevel) addMerges(merges []merge, vocab map[string]int32) error {
	for rank, m := range merges {
		left, okLeft := vocab[m[0]]
		right, okRight := vocab[m[1]]
		id, ok := vocab[m[0]+m[1]]
		if !okLeft || !okRight || !ok {
			return fmt.Errorf("merge %d of %q and %q: vocab lacks one of them or what they make", rank, m[0], m[1])
		}
		t.pairs.put(left, right, uint32(rank), id)
	}
	return nil
}

// addTokens fills t.finders. Tokens not to be normalized are found first.
func (t *byteLevel) addTokens(added []addedToken, vocab map[string]int32) error {
	var stages [2][]piece
	for _, a := range added {
		if a.Content == "" {
			continue // Hugging Face tokenizers leaves it out as well
		}
		if id, ok := vocab[a.Content]; ok && id != a.ID {
			return fmt.Errorf("added token %q: id %d, but %d in vocab", a.Content, a.ID, id)
		} else if p, taken := t.pieces[a.ID]; !ok && taken {
			return fmt.Errorf("added token %q: %q has id %d too", a.Content, p, a.ID)
		}
		t.pieces[a.ID] = a.Content
		stage := 0
		if a.Normalized {
			stage = 1
		}
		stages[stage] = append(stages[stage], a.piece(a.Content))
	}
	for _, s := range stages {
		if f := newFinder(s); f != nil {
			t.finders = append(t.finders, f)
		}
	}
	return nil
}

// byteAlphabet maps the characters that tokenizer.json writes for bytes back to
// them: printable ones of Latin-1 stand for themselves, the others follow from
// U+0100 on (bytes_to_unicode in openai/gpt-2's encoder.py).
func byteAlphabet() map[rune]byte {
	alphabet := make(map[rune]byte, 256)
	shifted := rune(0x100)
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			alphabet[rune(b)] = byte(b)
			continue
		}
		alphabet[shifted] = byte(b)
		shifted++
	}
	return alphabet
}

// toBytes returns the bytes that a token of the vocabulary stands for: itself,
// where it is not written in the alphabet.
func toBytes(token string, alphabet map[rune]byte) string {
	b := make([]byte, 0, len(token))
	for _, r := range token {
		c, ok := alphabet[r]
		if !ok {
			return token
		}
		b = append(b, c)
	}
	return string(b)
}
