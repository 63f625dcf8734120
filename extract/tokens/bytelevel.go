package tokens

import (
	"math"
	"strings"
	"sync"
)

// byteLevel is a byte-level BPE: text is cut at added tokens, then into words,
// and each word is merged from its bytes.
type byteLevel struct {
	pairs       *pairs
	bytes       [256]int32       // id of each byte
	pieces      map[int32]string // bytes of each id; of an added token, its content
	finders     []*finder        // added tokens, those to be found first in front
	prefixSpace bool             // text between added tokens gets a space in front

	mu   sync.Mutex
	idle []*words // kept for the next call, one for each that ever ran at once
}

// Encode implements [Tokenizer]. It returns no error.
func (t *byteLevel) Encode(dst []int32, text string, limit int) (ids []int32, cut bool, err error) {
	most := math.MaxInt
	if limit > 0 {
		most = len(dst) + limit
	}
	w := t.take()
	defer t.give(w)
	split(Sanitize(text), t.finders, func(p piece) bool {
		if p.id != noID {
			dst = append(dst, p.id)
			return len(dst) <= most
		}
		dst = t.between(w, dst, p.text, most)
		return len(dst) <= most
	})
	if len(dst) > most {
		return dst[:most], true, nil
	}
	return dst, false, nil
}

// EncodeSpans implements [Tokenizer]. Tokens lie side by side in the text, so
// their lengths say where; a space that the prefix put in is not in the text.
func (t *byteLevel) EncodeSpans(text string, limit int) ([]Span, error) {
	if limit <= 0 {
		limit = math.MaxInt
	}
	w := t.take()
	defer t.give(w)
	spans := []Span{}
	var ids []int32
	at := 0
	split(Sanitize(text), t.finders, func(p piece) bool {
		end := at + len(p.text)
		if p.id != noID {
			spans = append(spans, Span{p.id, at, end})
		} else {
			ids = t.between(w, ids[:0], p.text, limit-len(spans))
			for _, id := range ids {
				n := len(t.pieces[id])
				if t.pieces[id][0] == ' ' && p.text[len(p.text)-(end-at)] != ' ' {
					n--
				}
				spans = append(spans, Span{id, at, at + n})
				at += n
			}
		}
		at = end
		return len(spans) < limit
	})
	return spans[:min(len(spans), limit)], nil
}

// between appends the ids of text between added tokens and stops soon after dst has
// more than most.
func (t *byteLevel) between(w *words, dst []int32, text string, most int) []int32 {
	if t.prefixSpace && text[0] != ' ' {
		text = " " + text
	}
	return w.encode(dst, text, most)
}

// Decode implements [Tokenizer].
func (t *byteLevel) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(t.pieces[id])
	}
	return Sanitize(b.String())
}

// Token implements [Tokenizer].
func (t *byteLevel) Token(id int32) string { return Sanitize(t.pieces[id]) }

// take returns a words of which the caller is the only user until give.
func (t *byteLevel) take() *words {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.idle); n > 0 {
		w := t.idle[n-1]
		t.idle = t.idle[:n-1]
		return w
	}
	return newWords(t)
}

func (t *byteLevel) give(w *words) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, w)
}
