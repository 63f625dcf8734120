package tokens

import (
	"encoding/json"
	"fmt"
	"strings"
)

// newWordPiece builds the encoder that f describes.
func newWordPiece(f *file) (*wordPiece, error) {
	n := &bertNormalizer{}
	if err := json.Unmarshal(f.Normalizer, n); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	n.prepare()
	t := &wordPiece{normalizer: n, maxChars: f.Model.MaxInputCharsPerWord}
	if f.Decoder != nil {
		t.prefix, t.cleanup = f.Decoder.Prefix, f.Decoder.Cleanup
	}
	if t.maxChars < 1 {
		return nil, fmt.Errorf("max_input_chars_per_word is %d, want at least 1", t.maxChars)
	}
	if err := t.addVocab(f); err != nil {
		return nil, err
	}
	return t, t.addTokens(f.AddedTokens)
}

// addVocab fills the maps.
func (t *wordPiece) addVocab(f *file) error {
	if err := json.Unmarshal(f.Model.Vocab, &t.whole); err != nil {
		return fmt.Errorf("vocab: %w", err)
	}
	var ok bool
	if t.unknown, ok = t.whole[f.Model.UnkToken]; !ok {
		return fmt.Errorf("unk_token is %q, which vocab does not have", f.Model.UnkToken)
	}
	t.inner, t.names = map[string]int32{}, make(map[int32]string, len(t.whole))
	for name, id := range t.whole {
		if other, taken := t.names[id]; taken || id < 0 {
			return fmt.Errorf("token %q has id %d: want 0 or more and no other's (%q)", name, id, other)
		}
		t.names[id] = name
		t.longest = max(t.longest, len(name))
		if inner, ok := strings.CutPrefix(name, f.Model.ContinuingSubwordPrefix); ok {
			t.inner[inner] = id
		}
	}
	return nil
}

// addTokens fills the finders.
func (t *wordPiece) addTokens(added []addedToken) error {
	var plain, normal []piece
	for _, a := range added {
		if a.Content == "" {
			continue // Hugging Face tokenizers leaves it out as well
		}
		if id, ok := t.whole[a.Content]; ok && id != a.ID {
			return fmt.Errorf("added token %q: id %d, but %d in vocab", a.Content, a.ID, id)
		} else if name, taken := t.names[a.ID]; !ok && taken {
			return fmt.Errorf("added token %q: %q has id %d too", a.Content, name, a.ID)
		}
		t.names[a.ID] = a.Content
		if !a.Normalized {
			plain = append(plain, a.piece(a.Content))
			continue
		}
		var s normalized
		if t.normalizer.append(&s, a.Content, 0); len(s.text) > 0 {
			t.names[a.ID] = string(s.text)
			normal = append(normal, a.piece(t.names[a.ID]))
		}
	}
	if f := newFinder(plain); f != nil {
		t.plain = append(t.plain, f)
	}
	if f := newFinder(normal); f != nil {
		t.normal = append(t.normal, f)
	}
	return nil
}
