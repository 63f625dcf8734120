package demo

// polar holds words for and against, indexed by the index of the label.
type polar [2][]string

// Adjectives that suit every aspect. Those that can be graded take "very" and
// "fairly" and can be denied; the extreme ones take "absolutely" only.
var (
	gradable = polar{
		{
			"bad", "weak", "poor", "disappointing", "forgettable", "clumsy", "dull", "irritating", "lazy", "tiresome",
			"mediocre", "flat",
		},
		{
			"good", "impressive", "enjoyable", "effective", "strong", "likeable", "satisfying", "memorable", "pleasing",
			"engaging", "fresh", "appealing",
		},
	}
	extreme = polar{
		{
			"terrible", "awful", "dreadful", "horrible", "atrocious", "abysmal", "appalling", "hopeless", "ghastly",
			"worthless", "disastrous", "unbearable",
		},
		{
			"wonderful", "superb", "excellent", "terrific", "brilliant", "marvellous", "fantastic", "outstanding",
			"splendid", "magnificent", "delightful", "flawless",
		},
	}
)

// Adverbs of degree.
var (
	weakly = polar{
		{"rather", "a little", "somewhat", "a bit", "slightly", "fairly"},
		{"fairly", "quite", "reasonably", "pretty", "mostly", "moderately"},
	}
	strongly        = []string{"very", "really", "extremely", "incredibly", "truly", "remarkably", "exceptionally"}
	strongToExtreme = []string{"absolutely", "simply", "utterly", "truly", "completely"}
	weakDenial      = []string{"quite", "exactly", "really", "entirely", "especially"}
	strongDenial    = []string{"at all", "in the least", "in any way", "for a moment"}
	weaklyDid       = polar{{"rather", "somewhat", "slightly", "partly"}, {"mostly", "largely", "more or less", "generally"}}
	stronglyDid     = []string{"really", "truly", "completely", "thoroughly"}
	weaklyLiked     = polar{{"rather", "slightly", "somewhat"}, {"rather", "quite", "more or less"}}
	stronglyLiked   = []string{"really", "truly", "thoroughly", "deeply"}
)

// Qualities that an aspect may have, as mass nouns, and how much of them.
var (
	qualities = polar{
		{"silliness", "clumsiness", "laziness", "pretension", "vulgarity", "dead weight", "artifice", "bombast"},
		{"charm", "energy", "class", "style", "flair", "polish", "appeal", "character", "elegance", "personality"},
	}
	someOf    = []string{"a little", "some", "a touch of", "a bit of", "a certain amount of"}
	muchOf    = []string{"so much", "a great deal of", "plenty of", "loads of", "an enormous amount of"}
	noneAtAll = []string{"at all", "whatsoever"}
)

// verb is a verb, with the words that go with it, in the forms that clauses need.
type verb struct{ base, third, past string }

var (
	// What an aspect does, by the index of the label.
	deeds = [2][]verb{
		{
			{"fall flat", "falls flat", "fell flat"},
			{"disappoint", "disappoints", "disappointed"},
			{"irritate me", "irritates me", "irritated me"},
			{"get on my nerves", "gets on my nerves", "got on my nerves"},
			{"leave me cold", "leaves me cold", "left me cold"},
			{"let everyone down", "lets everyone down", "let everyone down"},
			{"miss the mark", "misses the mark", "missed the mark"},
			{"wear me out", "wears me out", "wore me out"},
			{"spoil the evening", "spoils the evening", "spoiled the evening"},
			{"put me off", "puts me off", "put me off"},
		},
		{
			{"work", "works", "worked"},
			{"shine", "shines", "shone"},
			{"impress", "impresses", "impressed"},
			{"win me over", "wins me over", "won me over"},
			{"hold my attention", "holds my attention", "held my attention"},
			{"keep me hooked", "keeps me hooked", "kept me hooked"},
			{"pay off", "pays off", "paid off"},
			{"hit the mark", "hits the mark", "hit the mark"},
			{"delight me", "delights me", "delighted me"},
			{"stand out", "stands out", "stood out"},
		},
	}
	// How somebody takes an aspect, by the index of the label.
	likings = [2][]verb{
		{
			{"dislike", "dislikes", "disliked"},
			{"hate", "hates", "hated"},
			{"resent", "resents", "resented"},
			{"despise", "despises", "despised"},
		},
		{
			{"enjoy", "enjoys", "enjoyed"},
			{"like", "likes", "liked"},
			{"admire", "admires", "admired"},
			{"appreciate", "appreciates", "appreciated"},
			{"love", "loves", "loved"},
		},
	}
	// Verbs that tie an adjective to an aspect.
	seemings = []verb{
		{"feel", "feels", "felt"},
		{"seem", "seems", "seemed"},
		{"come across as", "comes across as", "came across as"},
	}
)
