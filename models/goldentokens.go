package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// GoldenText is a text and the ids that Hugging Face's tokenizer gives it, with the
// tokens that it puts around every text.
type GoldenText struct {
	Text  string  `json:"text"`
	Limit int     `json:"limit,omitempty"` // most ids, those around the text included; 0 = all
	IDs   []int32 `json:"ids"`
}

// goldenTokens is the content of the file that Text.GoldenTokens names.
type goldenTokens struct {
	Tokenizers string       `json:"tokenizers"` // version of the library that gave the ids
	Texts      []GoldenText `json:"texts"`
}

// GoldenTokens reads the texts that the exporter tokenized, none where the folder has
// no such file. A tokenizer that gives other ids is not that of the network.
func (m *Model) GoldenTokens() ([]GoldenText, error) {
	if m.Spec.Text == nil || m.Spec.Text.GoldenTokens == "" {
		return nil, nil
	}
	name := m.Spec.Text.GoldenTokens
	data, err := fs.ReadFile(m.FS, name)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", m.Path, err)
	}
	var golden goldenTokens
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err = dec.Decode(&golden)
	if _, tail := dec.Token(); err == nil && tail != io.EOF {
		err = errors.New("text after the closing brace")
	}
	if err == nil && len(golden.Texts) == 0 {
		err = errors.New("there are no texts in it: " + exportHint)
	}
	if err != nil {
		return nil, fmt.Errorf("models: %s: %s: %w", m.Path, name, err)
	}
	return golden.Texts, nil
}
