package datasets

import (
	"fmt"
	"slices"
	"strings"
)

// Names under which common data sets keep their texts and labels, best first.
var (
	textFields  = []string{"text", "review", "sentence", "content"}
	labelFields = []string{"label", "sentiment", "target"}
)

// fields says which of a file's fields are read.
type fields struct {
	text  string
	label string // "" = none
}

// fields picks the text and label field among those that a file has.
func (c TextConfig) fields(present []string) (fields, error) {
	text, ok := choose(c.TextField, textFields, present)
	if !ok {
		return fields{}, missing("text", c.TextField, textFields, present)
	}
	label, ok := choose(c.LabelField, labelFields, present)
	if !ok && c.LabelField != "" {
		return fields{}, missing("label", c.LabelField, labelFields, present)
	}
	return fields{text: text, label: label}, nil
}

// choose returns the wanted name, or without one the first usual name, if present.
func choose(want string, usual, present []string) (string, bool) {
	if want != "" {
		usual = []string{want}
	}
	for _, name := range usual {
		if slices.Contains(present, name) {
			return name, true
		}
	}
	return "", false
}

func missing(role, want string, usual, present []string) error {
	if want != "" {
		usual = []string{want}
	}
	return fmt.Errorf("no %s field %s, only %s: set %s_field to one of these",
		role, strings.Join(usual, ", "), strings.Join(present, ", "), role)
}
