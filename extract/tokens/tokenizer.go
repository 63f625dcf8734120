package tokens

import (
	"fmt"
	"io/fs"
	"slices"
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
// Two kinds get an exact encoder: byte-level BPE as GPT-2's and RoBERTa's (model
// BPE, pre-tokenizer ByteLevel with its regular expression, no normalizer), and
// WordPiece as BERT's (BertNormalizer, BertPreTokenizer). Tokens that the
// post-processor puts around a text, as [CLS] and [SEP], are added; a limit counts
// them and cuts the text between them. Special tokens that occur in a text become
// their id, as Hugging Face tokenizers does by default.
//
// Other files with a model of these kinds go to sugarme/tokenizer v0.3.0, best effort. Known to be
// wrong there: merges of equal rank in BPE, Unicode white space, special tokens
// written in the text (they vanish); and time quadratic in the length of a word.
// [ForModel] finds out. A model of another kind, such as Unigram, is an error.
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
	before, after, framed := f.PostProcessor.frame()
	var t Tokenizer
	switch {
	case framed && f.byteLevel():
		if t, err = newByteLevel(f); err != nil {
			err = fmt.Errorf("tokens: byte-level BPE: %w", err)
		}
	case framed && f.wordPiece():
		if t, err = newWordPiece(f); err != nil {
			err = fmt.Errorf("tokens: WordPiece: %w", err)
		}
	case slices.Contains([]string{"", "BPE", "WordPiece", "WordLevel"}, f.Model.Type):
		return newFallback(data)
	default:
		err = fmt.Errorf("tokens: the tokenizer's model is %q, which is not read: use a network with a byte-level BPE (GPT-2, RoBERTa) or a WordPiece vocabulary (BERT)", f.Model.Type)
	}
	if err != nil {
		return nil, err
	}
	return newFramed(t, before, after), nil
}
