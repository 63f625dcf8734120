package demo

import (
	"fmt"
	"iter"

	"github.com/saego/saego/datasets"
)

// Factors of a review. Every opinion in it has all four.
const (
	Aspect    = "aspect"    // what the opinion is about: one of [Aspects]
	Sentiment = "sentiment" // one of [Sentiments]
	Negation  = "negation"  // [Affirmed] or [Negated]
	Intensity = "intensity" // [Plain], [Weak] or [Strong]
)

// Scope says how far a span reaches.
type Scope string

// Scopes of a span.
const (
	Clause Scope = "clause" // the whole clause of which Value is true, its meaning
	Word   Scope = "word"   // the words that say Value
)

// Span says that bytes [Start, End) of a review have the value of a factor.
//
// "The acting was not good" is one clause about acting, against it, negated, and
// plain. Its words: "acting" says the aspect, "not" the negation, and "good" says
// the sentiment "pos", because a word's sentiment is the one that it has alone.
type Span struct {
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Factor string `json:"factor"`
	Value  string `json:"value"`
	Scope  Scope  `json:"scope"`
}

// Review is a review with the truth about it. Bytes outside every span are
// neutral: connectives, and sentences without an opinion.
type Review struct {
	Text  string // ASCII
	Label int    // index in [Sentiments] of what most of its opinions say; never a tie
	Spans []Span // by Start
}

// At returns the spans that share a byte with [start, end), the bytes of a token.
func (r Review) At(start, end int) []Span {
	var spans []Span
	for _, s := range r.Spans {
		if s.Start < end && start < s.End {
			spans = append(spans, s)
		}
	}
	return spans
}

// Sentiments returns the values of the factor [Sentiment], the labels of [Reviews].
func Sentiments() []string { return []string{"neg", "pos"} }

// ReviewSet is a [datasets.Dataset] of written reviews, each unlike all others.
type ReviewSet struct{ reviews []Review }

var _ datasets.Dataset[datasets.Text] = (*ReviewSet)(nil)

// Reviews writes n reviews from seed. About half are for the film, half against.
func Reviews(n int, seed uint64) (*ReviewSet, error) {
	if n < 0 {
		return nil, fmt.Errorf("demo: reviews: %d asked for: want 0 or more", n)
	}
	set := &ReviewSet{reviews: make([]Review, 0, n)}
	seen := make(map[string]bool, n)
	for i := 0; len(set.reviews) < n; i++ {
		// The grammar has more reviews than memory can hold, so a new one comes.
		review := newReview(newRand(seed, streamReviews, i))
		if !seen[review.Text] {
			seen[review.Text] = true
			set.reviews = append(set.reviews, review)
		}
	}
	return set, nil
}

// Len returns the number of reviews.
func (s *ReviewSet) Len() int { return len(s.reviews) }

// At returns review i, with 0 <= i < Len().
func (s *ReviewSet) At(i int) Review { return s.reviews[i] }

// Labels implements [datasets.Dataset]: the sentiments.
func (s *ReviewSet) Labels() []string { return Sentiments() }

// Pass implements [datasets.Dataset]; the order is the same for every n.
func (s *ReviewSet) Pass(int) iter.Seq2[datasets.Text, error] {
	return func(yield func(datasets.Text, error) bool) {
		for i, r := range s.reviews {
			if !yield(datasets.Text{Index: i, ID: reviewID(i), Text: r.Text, Label: r.Label}, nil) {
				return
			}
		}
	}
}

func reviewID(i int) string { return fmt.Sprintf("reviews/%05d", i) }
