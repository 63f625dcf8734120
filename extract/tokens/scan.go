package tokens

import (
	"unicode"
	"unicode/utf8"
)

// Classes of characters that GPT-2's regular expression tells apart.
const (
	other uint8 = iota
	letter
	number
	space
)

// asciiClass is the class of each character below 128.
var asciiClass = func() (table [utf8.RuneSelf]uint8) {
	for r := range table {
		table[r] = runeClass(rune(r))
	}
	return table
}()

func runeClass(r rune) uint8 {
	switch {
	case unicode.IsLetter(r) || unicode.Is(newLetters, r):
		return letter
	case unicode.IsNumber(r) || unicode.Is(newNumbers, r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// class returns the class of the character at s[i:] and its size.
func class(s string, i int) (class uint8, size int) {
	if c := s[i]; c < utf8.RuneSelf {
		return asciiClass[c], 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	return runeClass(r), size
}

// next returns the end of the word that starts at s[i], which must exist. It is
// the pre-tokenizer of GPT-2, from openai/gpt-2's encoder.py, without a regexp:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func next(s string, i int) int {
	if n := contraction(s[i:]); n > 0 {
		return i + n
	}
	first, size := class(s, i)
	end := i + size
	if s[i] == ' ' && end < len(s) {
		if c, size := class(s, end); c != space { // " ?" takes the space in
			return run(s, end+size, c)
		}
	}
	if first != space {
		return run(s, end, first)
	}
	return spaces(s, i, end)
}

// run returns the end of the characters of class c from s[i] on.
func run(s string, i int, c uint8) int {
	for i < len(s) {
		k, size := class(s, i)
		if k != c {
			break
		}
		i += size
	}
	return i
}

// spaces returns the end of the white space that starts at s[i]; its first
// character ends at end. What follows may start with the last character of the
// run, unless that is all there is: \s+(?!\S)|\s+.
func spaces(s string, i, end int) int {
	last := i // start of the last space seen
	for end < len(s) {
		c, size := class(s, end)
		if c != space {
			if last > i {
				return last
			}
			return end
		}
		last, end = end, end+size
	}
	return end
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd at the start
// of s, or 0.
func contraction(s string) int {
	if s[0] != '\'' || len(s) < 2 {
		return 0
	}
	switch s[1] {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if len(s) > 2 && s[2] == 'e' {
			return 3
		}
	case 'l':
		if len(s) > 2 && s[2] == 'l' {
			return 3
		}
	}
	return 0
}
