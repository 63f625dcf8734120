package demo

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// filler writes the sentences of one review that hold no opinion.
type filler struct {
	r      *rand.Rand
	title  string // of the film that the review is about
	unused []int  // asides, in random order
}

func newFiller(r *rand.Rand) *filler {
	return &filler{r: r, title: pair(r, titleWords), unused: r.Perm(len(asides))}
}

// pair puts one word of each list together.
func pair(r *rand.Rand, words [2][]string) string { return pick(r, words[0]) + " " + pick(r, words[1]) }

// aside returns a sentence unlike those before it; there are more asides than a
// review has opinions.
func (f *filler) aside() string {
	i := f.unused[0]
	f.unused = f.unused[1:]
	return f.fill(asides[i])
}

// fill replaces each word in braces of a template by one of its slot, none twice.
// A slot written with a capital gives a capital.
func (f *filler) fill(template string) string {
	var b strings.Builder
	var used []string
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		value := f.slot(strings.ToLower(name))
		for slices.Contains(used, value) {
			value = f.slot(strings.ToLower(name))
		}
		used = append(used, value)
		if name != strings.ToLower(name) {
			value = strings.ToUpper(value[:1]) + value[1:]
		}
		b.WriteString(value)
		template = after
	}
}

// slot draws a value for the slot called name. No template has {title} twice.
func (f *filler) slot(name string) string {
	switch name {
	case "title":
		return f.title
	case "other":
		other := pair(f.r, titleWords)
		for other == f.title {
			other = pair(f.r, titleWords)
		}
		return other
	case "name":
		return pair(f.r, nameWords)
	default:
		return pick(f.r, slots[name])
	}
}
