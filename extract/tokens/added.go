package tokens

import (
	"strings"
	"unicode"
)

// piece is an added token, or text between two of them, whose id is noID.
type piece struct {
	text        string
	id          int32
	left, right bool // a token that takes the white space beside it
}

const noID int32 = -1

// finder finds the leftmost added token in a text, the longest of those that
// start there.
type finder struct {
	byFirst [256][]piece // by first byte, the longest first
	only    int          // the one first byte that occurs, or -1
}

// newFinder returns nil where there is nothing to be found.
func newFinder(tokens []piece) *finder {
	f := &finder{only: -1}
	n := 0
	for _, t := range tokens {
		list := &f.byFirst[t.text[0]]
		if len(*list) == 0 {
			f.only = int(t.text[0])
			n++
		}
		at := 0
		for at < len(*list) && len((*list)[at].text) >= len(t.text) {
			at++
		}
		*list = append((*list)[:at:at], append([]piece{t}, (*list)[at:]...)...)
	}
	if n == 0 {
		return nil
	}
	if n > 1 {
		f.only = -1
	}
	return f
}

// find returns the first token in text and its place, or a place < 0.
func (f *finder) find(text string) (at int, found piece) {
	for i := 0; i < len(text); i++ {
		if f.only >= 0 {
			skip := strings.IndexByte(text[i:], byte(f.only))
			if skip < 0 {
				break
			}
			i += skip
		}
		for _, t := range f.byFirst[text[i]] {
			if strings.HasPrefix(text[i:], t.text) {
				return i, t
			}
		}
	}
	return -1, piece{}
}

// split cuts text at the added tokens: at those of the first finder everywhere,
// then at those of the next in what is left. The text of the pieces, one after
// another, is all of text. It stops where yield returns false and reports whether
// it went to the end.
func split(text string, finders []*finder, yield func(piece) bool) bool {
	if text == "" {
		return true
	}
	if len(finders) == 0 {
		return yield(piece{text: text, id: noID})
	}
	for {
		at, found := finders[0].find(text)
		if at < 0 {
			return split(text, finders[1:], yield)
		}
		end := at + len(found.text)
		if found.left {
			at = len(strings.TrimRightFunc(text[:at], unicode.IsSpace))
		}
		if found.right {
			end = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
		}
		found.text = text[at:end]
		if !split(text[:at], finders[1:], yield) || !yield(found) {
			return false
		}
		text = text[end:]
	}
}
