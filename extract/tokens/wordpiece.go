package tokens

import (
	"math"
	"sync"
)

// wordPiece is BERT's tokenizer: text is cut at added tokens, normalized, cut into
// words, and each word into the longest pieces that the vocabulary has, from the
// left.
type wordPiece struct {
	normalizer *bertNormalizer
	whole      map[string]int32 // pieces at the start of a word
	inner      map[string]int32 // pieces behind another one, without their prefix
	longest    int              // bytes of the longest of either
	unknown    int32
	maxChars   int // longest word that is not unknown
	names      map[int32]string
	prefix     string    // of pieces behind another one, in names
	cleanup    bool      // the decoder takes out the spaces before punctuation
	plain      []*finder // added tokens, looked for in the text
	normal     []*finder // added tokens, looked for in the normalized text

	mu   sync.Mutex
	idle []*pieces // kept for the next call, one for each that ever ran at once
}

// pieces encodes texts and remembers words. It serves one goroutine at a time.
type pieces struct {
	*wordPiece
	text  normalized
	cache map[string]extent
	ids   []int32 // of the words in the cache, one after another
	ends  []int   // of the pieces of a word
}

// Encode implements [Tokenizer]. It returns no error.
func (t *wordPiece) Encode(dst []int32, text string, limit int) (ids []int32, cut bool, err error) {
	most := math.MaxInt
	if limit > 0 {
		most = len(dst) + limit
	}
	p := t.take()
	defer t.give(p)
	p.text.asked = false
	p.each(Sanitize(text), func(id int32, _ place) bool {
		dst = append(dst, id)
		return len(dst) <= most
	}, func(word []byte, _ []place) bool {
		dst = p.word(dst, word)
		return len(dst) <= most
	})
	if len(dst) > most {
		return dst[:most], true, nil
	}
	return dst, false, nil
}

// EncodeSpans implements [Tokenizer].
func (t *wordPiece) EncodeSpans(text string, limit int) ([]Span, error) {
	spans := []Span{}
	p := t.take()
	defer t.give(p)
	p.text.asked = true
	var ids []int32
	p.each(Sanitize(text), func(id int32, at place) bool {
		spans = append(spans, Span{id, at.from, at.to})
		return limit <= 0 || len(spans) < limit
	}, func(word []byte, places []place) bool {
		ids = p.split(ids[:0], word)
		from := 0
		for i, id := range ids {
			spans = append(spans, Span{id, places[from].from, places[p.ends[i]-1].to})
			from = p.ends[i]
		}
		return limit <= 0 || len(spans) < limit
	})
	if limit > 0 && len(spans) > limit {
		spans = spans[:limit]
	}
	return spans, nil
}

// each calls added for the added tokens of text and word for the words between, in
// order, until one returns false.
func (p *pieces) each(text string, added func(int32, place) bool, word func([]byte, []place) bool) {
	at := 0
	split(text, p.plain, func(found piece) bool {
		from := at
		at += len(found.text)
		if found.id != noID {
			return added(found.id, place{from, at})
		}
		p.text.reset()
		p.normalizer.append(&p.text, found.text, from)
		return p.normalized(added, word)
	})
}

// normalized is each for p.text.
func (p *pieces) normalized(added func(int32, place) bool, word func([]byte, []place) bool) bool {
	if len(p.normal) == 0 {
		return p.words(0, len(p.text.text), word)
	}
	at := 0
	return split(string(p.text.text), p.normal, func(found piece) bool {
		from := at
		at += len(found.text)
		if found.id == noID {
			return p.words(from, at, word)
		}
		var where place
		if p.text.asked {
			where = place{p.text.places[from].from, p.text.places[at-1].to}
		}
		return added(found.id, where)
	})
}

// words calls word for each word of p.text[from:to].
func (p *pieces) words(from, to int, word func([]byte, []place) bool) bool {
	for text := p.text.text[:to]; ; {
		start, end := nextWord(text, from)
		if start == end {
			return true
		}
		var places []place
		if p.text.asked {
			places = p.text.places[start:end]
		}
		if !word(text[start:end], places) {
			return false
		}
		from = end
	}
}

// take returns pieces of which the caller is the only user until give.
func (t *wordPiece) take() *pieces {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.idle); n > 0 {
		p := t.idle[n-1]
		t.idle = t.idle[:n-1]
		return p
	}
	return &pieces{wordPiece: t, cache: map[string]extent{}}
}

func (t *wordPiece) give(p *pieces) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, p)
}
