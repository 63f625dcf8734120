package tokens

import "unicode/utf8"

// word appends the ids of a word.
func (p *pieces) word(dst []int32, word []byte) []int32 {
	if e, ok := p.cache[string(word)]; ok {
		return append(dst, p.ids[e.from:e.to]...)
	}
	from := len(dst)
	dst = p.split(dst, word)
	if len(word) <= cacheBytes && len(p.cache) < cacheWords {
		e := extent{uint32(len(p.ids)), uint32(len(p.ids) + len(dst) - from)}
		p.ids = append(p.ids, dst[from:]...)
		p.cache[string(word)] = e
	}
	return dst
}

// split appends the ids of a word without the cache, and sets p.ends.
func (p *pieces) split(dst []int32, word []byte) []int32 {
	begin := len(dst)
	p.ends = p.ends[:0]
	known := utf8.RuneCount(word) <= p.maxChars
	vocab := p.whole
	for start := 0; known && start < len(word); vocab = p.inner {
		id, end := longestPiece(vocab, word, start, min(len(word), start+p.longest))
		known = end > start
		dst, p.ends, start = append(dst, id), append(p.ends, end), end
	}
	if !known {
		p.ends = append(p.ends[:0], len(word))
		return append(dst[:begin], p.unknown)
	}
	return dst
}

// longestPiece returns the longest piece of word that starts at start and ends at
// most at end, and where it ends: at start if there is none.
func longestPiece(vocab map[string]int32, word []byte, start, end int) (id int32, to int) {
	for ; end > start; end-- {
		if end < len(word) && !utf8.RuneStart(word[end]) {
			continue
		}
		if id, ok := vocab[string(word[start:end])]; ok {
			return id, end
		}
	}
	return 0, start
}
