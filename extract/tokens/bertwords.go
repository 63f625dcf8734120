package tokens

import (
	"unicode"
	"unicode/utf8"
)

// bertClass is what BertPreTokenizer tells apart.
func bertClass(r rune) uint8 {
	switch {
	case unicode.IsSpace(r):
		return space
	case unicode.Is(bertPunctuation, r):
		return punctuation
	}
	return letter
}

// punctuation stands alone between words.
const punctuation = space + 1

// asciiBert is bertClass of each character below 128.
var asciiBert = func() (table [utf8.RuneSelf]uint8) {
	for r := range table {
		table[r] = bertClass(rune(r))
	}
	return table
}()

// nextWord returns the place of the first word of text at or after i; from is
// len(text) where there is none.
func nextWord(text []byte, i int) (from, to int) {
	for from = i; from < len(text); {
		class, size := bertCharacter(text, from)
		if class == space {
			from += size
			continue
		}
		to = from + size
		for class == letter && to < len(text) {
			if class, size = bertCharacter(text, to); class == letter {
				to += size
			}
		}
		return from, to
	}
	return from, from
}

func bertCharacter(text []byte, i int) (class uint8, size int) {
	if c := text[i]; c < utf8.RuneSelf {
		return asciiBert[c], 1
	}
	r, size := utf8.DecodeRune(text[i:])
	return bertClass(r), size
}
