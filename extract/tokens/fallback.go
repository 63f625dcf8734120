package tokens

import (
	"bytes"
	"fmt"

	"github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"
)

// fallback is a tokenizer of sugarme's, with its limits: see [Open].
type fallback struct {
	tk *tokenizer.Tokenizer
}

func newFallback(data []byte) (t *fallback, err error) {
	defer rescue(&err)
	tk, err := pretrained.FromReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	tk.WithTruncation(nil)
	tk.WithPadding(nil)
	return &fallback{tk}, nil
}

// rescue turns a panic into an error. sugarme panics on much of what it does not
// know, and a tokenizer.json is input like any other.
func rescue(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("tokens: sugarme/tokenizer gave up: %v: use a model whose tokenizer is byte-level BPE", r)
	}
}

// Encode implements [Tokenizer].
func (t *fallback) Encode(dst []int32, text string, limit int) (ids []int32, cut bool, err error) {
	e, cut, err := t.encode(text, limit)
	if err != nil {
		return dst, false, err
	}
	for _, id := range e.Ids {
		dst = append(dst, int32(id))
	}
	return dst, cut, nil
}

// EncodeSpans implements [Tokenizer].
func (t *fallback) EncodeSpans(text string, limit int) ([]Span, error) {
	e, _, err := t.encode(text, limit)
	if err != nil {
		return nil, err
	}
	spans := make([]Span, len(e.Ids))
	for i, id := range e.Ids {
		spans[i] = Span{int32(id), e.Offsets[i][0], e.Offsets[i][1]}
	}
	return spans, nil
}

// encode cuts before the post-processor adds its tokens, so that a closing one
// stays. sugarme's own truncation is a setting of the shared tokenizer.
func (t *fallback) encode(text string, limit int) (e *tokenizer.Encoding, cut bool, err error) {
	defer rescue(&err)
	e, err = t.tk.EncodeSingleSequence(tokenizer.NewInputSequence(Sanitize(text)), 0, tokenizer.Byte)
	if err != nil {
		return nil, false, fmt.Errorf("tokens: %w", err)
	}
	post := t.tk.GetPostProcessor()
	if limit > 0 {
		room := limit
		if post != nil {
			room -= post.AddedTokens(false)
		}
		if room < 1 {
			return nil, false, fmt.Errorf("tokens: limit %d leaves no room beside the tokens that are always added", limit)
		}
		cut = len(e.Ids) > room
		if e, err = e.Truncate(room, 0); err != nil {
			return nil, false, fmt.Errorf("tokens: %w", err)
		}
		e.Overflowing = nil
	}
	if post != nil {
		e = post.Process(e, nil, true)
	}
	return e, cut, nil
}

// Decode implements [Tokenizer]. It returns "" where sugarme panics.
func (t *fallback) Decode(ids []int32) string {
	var err error
	defer rescue(&err)
	wide := make([]int, len(ids))
	for i, id := range ids {
		wide[i] = int(id)
	}
	return t.tk.Decode(wide, false)
}

// Token implements [Tokenizer].
func (t *fallback) Token(id int32) string {
	token, _ := t.tk.IdToToken(int(id))
	return token
}
