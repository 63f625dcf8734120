package demo

// aspect is a side of a film that a clause may speak of: its nouns, and the
// adjectives that suit no other side as well. The adjectives can be graded.
type aspect struct {
	name             string
	singular, plural []string // after "the"
	good, bad        []string
}

var aspects = []aspect{
	{
		name:     "acting",
		singular: []string{"acting", "cast", "lead actor", "lead actress", "supporting cast", "leading man"},
		plural:   []string{"performances", "actors", "supporting players"},
		good:     []string{"convincing", "natural", "sincere", "subtle", "heartfelt", "nuanced"},
		bad:      []string{"wooden", "stiff", "hammy", "lifeless", "forced", "mannered"},
	},
	{
		name:     "camera",
		singular: []string{"camera work", "cinematography", "photography", "lighting", "framing"},
		plural:   []string{"camera angles", "close-ups", "long shots", "images"},
		good:     []string{"elegant", "inventive", "graceful", "crisp", "striking", "fluid"},
		bad:      []string{"shaky", "murky", "ugly", "careless", "blurry", "restless"},
	},
	{
		name:     "characters",
		singular: []string{"hero", "heroine", "villain", "main character", "central couple"},
		plural:   []string{"characters", "minor characters", "villains", "two sisters"},
		good:     []string{"lovable", "complex", "believable", "vivid", "sympathetic", "well drawn"},
		bad:      []string{"shallow", "annoying", "cartoonish", "bland", "underwritten", "one-note"},
	},
	{
		name:     "design",
		singular: []string{"set design", "wardrobe", "make-up", "production design", "decor"},
		plural:   []string{"costumes", "sets", "wigs", "locations"},
		good:     []string{"lavish", "detailed", "colourful", "tasteful", "authentic", "stylish"},
		bad:      []string{"tacky", "drab", "cheap", "cluttered", "gaudy", "shabby"},
	},
	{
		name:     "dialogue",
		singular: []string{"dialogue", "banter", "narration", "wordplay", "voice-over"},
		plural:   []string{"lines", "conversations", "speeches", "monologues"},
		good:     []string{"sharp", "witty", "quotable", "snappy", "truthful", "eloquent"},
		bad:      []string{"stilted", "clunky", "corny", "artificial", "long-winded", "preachy"},
	},
	{
		name:     "direction",
		singular: []string{"direction", "staging", "directing", "handling of the big scenes"},
		plural:   []string{"director's choices", "director's ideas"},
		good:     []string{"confident", "imaginative", "sensitive", "assured", "precise", "daring"},
		bad:      []string{"heavy-handed", "timid", "aimless", "sloppy", "anonymous", "erratic"},
	},
	{
		name:     "effects",
		singular: []string{"stunt work", "animation", "computer imagery", "monster"},
		plural:   []string{"special effects", "visual effects", "effects", "explosions", "stunts"},
		good:     []string{"spectacular", "polished", "seamless", "realistic", "dazzling", "ingenious"},
		bad:      []string{"shoddy", "fake", "dated", "rubbery", "amateurish", "overdone"},
	},
	{
		name:     "ending",
		singular: []string{"ending", "finale", "last act", "final scene", "conclusion", "epilogue"},
		plural:   []string{"closing minutes", "last twenty minutes", "final scenes"},
		good:     []string{"moving", "bold", "touching", "fitting", "powerful", "uplifting"},
		bad:      []string{"abrupt", "rushed", "contrived", "anticlimactic", "sentimental", "baffling"},
	},
	{
		name:     "film",
		singular: []string{"film", "movie", "picture", "whole thing", "experience"},
		good:     []string{"charming", "absorbing", "thoughtful", "entertaining", "rewarding", "original"},
		bad:      []string{"boring", "pointless", "pretentious", "overlong", "shapeless", "derivative"},
	},
	{
		name:     "humour",
		singular: []string{"humour", "comedy", "slapstick", "satire", "comic timing"},
		plural:   []string{"jokes", "gags", "punchlines", "one-liners", "funny bits"},
		good:     []string{"funny", "warm", "playful", "infectious", "amusing", "cheeky"},
		bad:      []string{"crude", "stale", "lame", "juvenile", "laboured", "unfunny"},
	},
	{
		name:     "pacing",
		singular: []string{"pacing", "rhythm", "tempo", "editing", "build-up"},
		plural:   []string{"transitions", "cuts between scenes"},
		good:     []string{"brisk", "lively", "steady", "well judged", "tight", "energetic"},
		bad:      []string{"slow", "sluggish", "uneven", "hurried", "jerky", "plodding"},
	},
	{
		name:     "plot",
		singular: []string{"plot", "story", "storyline", "premise", "mystery", "screenplay"},
		plural:   []string{"twists", "plot turns", "subplots", "flashbacks"},
		good:     []string{"clever", "gripping", "surprising", "coherent", "intriguing", "suspenseful"},
		bad:      []string{"predictable", "confusing", "thin", "silly", "muddled", "far-fetched"},
	},
	{
		name:     "soundtrack",
		singular: []string{"soundtrack", "score", "music", "theme tune", "sound design"},
		plural:   []string{"songs", "musical numbers", "string arrangements"},
		good:     []string{"catchy", "haunting", "stirring", "melodic", "evocative", "rousing"},
		bad:      []string{"intrusive", "repetitive", "grating", "deafening", "tuneless", "syrupy"},
	},
}

// Aspects returns the values of the factor [Aspect].
func Aspects() []string {
	names := make([]string, len(aspects))
	for i, a := range aspects {
		names[i] = a.name
	}
	return names
}
