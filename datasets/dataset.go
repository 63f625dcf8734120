// Package datasets reads labelled texts and pictures as sequences.
//
// Data sets come in many shapes, are larger than memory, and are needed in another
// order at each pass. A [Dataset] is a sequence that can be read again and again:
// [OpenTexts] and [OpenImages] stream one from disk, and [HoldOut], [Shuffle] and
// [Limit] make one from another.
//
// The same data give the same examples in every format, and in the same order on
// every machine. Memory does not grow with the texts: a reader holds one record,
// a shuffle 12 bytes per text, a picture its path. A pass that is broken off leaves no
// file open.
package datasets

import (
	"io"
	"iter"
)

// Dataset is a labelled sequence of examples that can be read again and again.
//
// Each call of Pass starts a fresh pass; nothing is shared between two passes.
// A plain reader gives the same order for every n; [Shuffle] gives a new one for
// each n, and the same one for equal n. A sequence yields an example or an error,
// never both; an error ends it.
type Dataset[T any] interface {
	Pass(n int) iter.Seq2[T, error]
	Labels() []string // class names by index; nil where the data has none
}

// Text is one labelled text.
type Text struct {
	Index int    // place in the unshuffled, unsplit dataset, from 0
	ID    string // where it came from: "train/neg/0_3.txt", "train.jsonl:17"
	Text  string
	Label int // -1 = none
}

// Image is one labelled picture. Nothing is decoded here.
type Image struct {
	Index int    // place in the unshuffled, unsplit dataset, from 0
	ID    string // path below the dataset's root
	Label int    // -1 = none
	Open  func() (io.ReadCloser, error)
}

func (t Text) index() int  { return t.Index }
func (m Image) index() int { return m.Index }
