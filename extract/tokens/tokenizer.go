package tokens

import (
	"fmt"
	"io/fs"
)

// Tokenizer turns text into token ids. Several goroutines may use one at once.
type Tokenizer interface {
	// Encode appends the ids of text to dst, at most limit of them; limit <= 0
	// means all. It reports whether the limit cut any off. Invalid UTF-8 is
	// replaced as [Sanitize] does.
	Encode(dst []int32, text string, limit int) (ids []int32, cut bool, err error)

	// EncodeSpans is Encode with the place of each token.
	EncodeSpans(text string, limit int) ([]Span, error)

	// Decode returns the text of ids, special tokens included. Ids that do not
	// exist are left out, and so are bytes that are no text: U+FFFD stands for
	// them.
	Decode(ids []int32) string

	// Token returns the text of one id as people read it, "" if there is none.
	Token(id int32) string
}

// Span is a token and the bytes that it stands for: Sanitize(text)[Start:End].
// A token that stands for no text is empty there.
type Span struct {
	ID         int32
	Start, End int
}

// Open reads a tokenizer.json as Hugging Face tokenizers writes it. Truncation
// and padding that the file asks for are ignored: the caller decides.
//
// A file whose model is BPE, whose pre-tokenizer is ByteLevel with its regular
// expression, and that neither normalizes nor adds tokens, gets the exact
// encoder. Special tokens that occur in a text become their id, as Hugging Face
// tokenizers does by default.
//
// Every other file goes to sugarme/tokenizer v0.3.0, best effort. Known to be
// wrong there: merges of equal rank in BPE, Unicode white space, special tokens
// written in the text (they vanish), accents in uncased BERT vocabularies; and
// time quadratic in the length of a word.
func Open(fsys fs.FS, name string) (Tokenizer, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	t, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// Parse is [Open] for the content of a file.
func Parse(data []byte) (Tokenizer, error) {
	f, err := parseFile(data)
	if err != nil {
		return nil, fmt.Errorf("tokens: not a tokenizer.json: %w", err)
	}
	if !f.byteLevel() {
		return newFallback(data)
	}
	t, err := newByteLevel(f)
	if err != nil {
		return nil, fmt.Errorf("tokens: byte-level BPE: %w", err)
	}
	return t, nil
}
