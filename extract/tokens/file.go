package tokens

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// file is the part of tokenizer.json that byte-level BPE needs, and what shows
// that a file is not of that kind.
type file struct {
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"` // parsed once the kind is known
	PreTokenizer  *component      `json:"pre_tokenizer"`
	PostProcessor *postProcessor  `json:"post_processor"`
	Decoder       *component      `json:"decoder"`
	Model         *struct {
		Type                    string          `json:"type"`
		Dropout                 *float64        `json:"dropout"`
		ContinuingSubwordPrefix string          `json:"continuing_subword_prefix"`
		EndOfWordSuffix         string          `json:"end_of_word_suffix"`
		ByteFallback            bool            `json:"byte_fallback"`
		IgnoreMerges            bool            `json:"ignore_merges"`
		UnkToken                string          `json:"unk_token"`
		MaxInputCharsPerWord    int             `json:"max_input_chars_per_word"`
		Vocab                   json.RawMessage `json:"vocab"`  // parsed once the kind is known
		Merges                  json.RawMessage `json:"merges"` // parsed once the kind is known
	} `json:"model"`
}

type component struct {
	Type           string `json:"type"`
	AddPrefixSpace bool   `json:"add_prefix_space"`
	UseRegex       *bool  `json:"use_regex"` // absent in old files, where it is true
	Prefix         string `json:"prefix"`    // decoder WordPiece
	Cleanup        bool   `json:"cleanup"`   // likewise
}

// addedToken is looked for in the text before anything else.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// piece returns the token as it is looked for, in text that was normalized or not.
func (a addedToken) piece(content string) piece { return piece{content, a.ID, a.LStrip, a.RStrip} }

// merge is a pair of symbols, written ["a", "b"] or "a b".
type merge [2]string

// UnmarshalJSON implements [json.Unmarshaler].
func (m *merge) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		var pair []string
		if err := json.Unmarshal(data, &pair); err != nil {
			return err
		}
		if len(pair) != 2 {
			return fmt.Errorf("merge %s has %d symbols, want 2", data, len(pair))
		}
		*m = merge(pair)
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	a, b, ok := strings.Cut(s, " ")
	if !ok || strings.Contains(b, " ") {
		return fmt.Errorf("merge %q is not two symbols with a space between", s)
	}
	*m = merge{a, b}
	return nil
}

func parseFile(data []byte) (*file, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	if f.Model == nil {
		return nil, fmt.Errorf("it has no model")
	}
	return &f, nil
}

// byteLevel reports whether the exact encoder for byte-level BPE does all that f
// asks for, the post-processor aside.
func (f *file) byteLevel() bool {
	m, pre := f.Model, f.PreTokenizer
	return m.Type == "BPE" && (m.Dropout == nil || *m.Dropout == 0) &&
		m.ContinuingSubwordPrefix == "" && m.EndOfWordSuffix == "" && !m.ByteFallback && !m.IgnoreMerges &&
		(len(f.Normalizer) == 0 || string(f.Normalizer) == "null") &&
		pre != nil && pre.Type == "ByteLevel" && (pre.UseRegex == nil || *pre.UseRegex) && f.anywhere()
}

// wordPiece reports whether the exact encoder for WordPiece does all that f asks for,
// the post-processor aside.
func (f *file) wordPiece() bool {
	var normalizer component
	pre, dec := f.PreTokenizer, f.Decoder
	return f.Model.Type == "WordPiece" && json.Unmarshal(f.Normalizer, &normalizer) == nil && normalizer.Type == "BertNormalizer" &&
		pre != nil && pre.Type == "BertPreTokenizer" && (dec == nil || dec.Type == "WordPiece") && f.anywhere()
}

// anywhere reports whether no added token asks to stand apart from letters.
func (f *file) anywhere() bool {
	return !slices.ContainsFunc(f.AddedTokens, func(t addedToken) bool { return t.SingleWord })
}
