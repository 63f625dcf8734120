package models

import (
	"slices"
	"strings"
)

// Inputs that a text model may have, as HF names them.
const (
	InputIDs      = "input_ids"      // (batch, sequence) int64
	AttentionMask = "attention_mask" // (batch, sequence) int64: 1 = text, 0 = padding
	TokenTypeIDs  = "token_type_ids" // (batch, sequence) int64: 0, the first text of a pair
)

var (
	textInputs     = []string{InputIDs, AttentionMask, TokenTypeIDs}
	textFamilies   = []string{FamilyGPT2Classifier, FamilyBERT, FamilyCausalLM}
	visionFamilies = []string{FamilyViT, FamilyHFViT, FamilyDINOv2, FamilyCLIPVision}
)

func (s Spec) checkFamily(f *faults) {
	switch {
	case slices.Contains(textFamilies, s.Family):
		s.checkText(f)
	case slices.Contains(visionFamilies, s.Family):
		s.checkVision(f)
	default:
		f.addf("family is %q, want one of %s", s.Family, strings.Join(slices.Concat(textFamilies, visionFamilies), ", "))
	}
	if s.Family == FamilyGPT2Classifier && s.Logits == "" {
		f.addf("logits is empty in a model of family %q, want the name of an output", s.Family)
	}
}

func (s Spec) checkText(f *faults) {
	if s.Vision != nil {
		f.addf("vision is set in a model of family %q", s.Family)
	}
	hasIDs := false
	for _, in := range s.Inputs {
		hasIDs = hasIDs || in.Name == InputIDs
		if !slices.Contains(textInputs, in.Name) || in.DType != "int64" || len(in.Shape) != 2 {
			f.addf("input %q (%s, %d axes) is not known: want int64 %s (batch, sequence)", in.Name, in.DType, len(in.Shape), strings.Join(textInputs, ", "))
		}
	}
	if !hasIDs {
		f.addf("no input %s", InputIDs)
	}
	if s.Text == nil {
		f.addf("text is not set in a model of family %q", s.Family)
		return
	}
	s.checkNamed(f, "text: tokenizer", s.Text.Tokenizer)
	if s.Text.GoldenTokens != "" {
		s.checkNamed(f, "text: golden_tokens", s.Text.GoldenTokens)
	}
	if s.Text.ContextSize < 1 {
		f.addf("text: context_size is %d, want at least 1", s.Text.ContextSize)
	}
	if s.Text.PadTokenID < 0 {
		f.addf("text: pad_token_id is %d, want 0 or more", s.Text.PadTokenID)
	}
	for _, id := range s.Text.SpecialTokenIDs {
		if id < 0 {
			f.addf("text: special_token_ids holds %d, want 0 or more", id)
		}
	}
}

func (s Spec) checkVision(f *faults) {
	if s.Text != nil {
		f.addf("text is set in a model of family %q", s.Family)
	}
	if len(s.Inputs) != 1 || s.Inputs[0].DType != "float32" || len(s.Inputs[0].Shape) != 4 {
		f.addf("inputs are not known: want one, float32 (batch, channel, height, width)")
	}
	if s.Vision == nil {
		f.addf("vision is not set in a model of family %q", s.Family)
		return
	}
	v := *s.Vision
	v.checkResize(f)
	for _, side := range []struct {
		name string
		size [2]int
	}{{"resize", v.Resize}, {"crop", v.Crop}, {"grid", v.Grid}} {
		if side.size[0] < 1 || side.size[1] < 1 {
			f.addf("vision: %s is %v, want at least 1 each", side.name, side.size)
		}
	}
	for i, std := range v.Std {
		if std <= 0 {
			f.addf("vision: std[%d] is %v, want more than 0", i, std)
		}
	}
	if v.PrefixTokens < 0 {
		f.addf("vision: prefix_tokens is %d, want 0 or more", v.PrefixTokens)
	}
}

func (v Vision) checkResize(f *faults) {
	switch v.ResizeMode {
	case ResizeShorter:
		if v.Resize[0] != v.Resize[1] {
			f.addf("vision: resize is %v, want two equal numbers for resize_mode %q", v.Resize, ResizeShorter)
		}
	case ResizeExact:
	default:
		f.addf("vision: resize_mode is %q, want %q or %q", v.ResizeMode, ResizeShorter, ResizeExact)
	}
	if v.CropRounding != "" && v.CropRounding != CropHalfEven && v.CropRounding != CropFloor {
		f.addf("vision: crop_rounding is %q, want %q or %q", v.CropRounding, CropHalfEven, CropFloor)
	}
	if v.Interpolation != Bilinear && v.Interpolation != Bicubic {
		f.addf("vision: interpolation is %q, want %q or %q", v.Interpolation, Bilinear, Bicubic)
	}
}
