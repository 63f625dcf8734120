package tokens

import (
	"strings"
	"unicode/utf8"
)

// Sanitize returns text with every maximal part of an ill-formed UTF-8 sequence
// replaced by U+FFFD: what Python's bytes.decode("utf-8", errors="replace")
// gives, and what the Unicode standard recommends (section 3.9, "U+FFFD
// Substitution of Maximal Subparts"). Valid text is returned as it is.
func Sanitize(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 8)
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			size = subpart(text)
		}
		b.WriteRune(r)
		text = text[size:]
	}
	return b.String()
}

// subpart returns the length of the maximal subpart at the start of s, which is
// ill-formed: the longest prefix that could begin a character, or 1.
func subpart(s string) int {
	want, low, high := 0, byte(0x80), byte(0xBF) // continuation bytes; range of the first
	switch c := s[0]; {
	case c >= 0xC2 && c <= 0xDF:
		want = 1
	case c >= 0xE0 && c <= 0xEF:
		want = 2
	case c >= 0xF0 && c <= 0xF4:
		want = 3
	}
	switch s[0] {
	case 0xE0:
		low = 0xA0 // below: an overlong form
	case 0xED:
		high = 0x9F // above: a surrogate
	case 0xF0:
		low = 0x90 // below: an overlong form
	case 0xF4:
		high = 0x8F // above: beyond U+10FFFF
	}
	n := 1
	for n <= want && n < len(s) && s[n] >= low && s[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}
