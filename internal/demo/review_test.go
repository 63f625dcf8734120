package demo_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/internal/demo"
)

func reviews(t *testing.T, n int, seed uint64) *demo.ReviewSet {
	t.Helper()
	set, err := demo.Reviews(n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestReviewsNegative(t *testing.T) {
	if _, err := demo.Reviews(-1, 1); err == nil {
		t.Error("Reviews(-1, 1) gave no error")
	}
}

// reviewsHash is the SHA-256 of the first 500 reviews of seed 1 as JSON lines. A
// change means that every figure measured on the demo has to be measured again.
const reviewsHash = "698b0ad8d984d520af559553508b30680345544e5e771a27dc26146a56be3c42"

func TestReviewsStay(t *testing.T) {
	h := sha256.New()
	set, enc := reviews(t, 500, 1), json.NewEncoder(h)
	for i := range set.Len() {
		if err := enc.Encode(set.At(i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != reviewsHash {
		t.Errorf("the first 500 reviews hash to %s, want %s", got, reviewsHash)
	}
}

func TestReviewsPrefix(t *testing.T) {
	short, long := reviews(t, 50, 1), reviews(t, 60, 1)
	for i := range short.Len() {
		if d := cmp.Diff(short.At(i), long.At(i)); d != "" {
			t.Fatalf("review %d depends on how many there are:\n%s", i, d)
		}
	}
}

func TestReviewsDistinctAndBalanced(t *testing.T) {
	const n = 4000
	a, b := reviews(t, n, 1), reviews(t, n, 2)
	seen := make(map[string]bool)
	pos := 0
	for i := range n {
		seen[a.At(i).Text] = true
		pos += a.At(i).Label
	}
	if len(seen) != n {
		t.Errorf("%d of %d reviews are distinct, want all", len(seen), n)
	}
	// Four standard deviations of a fair coin.
	if pos < n/2-127 || pos > n/2+127 {
		t.Errorf("%d of %d reviews are positive, want about half", pos, n)
	}
	common := 0
	for i := range n {
		if seen[b.At(i).Text] {
			common++
		}
	}
	if common > n/100 {
		t.Errorf("%d of %d reviews are the same under another seed, want at most 1 %%", common, n)
	}
}

func TestReviewsPass(t *testing.T) {
	set := reviews(t, 20, 3)
	for pass := range 2 {
		i := 0
		for x, err := range set.Pass(pass) {
			if err != nil {
				t.Fatal(err)
			}
			if x.Index != i || x.Text != set.At(i).Text || x.Label != set.At(i).Label {
				t.Errorf("pass %d, example %d is %+v, want %+v", pass, i, x, set.At(i))
			}
			i++
		}
		if i != set.Len() {
			t.Errorf("pass %d has %d examples, want %d", pass, i, set.Len())
		}
	}
	for range set.Pass(0) {
		break // must not leak or panic
	}
}

// clauses groups the spans of a review by clause.
func clauses(r demo.Review) [][]demo.Span {
	var out [][]demo.Span
	for i, s := range r.Spans {
		if s.Scope == demo.Clause && (i == 0 || s.Start != r.Spans[i-1].Start || r.Spans[i-1].Scope == demo.Word) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], s)
	}
	return out
}

// value returns the value of a factor in one scope, "" if there is none.
func value(spans []demo.Span, scope demo.Scope, factor string) string {
	i := slices.IndexFunc(spans, func(s demo.Span) bool { return s.Scope == scope && s.Factor == factor })
	if i < 0 {
		return ""
	}
	return spans[i].Value
}

func TestReviewLabelIsMajority(t *testing.T) {
	set := reviews(t, 2000, 1)
	for i := range set.Len() {
		r := set.At(i)
		votes := [2]int{}
		for _, c := range clauses(r) {
			votes[slices.Index(demo.Sentiments(), value(c, demo.Clause, demo.Sentiment))]++
		}
		if n := votes[0] + votes[1]; n < 2 || n > 6 {
			t.Fatalf("review %d has %d opinions, want 2 to 6: %s", i, n, r.Text)
		}
		if votes[r.Label] <= votes[1-r.Label] {
			t.Fatalf("review %d is labelled %d with votes %v: %s", i, r.Label, votes, r.Text)
		}
	}
}

// TestReviewSpans checks each clause against the words in it.
func TestReviewSpans(t *testing.T) {
	set := reviews(t, 2000, 1)
	for i := range set.Len() {
		r := set.At(i)
		if !slices.IsSortedFunc(r.Spans, func(a, b demo.Span) int { return a.Start - b.Start }) {
			t.Fatalf("review %d: spans are not in order: %v", i, r.Spans)
		}
		for _, c := range clauses(r) {
			checkClause(t, r, c)
		}
		if t.Failed() {
			t.Fatalf("review %d: %s\n%v", i, r.Text, r.Spans)
		}
	}
}

func checkClause(t *testing.T, r demo.Review, c []demo.Span) {
	t.Helper()
	for _, s := range c {
		if s.Start < c[0].Start || s.End > c[0].End || s.Start >= s.End {
			t.Errorf("span %+v leaves its clause %+v", s, c[0])
		}
		checkWord(t, r.Text[s.Start:s.End], s)
	}
	meaning, word := value(c, demo.Clause, demo.Sentiment), value(c, demo.Word, demo.Sentiment)
	negated := value(c, demo.Clause, demo.Negation) == demo.Negated
	if word == "" || (meaning == word) == negated {
		t.Errorf("clause means %q with the word %q, negated %v", meaning, word, negated)
	}
	if said := value(c, demo.Word, demo.Negation) == demo.Negated; said != negated {
		t.Errorf("clause has a negating word: %v, want %v", said, negated)
	}
	if got, want := value(c, demo.Word, demo.Aspect), value(c, demo.Clause, demo.Aspect); got != want {
		t.Errorf("aspect is said as %q, want %q", got, want)
	}
	intensity := value(c, demo.Clause, demo.Intensity)
	if said := value(c, demo.Word, demo.Intensity); said != intensity && (said != "" || intensity != demo.Plain) {
		t.Errorf("intensity is said as %q, want %q", said, intensity)
	}
}

// checkWord checks a span against words whose factor anybody knows.
func checkWord(t *testing.T, text string, s demo.Span) {
	t.Helper()
	if text != strings.TrimSpace(text) {
		t.Errorf("span %+v covers %q, want whole words", s, text)
	}
	known := map[string]string{
		"acting": "acting", "soundtrack": "soundtrack", "plot": "plot", "ending": "ending", "jokes": "humour",
		"awful": "neg", "dull": "neg", "good": "pos", "superb": "pos", "hated": "neg", "enjoyed": "pos",
		"never": demo.Negated, "didn't": demo.Negated, "not": demo.Negated,
		"very": demo.Strong, "absolutely": demo.Strong, "somewhat": demo.Weak, "fairly": demo.Weak,
	}
	if want, ok := known[text]; ok && s.Scope == demo.Word && s.Value != want {
		t.Errorf("%q has %s %q, want %q", text, s.Factor, s.Value, want)
	}
}

func TestReviewAt(t *testing.T) {
	r := reviews(t, 1, 1).At(0)
	for _, want := range r.Spans {
		if !slices.Contains(r.At(want.Start, want.Start+1), want) || !slices.Contains(r.At(want.End-1, want.End), want) {
			t.Errorf("At misses %+v", want)
		}
		if slices.Contains(r.At(want.End, want.End+1), want) {
			t.Errorf("At(%d, …) holds %+v, which ends there", want.End, want)
		}
	}
}

// TestReviewsReadWell guards the joints of the grammar.
func TestReviewsReadWell(t *testing.T) {
	set := reviews(t, 4000, 1)
	for i := range set.Len() {
		text := set.At(i).Text
		for _, bad := range []string{"  ", "{", "}", " .", " ,", "..", ",.", " in in ", "the the ", ", ,"} {
			if strings.Contains(text, bad) {
				t.Errorf("review %d holds %q: %s", i, bad, text)
			}
		}
		for sentence := range strings.SplitSeq(text, ". ") {
			if first := sentence[:1]; first != strings.ToUpper(first) {
				t.Errorf("review %d has a sentence that starts small: %s", i, sentence)
			}
		}
		if !strings.HasSuffix(text, ".") {
			t.Errorf("review %d does not end: %s", i, text)
		}
	}
}

func BenchmarkReviews(b *testing.B) {
	for b.Loop() {
		if _, err := demo.Reviews(1000, 1); err != nil {
			b.Fatal(err)
		}
	}
}
