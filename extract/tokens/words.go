package tokens

import "strings"

// Bounds of the cache of words. Words are distributed by Zipf's law: 65,536 of
// them cover 98 % of English text in under 10 MB.
const (
	cacheWords = 1 << 16
	cacheBytes = 48 // longest word kept
)

// words encodes words and remembers them. It serves one goroutine at a time.
type words struct {
	bytes  *[256]int32
	merger merger
	cache  map[string]extent
	ids    []int32 // of the words in the cache, one after another
}

// extent is a part of words.ids.
type extent struct{ from, to uint32 }

func newWords(t *byteLevel) *words {
	return &words{bytes: &t.bytes, merger: merger{pairs: t.pairs}, cache: map[string]extent{}}
}

// encode appends the ids of text, which has no added token, and stops soon after
// dst has more than most.
func (w *words) encode(dst []int32, text string, most int) []int32 {
	for i := 0; i < len(text) && len(dst) <= most; {
		end := next(text, i)
		dst = w.word(dst, text[i:end])
		i = end
	}
	return dst
}

func (w *words) word(dst []int32, word string) []int32 {
	if len(word) == 1 {
		return append(dst, w.bytes[word[0]])
	}
	if e, ok := w.cache[word]; ok {
		return append(dst, w.ids[e.from:e.to]...)
	}
	sym := w.merger.sym[:0]
	for i := range len(word) {
		sym = append(sym, w.bytes[word[i]])
	}
	w.merger.sym = sym
	from := len(dst)
	dst = w.merger.merge(dst)
	if len(word) <= cacheBytes && len(w.cache) < cacheWords {
		e := extent{uint32(len(w.ids)), uint32(len(w.ids) + len(dst) - from)}
		w.ids = append(w.ids, dst[from:]...)
		w.cache[strings.Clone(word)] = e // the text would live as long as the word otherwise
	}
	return dst
}
