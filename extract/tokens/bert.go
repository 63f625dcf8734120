package tokens

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// bertNormalizer is BertNormalizer of tokenizer.json.
type bertNormalizer struct {
	CleanText          bool  `json:"clean_text"`           // drop control characters, make white space spaces
	HandleChineseChars bool  `json:"handle_chinese_chars"` // put spaces around ideographs
	StripAccents       *bool `json:"strip_accents"`        // drop marks; nil: if Lowercase is set
	Lowercase          bool  `json:"lowercase"`

	ascii [utf8.RuneSelf]int8 // what becomes of each character below 128; -1 = dropped
}

// prepare must be called once, after the fields are set.
func (n *bertNormalizer) prepare() {
	for r := range n.ascii {
		var s normalized
		n.character(&s, rune(r), place{})
		n.ascii[r] = -1
		if len(s.text) > 0 {
			n.ascii[r] = int8(s.text[0])
		}
	}
}

// strips reports whether accents are dropped.
func (n *bertNormalizer) strips() bool {
	if n.StripAccents == nil {
		return n.Lowercase
	}
	return *n.StripAccents
}

// normalized is a text as the normalizer leaves it, and where its bytes come from.
type normalized struct {
	text   []byte
	places []place // of each byte of text; nil where nobody asks
	asked  bool
	marks  []byte // a decomposed character
}

// place is a character of the source, its bytes [from, to).
type place struct{ from, to int }

// reset forgets the text.
func (s *normalized) reset() { s.text, s.places = s.text[:0], s.places[:0] }

// put appends a character.
func (s *normalized) put(r rune, at place) {
	before := len(s.text)
	s.text = utf8.AppendRune(s.text, r)
	if s.asked {
		for range len(s.text) - before {
			s.places = append(s.places, at)
		}
	}
}

// append normalizes text, which begins at base of the source.
func (n *bertNormalizer) append(s *normalized, text string, base int) {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c := n.ascii[c]; c >= 0 {
				s.put(rune(c), place{base + i, base + i + 1})
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		n.character(s, r, place{base + i, base + i + size})
		i += size
	}
}

func (n *bertNormalizer) character(s *normalized, r rune, at place) {
	if n.CleanText {
		switch {
		case unicode.Is(bertDropped, r): // some are white space, such as U+0085
			return
		case unicode.IsSpace(r):
			s.put(' ', at)
			return
		}
	}
	ideograph := n.HandleChineseChars && unicode.Is(bertIdeographs, r)
	if ideograph {
		s.put(' ', at)
	}
	n.letter(s, r, at)
	if ideograph {
		s.put(' ', at)
	}
}

// letter appends r without its accents and in lower case, as far as asked for.
func (n *bertNormalizer) letter(s *normalized, r rune, at place) {
	if r < utf8.RuneSelf {
		if n.Lowercase && 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		s.put(r, at)
		return
	}
	if !n.strips() {
		n.lower(s, r, at)
		return
	}
	s.marks = decompose(s.marks[:0], r)
	for i := 0; i < len(s.marks); {
		d, size := utf8.DecodeRune(s.marks[i:])
		if !unicode.Is(bertMarks, d) {
			n.lower(s, d, at)
		}
		i += size
	}
}

// decompose appends the canonical decomposition of r, by tables that end before
// Unicode 13.
func decompose(dst []byte, r rune) []byte {
	if r == '\U00011938' {
		return utf8.AppendRune(dst, r)
	}
	var c [utf8.UTFMax]byte
	return norm.NFD.Append(dst, c[:utf8.EncodeRune(c[:], r)]...)
}

func (n *bertNormalizer) lower(s *normalized, r rune, at place) {
	if !n.Lowercase {
		s.put(r, at)
		return
	}
	if r == 'İ' { // the one character whose lower case is two
		s.put('i', at)
		s.put('\u0307', at)
		return
	}
	s.put(newCases.ToLower(r), at)
}
