package demo

import "path/filepath"

// reviewsFile holds the texts and labels of a written set, one per line.
const reviewsFile = "reviews.jsonl"

// reviewLine is one line of the texts of a written set.
type reviewLine struct {
	ID    string `json:"id"`
	Label int    `json:"label"` // index in Sentiments
	Text  string `json:"text"`
}

// reviewFactors is one line of the factors of a written set.
type reviewFactors struct {
	ID    string `json:"id"`
	Spans []Span `json:"spans"` // bytes of the text
}

// Write makes the folder dir with the texts in reviews.jsonl (id, label, text)
// and their spans in factors.jsonl (id, spans), line by line. The folder must not
// exist; it appears whole or not at all.
func (s *ReviewSet) Write(dir string) error {
	return writeFolder(dir, func(tmp string) error {
		err := writeLines(filepath.Join(tmp, reviewsFile), s.Len(), func(i int) any {
			return reviewLine{ID: reviewID(i), Label: s.At(i).Label, Text: s.At(i).Text}
		})
		if err != nil {
			return err
		}
		return writeLines(filepath.Join(tmp, factorsFile), s.Len(), func(i int) any {
			return reviewFactors{ID: reviewID(i), Spans: s.At(i).Spans}
		})
	})
}
