package sae

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saego/saego/internal/kernels"
)

// Names of architectures.
const (
	Standard = "standard" // ReLU and an L1 penalty
	TopK     = "topk"     // the k largest latents of each row
)

// architecture is what one kind of SAE adds to the rest: one file implements it,
// one line of the table names it.
type architecture interface {
	// validate checks the settings that only this architecture has.
	validate(Config) error
	// selector makes the activation of the inference form.
	selector(Config) func() kernels.Selector
	// rescales says whether codes are scaled by the norms of W_dec's rows.
	rescales(Config) bool
	// build adds the training graph behind the inputs to b.
	build(b *builder) error
	// fold turns trained parameters into those of the inference form, in place.
	fold(*Model)
	// settings are the keys of sae-lens' cfg.json that only this architecture has.
	settings(Config) map[string]any
}

var architectures = map[string]architecture{
	Standard: standard{},
	TopK:     topK{},
}

// Architectures lists the names that [Config] takes, sorted.
func Architectures() []string { return slices.Sorted(maps.Keys(architectures)) }

func lookup(name string) (architecture, error) {
	if a, ok := architectures[name]; ok {
		return a, nil
	}
	return nil, fmt.Errorf("architecture is %q, want one of %s", name, strings.Join(Architectures(), ", "))
}
