package demo

import "math/rand/v2"

// Values of the factors [Negation] and [Intensity].
const (
	Affirmed = "no"  // Negation
	Negated  = "yes" // Negation
	Plain    = "none"
	Weak     = "weak"
	Strong   = "strong"
)

// opinion is what a clause says. Its meaning is fixed before its words.
type opinion struct {
	aspect    aspect
	label     int // what the clause means: 0 against, 1 for
	negated   bool
	intensity string
}

// polarity is the label of the words before any negation.
func (o opinion) polarity() int {
	if o.negated {
		return 1 - o.label
	}
	return o.label
}

// piece is a run of words that carries a factor, or none.
type piece struct{ text, factor, value string }

// writer puts opinions into words. A review keeps its tense.
type writer struct {
	r    *rand.Rand
	past bool
}

// Each form can say every opinion. The copula comes more often, as in life.
var forms = []func(writer, opinion) []piece{
	writer.copula, writer.copula, writer.seeming, writer.deed, writer.liking, writer.finding, writer.quality,
}

// clause returns the words of o; the first one is not a capital.
func (w writer) clause(o opinion) []piece { return pick(w.r, forms)(w, o) }

// copula: "the acting was never very convincing".
func (w writer) copula(o opinion) []piece {
	noun, plural := w.noun(o)
	be := w.be(plural)
	if !o.negated {
		return append(append(noun, plain(be)), w.graded(o)...)
	}
	switch w.r.IntN(3) {
	case 0:
		noun = append(noun, denial(be+"n't"))
	case 1:
		noun = append(noun, plain(be), denial("never"))
	default:
		noun = append(noun, plain(be), denial("not"))
	}
	return append(noun, w.denied(o, w.adjective(o))...)
}

// seeming: "the acting did not feel convincing at all".
func (w writer) seeming(o opinion) []piece {
	noun, plural := w.noun(o)
	v := pick(w.r, seemings)
	if !o.negated {
		return append(append(noun, plain(w.conjugate(v, plural))), w.graded(o)...)
	}
	noun = append(append(noun, w.doNot(plural)...), plain(v.base))
	return append(noun, w.denied(o, w.adjective(o))...)
}

// deed: "the acting truly shone".
func (w writer) deed(o opinion) []piece {
	noun, plural := w.noun(o)
	v := pick(w.r, deeds[o.polarity()])
	if !o.negated {
		noun = append(noun, w.degree(o, weaklyDid[o.label], stronglyDid)...)
		return append(noun, feeling(o, w.conjugate(v, plural)))
	}
	return append(append(noun, w.doNot(plural)...), w.denied(o, feeling(o, v.base))...)
}

// liking: "I quite liked the acting".
func (w writer) liking(o opinion) []piece {
	w.past = true
	noun, _ := w.noun(o)
	v, out := pick(w.r, likings[o.polarity()]), []piece{plain(pick(w.r, viewers))}
	if !o.negated {
		out = append(out, w.degree(o, weaklyLiked[o.label], stronglyLiked)...)
		return append(append(out, feeling(o, v.past)), noun...)
	}
	out = append(out, w.doNot(true)...)
	return append(out, w.denied(o, append([]piece{feeling(o, v.base)}, noun...)...)...)
}

// finding: "I found the acting fairly convincing".
func (w writer) finding(o opinion) []piece {
	w.past = true
	noun, _ := w.noun(o)
	out := []piece{plain(pick(w.r, viewers))}
	if !o.negated {
		return append(append(append(out, plain("found")), noun...), w.graded(o)...)
	}
	out = append(append(append(out, w.doNot(true)...), plain("find")), noun...)
	return append(out, w.denied(o, w.adjective(o))...)
}

// quality: "the acting had no charm whatsoever".
func (w writer) quality(o opinion) []piece {
	noun, plural := w.noun(o)
	have := w.conjugate(verb{"have", "has", "had"}, plural)
	what := feeling(o, pick(w.r, qualities[o.polarity()]))
	switch {
	case !o.negated:
		return append(append(append(noun, plain(have)), w.degree(o, someOf, muchOf)...), what)
	case o.intensity == Weak:
		return append(append(noun, w.doNot(plural)...), plain("have"), degree(Weak, "much"), what)
	case o.intensity == Strong && chance(w.r, 0.5):
		return append(noun, plain(have), degree(Strong, "absolutely"), denial("no"), what)
	case o.intensity == Strong:
		return append(noun, plain(have), denial("no"), what, degree(Strong, pick(w.r, noneAtAll)))
	default:
		return append(noun, plain(have), denial("no"), what)
	}
}
