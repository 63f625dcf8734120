package datasets

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
)

// TextConfig says where in a file the texts and labels are. The zero value finds
// them by their usual names.
type TextConfig struct {
	TextField  string   `yaml:"text_field"`  // column or key; default the first present of text, review, sentence, content
	LabelField string   `yaml:"label_field"` // column or key; default the first present of label, sentiment, target, else no labels
	Split      string   `yaml:"split"`       // part of a folder to read, default train; a path that is one split already ignores it
	Labels     []string `yaml:"labels"`      // class names by index; default those that the data has (see OpenTexts)
}

// Validate reports everything that is wrong with c, joined.
func (c TextConfig) Validate() error {
	var errs []error
	if c.Split != "" && (c.Split != filepath.Base(c.Split) || strings.Trim(c.Split, ".") == "") {
		errs = append(errs, fmt.Errorf("split is %q, want a plain name such as train", c.Split))
	}
	seen := make(map[string]bool)
	for i, name := range c.Labels {
		if strings.TrimSpace(name) == "" {
			errs = append(errs, fmt.Errorf("labels: name %d is empty", i))
		}
		if seen[name] {
			errs = append(errs, fmt.Errorf("labels: %q is there twice", name))
		}
		seen[name] = true
	}
	return errors.Join(errs...)
}

// split returns the name of the split, with the default filled in.
func (c TextConfig) split() string {
	if c.Split == "" {
		return "train"
	}
	return c.Split
}

// OpenTexts opens the texts at path:
//
//   - the aclImdb folder (path/train/neg/*.txt …), or one split of it (path/neg, path/pos);
//   - a file: .csv or .tsv with a header row, .jsonl (.ndjson, .json) with an object
//     per line, each also with .gz behind it, or .parquet;
//   - a folder that holds such a file per split, train.jsonl.gz, or the split in pieces,
//     train-00000-of-00003.parquet.
//
// Labels are class indices. Where all labels are integers they are kept (-1 = none)
// and named by their digits; otherwise the distinct strings, sorted, get the indices
// 0, 1, …, as in scikit-learn's LabelEncoder. Finding them takes one pass over the
// data here, which also finds damaged records early; with cfg.Labels, with the class
// names that Hugging Face writes into parquet files, or without a label field, no
// such pass is made.
//
// Invalid UTF-8 in a text is passed on as it is. A leading byte order mark is removed.
func OpenTexts(path string, cfg TextConfig) (Dataset[Text], error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("datasets: texts: %w", err)
	}
	parts, err := findParts(path, cfg)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	coding, err := newCoding(parts, cfg)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	return &texts{parts: parts, coding: coding}, nil
}

// record is one text as a file has it.
type record struct {
	id    string // as Text.ID
	text  string
	label string // in the spelling of tidy; "" = none
}

// part is one file or folder of records, in order. An error of records names the
// file and the line.
type part interface {
	records() iter.Seq2[record, error]
	// classes returns the class names that the part declares, and false if it
	// declares none.
	classes() ([]string, bool, error)
}

// texts is the plain reader of parts, one after the other.
type texts struct {
	parts  []part
	coding coding
}

func (t *texts) Labels() []string { return slices.Clone(t.coding.names) }

func (t *texts) Pass(int) iter.Seq2[Text, error] {
	return func(yield func(Text, error) bool) {
		index := 0
		for r, err := range chain(t.parts) {
			label := -1
			if err == nil {
				label, err = t.coding.index(r)
			}
			if err != nil {
				yield(Text{}, fmt.Errorf("datasets: %w", err))
				return
			}
			if !yield(Text{Index: index, ID: r.id, Text: r.text, Label: label}, nil) {
				return
			}
			index++
		}
	}
}

// chain yields the records of all parts, up to the first error.
func chain(parts []part) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for _, p := range parts {
			for r, err := range p.records() {
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}
