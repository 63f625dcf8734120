package tokens

import "fmt"

// framed puts the tokens around every text that a post-processor adds, such as
// BERT's [CLS] and [SEP]. A limit counts them: it cuts the text and keeps them.
type framed struct {
	Tokenizer
	before, after []int32
}

// newFramed returns t itself where nothing is added.
func newFramed(t Tokenizer, before, after []int32) Tokenizer {
	if len(before)+len(after) == 0 {
		return t
	}
	return &framed{t, before, after}
}

// room returns the limit that is left for the text.
func (t *framed) room(limit int) (int, error) {
	if limit <= 0 {
		return 0, nil
	}
	room := limit - len(t.before) - len(t.after)
	if room < 1 {
		return 0, fmt.Errorf("tokens: limit %d leaves no room beside the %d tokens that are always added", limit, limit-room)
	}
	return room, nil
}

// Encode implements [Tokenizer].
func (t *framed) Encode(dst []int32, text string, limit int) (ids []int32, cut bool, err error) {
	room, err := t.room(limit)
	if err != nil {
		return dst, false, err
	}
	ids, cut, err = t.Tokenizer.Encode(append(dst, t.before...), text, room)
	if err != nil {
		return dst, false, err
	}
	return append(ids, t.after...), cut, nil
}

// EncodeSpans implements [Tokenizer]. The added tokens lie at 0, as in Hugging Face
// tokenizers.
func (t *framed) EncodeSpans(text string, limit int) ([]Span, error) {
	room, err := t.room(limit)
	if err != nil {
		return nil, err
	}
	inner, err := t.Tokenizer.EncodeSpans(text, room)
	if err != nil {
		return nil, err
	}
	spans := make([]Span, 0, len(t.before)+len(inner)+len(t.after))
	for _, id := range t.before {
		spans = append(spans, Span{ID: id})
	}
	spans = append(spans, inner...)
	for _, id := range t.after {
		spans = append(spans, Span{ID: id})
	}
	return spans, nil
}
