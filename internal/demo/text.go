package demo

import (
	"bytes"
	"slices"
	"strings"
)

// text is a review while it is written. A sentence of opinions stays open until
// the next sentence starts, so that a clause can still be joined to it.
type text struct {
	buf     []byte
	spans   []Span
	clauses int // in the open sentence; 0 = none is open
}

// maxClauses is the most clauses in one sentence.
const maxClauses = 2

// canJoin tells whether the open sentence takes another clause.
func (t *text) canJoin() bool { return 0 < t.clauses && t.clauses < maxClauses }

// sentence appends a whole sentence without an opinion.
func (t *text) sentence(s string) {
	t.close()
	t.word(s)
}

// lead appends what comes before a clause; joined keeps the sentence open.
func (t *text) lead(words string, joined bool) {
	if joined {
		t.buf = append(t.buf, words...) // begins with its own comma
		return
	}
	t.close()
	if words != "" {
		t.word(words)
		t.capital(len(t.buf) - len(words))
	}
}

// clause appends o's words with their spans.
func (t *text) clause(o opinion, pieces []piece) {
	first := len(t.spans)
	start := -1
	for _, p := range pieces {
		at := t.word(p.text)
		if start < 0 {
			start = at
		}
		if p.factor != "" {
			t.spans = append(t.spans, Span{at, len(t.buf), p.factor, p.value, Word})
		}
	}
	t.spans = slices.Insert(t.spans, first, clauseSpans(o, start, len(t.buf))...)
	if t.atSentenceStart(start) {
		t.capital(start)
	}
	t.clauses++
}

// clauseSpans say what the whole clause means.
func clauseSpans(o opinion, start, end int) []Span {
	negation := Affirmed
	if o.negated {
		negation = Negated
	}
	return []Span{
		{start, end, Aspect, o.aspect.name, Clause},
		{start, end, Sentiment, Sentiments()[o.label], Clause},
		{start, end, Negation, negation, Clause},
		{start, end, Intensity, o.intensity, Clause},
	}
}

// word appends s after a space and returns where it starts.
func (t *text) word(s string) int {
	if len(t.buf) > 0 {
		t.buf = append(t.buf, ' ')
	}
	t.buf = append(t.buf, s...)
	return len(t.buf) - len(s)
}

// close ends the open sentence, if there is one.
func (t *text) close() {
	if t.clauses > 0 {
		t.buf = append(t.buf, '.')
	}
	t.clauses = 0
}

// atSentenceStart tells whether a full stop, or nothing, comes before byte i.
func (t *text) atSentenceStart(i int) bool {
	before := bytes.TrimRight(t.buf[:i], " ")
	return len(before) == 0 || before[len(before)-1] == '.'
}

// capital makes the ASCII letter at byte i a capital; no offset moves.
func (t *text) capital(i int) { copy(t.buf[i:], strings.ToUpper(string(t.buf[i:i+1]))) }

// review closes the text.
func (t *text) review(label int) Review {
	t.close()
	return Review{Text: string(t.buf), Label: label, Spans: t.spans}
}
