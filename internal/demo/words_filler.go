package demo

// Sentences without an opinion. A word in braces is replaced by one of its slot.
var (
	openings = []string{
		"I watched this with {who} {when}.",
		"I saw this {where} {when}.",
		"{Who} gave me the disc as a present.",
		"I knew nothing about this one before I sat down to see it.",
		"The title is {title}, and it runs for about {length}.",
		"{title} is set in {place} during {era}.",
		"We rented {title} {when}.",
		"This one is about {job} who moves to {place}.",
		"It is the story of {job} and {job}, set in {place}.",
		"I had been meaning to see {title} since {era}.",
		"A friend of mine played {job} in a scene that was cut.",
		"I have now seen this {times}, once {where} and once at home.",
		"They showed {title} {where} {when}.",
		"In {title} we follow {job} on the way to {place}.",
	}
	asides = []string{
		"Most of it was shot in {place}.",
		"There are {count} parts with a name, and {count} without.",
		"{Name} wrote it together with {name}.",
		"It takes place over {length}, in {place}.",
		"{Who} had seen it before, but that was {when}.",
		"We had to stop once because the phone rang.",
		"{Name} plays {job}.",
		"The version that I saw had subtitles.",
		"I read the novel by {name} years ago.",
		"About half of it happens in {place}.",
		"Halfway through, {job} meets {job} at a railway station.",
		"There was a short break after {length}.",
		"My seat was in row {count}.",
		"It was made during {era}, before {name} retired.",
		"The same people later made {other}.",
	}
	closings = []string{
		"The credits roll for a long time.",
		"After that we all went home.",
		"I returned the disc the next morning.",
		"{Who} would like to see {other} next.",
		"I might read the novel now.",
		"It is available on disc, with an interview with {name}.",
		"That is all that I wanted to say about {title}.",
		"The next one will be set in {place}, they say.",
		"We talked about it on the way back from {place}.",
		"That was my review, now it is time for yours.",
	}
)

// slots hold what may replace a word in braces. {title}, the film of the review,
// {other}, another film, and {name} are put together from two lists.
var slots = map[string][]string{
	"who": {
		"my sister", "my brother", "an old friend", "my parents", "my flatmate", "a colleague", "my cousin",
		"my neighbour", "my wife", "my husband", "two friends", "my grandmother", "the whole family",
	},
	"when": {
		"last night", "on a rainy Sunday", "last weekend", "over the holidays", "on Tuesday", "a month ago",
		"late one evening", "in the middle of the week", "last summer", "on a long winter night",
	},
	"where": {
		"at the cinema", "on television", "at a film festival", "on a long flight", "at the student club",
		"on my laptop", "in an open-air theatre", "on a night train",
	},
	"place": {
		"a small fishing village", "Chicago", "northern Italy", "a mountain hotel", "Lisbon", "a quiet suburb",
		"the desert", "London", "a boarding school", "Buenos Aires", "a village in Scotland", "rural Texas",
		"a space station", "Vienna", "a provincial hospital", "Tokyo",
	},
	"era": {
		"the nineties", "the sixties", "the war", "the twenties", "the seventies", "the eighties",
		"the thirties", "the fifties",
	},
	"length": {"two hours", "ninety minutes", "a hundred minutes", "an hour and a half", "three hours", "an hour"},
	"job": {
		"a retired policeman", "a young teacher", "a piano tuner", "a taxi driver", "a country doctor", "a widow",
		"a truck driver", "a nurse", "a chess player", "a lighthouse keeper", "a bank clerk", "a reporter", "a lawyer",
		"a boxer", "an astronomer", "a night porter",
	},
	"times": {"twice", "three times", "four times"},
	"count": {"five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"},
}

// titleWords and nameWords make film titles and people that do not exist.
var (
	titleWords = [2][]string{
		{
			"The Northern", "The Seventh", "The Silver", "Another", "The Last", "A Distant", "The Paper", "The Winter",
			"Return to the", "The Glass", "Beyond the", "The Secret",
		},
		{
			"Harbour", "Letter", "Garden", "Train", "Window", "River", "Station", "Orchard", "Mirror", "Clock", "Bridge",
			"Lighthouse", "Summer", "Road",
		},
	}
	nameWords = [2][]string{
		{"Anna", "Peter", "Miriam", "David", "Lucia", "Henry", "Olga", "Samuel", "Ingrid", "Victor", "Clara", "Hugo"},
		{
			"Bergholt", "Marlowe", "Castellan", "Whitfield", "Okoro", "Lindqvist", "Harker", "Delacroix", "Tanner",
			"Novotny", "Ashby", "Moreau",
		},
	}
)

// viewers are those whose taste a review tells; all take the plural's verb forms.
var viewers = []string{"I", "I", "I", "we"}

// Words between two opinions, by whether they agree.
var (
	joining = map[bool][]string{
		true:  {", and", ", and", ", and", ";", ";", ", while", ", just as", ", and besides,"},
		false: {", but", ", but", ", yet", ", although", ", though", ", while"},
	}
	opening = map[bool][]string{
		true:  {"Also,", "What is more,", "On top of that,", "Besides,", "In the same way,", "Then there is this:"},
		false: {"Still,", "However,", "On the other hand,", "Then again,", "That said,", "All the same,"},
	}
	hedges = []string{
		"To me,", "For my taste,", "To be honest,", "Looking back,", "As far as I can tell,",
		"If you ask me,", "In my view,", "For what it is worth,",
	}
)
