package demo

import "slices"

func plain(text string) piece             { return piece{text: text} }
func denial(text string) piece            { return piece{text, Negation, Negated} }
func degree(intensity, text string) piece { return piece{text, Intensity, intensity} }

// feeling is a word that carries sentiment: its own, before any negation.
func feeling(o opinion, text string) piece { return piece{text, Sentiment, Sentiments()[o.polarity()]} }

// noun names the aspect; plural tells how the verb has to agree.
func (w writer) noun(o opinion) (words []piece, plural bool) {
	i := w.r.IntN(len(o.aspect.singular) + len(o.aspect.plural))
	plural = i >= len(o.aspect.singular)
	noun := slices.Concat(o.aspect.singular, o.aspect.plural)[i]
	return []piece{plain("the"), {noun, Aspect, o.aspect.name}}, plural
}

// adjective has o's polarity and can be graded; half of them suit o's aspect only.
func (w writer) adjective(o opinion) piece {
	own := o.aspect.bad
	if o.polarity() == 1 {
		own = o.aspect.good
	}
	if chance(w.r, 0.5) {
		return feeling(o, pick(w.r, own))
	}
	return feeling(o, pick(w.r, gradable[o.polarity()]))
}

// graded is an adjective with the adverb for o's intensity; o is not negated.
func (w writer) graded(o opinion) []piece {
	if o.intensity == Weak || chance(w.r, 0.65) {
		return append(w.degree(o, weakly[o.label], strongly), w.adjective(o))
	}
	adjective := feeling(o, pick(w.r, extreme[o.label]))
	if o.intensity == Strong {
		return []piece{degree(Strong, pick(w.r, strongToExtreme)), adjective}
	}
	return []piece{adjective}
}

// degree is the adverb for o's intensity, if it wants one.
func (w writer) degree(o opinion, weak, strong []string) []piece {
	switch o.intensity {
	case Weak:
		return []piece{degree(Weak, pick(w.r, weak))}
	case Strong:
		return []piece{degree(Strong, pick(w.r, strong))}
	default:
		return nil
	}
}

// denied is what follows a negation, with the adverb for o's intensity: "not
// quite good", "not good at all".
func (w writer) denied(o opinion, what ...piece) []piece {
	switch o.intensity {
	case Weak:
		return append([]piece{degree(Weak, pick(w.r, weakDenial))}, what...)
	case Strong:
		return append(what, degree(Strong, pick(w.r, strongDenial)))
	default:
		return what
	}
}

// doNot is the negated auxiliary; the verb's base form follows.
func (w writer) doNot(plural bool) []piece {
	do := w.conjugate(verb{"do", "does", "did"}, plural)
	if chance(w.r, 0.5) {
		return []piece{denial(do + "n't")}
	}
	return []piece{plain(do), denial("not")}
}

// conjugate puts v into the tense of the review.
func (w writer) conjugate(v verb, plural bool) string {
	switch {
	case w.past:
		return v.past
	case plural:
		return v.base
	default:
		return v.third
	}
}

// be is "to be" in the tense of the review.
func (w writer) be(plural bool) string {
	switch {
	case w.past && plural:
		return "were"
	case w.past:
		return "was"
	case plural:
		return "are"
	default:
		return "is"
	}
}
