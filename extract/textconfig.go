package extract

import (
	"errors"
	"fmt"
)

// TextConfig says which rows a [Text] yields and how the network is fed.
type TextConfig struct {
	Hook                  string `yaml:"hook"`                     // hook point, as in models.Spec: "transformer.h.6"
	HookOut               string `yaml:"hook_out"`                 // hook point whose activations a transcoder predicts from those at Hook; empty (default) for an autoencoder
	ContextSize           int    `yaml:"context_size"`             // most tokens of a text; 0 = what the model takes
	StoreBatchSizePrompts int    `yaml:"store_batch_size_prompts"` // most texts of a forward pass; on a processor it also has at most 256 positions, or one text
	GroupByLength         int    `yaml:"group_by_length"`          // how many times StoreBatchSizePrompts texts are grouped by length, their rows one batch; 0 or 1 = once, as without ExcludePadding or with PadToContext
	Passes                int    `yaml:"passes"`                   // passes through the dataset; 0 = endless
	ExcludePadding        bool   `yaml:"exclude_padding"`          // drop positions that the attention mask hides
	ExcludeFirstPosition  bool   `yaml:"exclude_first_position"`   // drop position 0, GPT-2's attention sink
	ExcludeSpecialTokens  bool   `yaml:"exclude_special_tokens"`   // drop the Spec's special tokens
	PadToContext          bool   `yaml:"pad_to_context"`           // pad to ContextSize, not to the longest text of a forward pass
}

// DefaultTextConfig returns one pass, 8 texts at a time, grouped by length among 64,
// without padding and first positions. Hook is left for the caller.
func DefaultTextConfig() TextConfig {
	return TextConfig{StoreBatchSizePrompts: 8, GroupByLength: 8, Passes: 1, ExcludePadding: true, ExcludeFirstPosition: true}
}

// Validate reports everything that is wrong with c, joined. [NewText] checks what
// depends on the model.
func (c TextConfig) Validate() error {
	var errs []error
	if err := checkHooks(c.Hook, c.HookOut); err != nil {
		errs = append(errs, err)
	}
	if c.ContextSize < 0 {
		errs = append(errs, fmt.Errorf("context_size is %d, want 1 or more, or 0 for what the model takes", c.ContextSize))
	}
	if c.StoreBatchSizePrompts < 1 {
		errs = append(errs, fmt.Errorf("store_batch_size_prompts is %d, want at least 1", c.StoreBatchSizePrompts))
	}
	if c.GroupByLength < 0 {
		errs = append(errs, fmt.Errorf("group_by_length is %d, want 0 or more: how many times store_batch_size_prompts texts are grouped", c.GroupByLength))
	}
	if c.Passes < 0 {
		errs = append(errs, fmt.Errorf("passes is %d, want 1 or more, or 0 for endless", c.Passes))
	}
	return errors.Join(errs...)
}

// window returns how many texts are gathered for a batch. Where all are padded alike
// nothing is gained by grouping them, and where padding is kept its rows follow from the
// texts that share a batch.
func (c TextConfig) window() int {
	if c.PadToContext || !c.ExcludePadding {
		return c.StoreBatchSizePrompts
	}
	return c.StoreBatchSizePrompts * max(c.GroupByLength, 1)
}

// Memory returns how many bytes the rows of a call of Batches take at most: those of a
// batch with their origins, and those of a forward pass, or of the few that are computed at
// once. ContextSize must be given.
func (c TextConfig) Memory(dIn, dOut int) int {
	row, batch := 4*(dIn+dOut), c.StoreBatchSizePrompts*c.ContextSize
	lane := min(batch, max(lanePositions, c.ContextSize))
	return c.window()*c.ContextSize*(row+16) + max(batch, MaxLanes*lane)*row
}
