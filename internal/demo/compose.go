package demo

import "math/rand/v2"

// Shares of what a review is made of.
const (
	negatedShare = 0.25 // of opinions
	plainShare   = 0.5  // of opinions; the rest is half weak, half strong
	pastShare    = 0.75 // of reviews
	joinedShare  = 0.45 // of opinions that go on in the sentence before them
	openerShare  = 0.3  // of opinions that start a sentence with a connective
	hedgeShare   = 0.15 // and with a hedge
	startShare   = 0.7  // of reviews that begin without an opinion
	asideShare   = 0.25 // of opinions followed by a sentence without one
	closeShare   = 0.35 // of reviews that end without an opinion
)

// Fewest and most opinions in a review.
const (
	minOpinions = 2
	maxOpinions = 6
)

// newReview writes one review.
func newReview(r *rand.Rand) Review {
	label := r.IntN(len(Sentiments()))
	w := writer{r: r, past: chance(r, pastShare)}
	var t text
	f := newFiller(r)
	if chance(r, startShare) {
		t.sentence(f.fill(pick(r, openings)))
	}
	opinions := newOpinions(r, label)
	for i, o := range opinions {
		t.lead(w.lead(&t, opinions[:i], o))
		t.clause(o, w.clause(o))
		if chance(r, asideShare) {
			t.sentence(f.aside())
		}
	}
	if chance(r, closeShare) {
		t.sentence(f.fill(pick(r, closings)))
	}
	return t.review(label)
}

// newOpinions draws opinions on different aspects, most of them with label.
func newOpinions(r *rand.Rand, label int) []opinion {
	n := minOpinions + r.IntN(maxOpinions-minOpinions+1)
	least := n/2 + 1 // a majority without a tie
	agreeing := least + r.IntN(n-least+1)
	opinions := make([]opinion, n)
	for i, a := range r.Perm(len(aspects))[:n] {
		opinions[i] = opinion{aspect: aspects[a], label: label, negated: chance(r, negatedShare), intensity: newIntensity(r)}
		if i >= agreeing {
			opinions[i].label = 1 - label
		}
	}
	r.Shuffle(n, func(i, j int) { opinions[i], opinions[j] = opinions[j], opinions[i] })
	return opinions
}

func newIntensity(r *rand.Rand) string {
	switch {
	case chance(r, plainShare):
		return Plain
	case chance(r, 0.5):
		return Weak
	default:
		return Strong
	}
}

// lead returns what ties o to the text before it: a conjunction within the
// sentence, or the start of a new one, which may be empty.
func (w writer) lead(t *text, before []opinion, o opinion) (words string, joined bool) {
	if len(before) > 0 {
		agrees := before[len(before)-1].label == o.label
		if t.canJoin() && chance(w.r, joinedShare) {
			return pick(w.r, joining[agrees]), true
		}
		if chance(w.r, openerShare) {
			return pick(w.r, opening[agrees]), false
		}
	}
	if chance(w.r, hedgeShare) {
		return pick(w.r, hedges), false
	}
	return "", false
}
