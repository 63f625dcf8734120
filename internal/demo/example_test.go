package demo_test

import (
	"fmt"
	"slices"

	"github.com/saego/saego/internal/demo"
)

// What is known about the first negated word of the first review.
func ExampleReview_At() {
	set, err := demo.Reviews(1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := set.At(0)
	i := slices.IndexFunc(r.Spans, func(s demo.Span) bool { return s.Scope == demo.Word && s.Factor == demo.Negation })
	word := r.Spans[i]
	for _, s := range r.At(word.Start, word.End) {
		fmt.Printf("%s: %s = %s (%s)\n", r.Text[s.Start:s.End], s.Factor, s.Value, s.Scope)
	}
	// Output:
	// the effects were not mediocre: aspect = effects (clause)
	// the effects were not mediocre: sentiment = pos (clause)
	// the effects were not mediocre: negation = yes (clause)
	// the effects were not mediocre: intensity = none (clause)
	// not: negation = yes (word)
}

func ExamplePictures() {
	set, err := demo.Pictures(3, 1, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	for x, err := range set.Pass(0) {
		if err != nil {
			fmt.Println(err)
			return
		}
		s := set.Scene(x.Index)
		fmt.Println(x.ID, s.Colour, s.Texture, s.Quadrant)
	}
	// Output:
	// triangle/00000.png pink checks bottom-right
	// square/00001.png purple stripes top-right
	// ring/00002.png pink dots bottom-right
}
