package sae

import (
	"errors"
	"fmt"
	"math"
)

// How activations are normalised before the SAE sees them.
const (
	NormalizeNone         = "none"
	NormalizeExpectedNorm = "expected_average_only_in" // by the trainer, to an average norm of √d_in; folded into the weights when saved
	NormalizeWhitening    = "covariance_whitening"     // by the trainer, to zero mean and unit covariance; folded, too
	NormalizeLayerNorm    = "layer_norm"               // by the SAE, each row to zero mean and unit deviation; undone in its output
	NormalizeConstantNorm = "constant_norm_rescale"    // by the SAE, each row to the norm √d_in; undone in its output
)

// Which penalty a JumpReLU SAE has.
const (
	L0Step      = "step"      // the number of active latents (Rajamanoharan et al., 2024)
	L0Tanh      = "tanh"      // Σ tanh(scale·f·‖W_dec‖) (Anthropic, January 2025)
	L0Quadratic = "quadratic" // the squared distance of the number of active latents from a target (Gemma Scope 2)
)

// CompatSAELens is, as [Config].Compat, sae-lens' way where saego goes another:
// docs/saelens.md lists the places.
const CompatSAELens = "saelens"

// maxValues is how many values W_enc and W_dec may have each: 32 GiB.
const maxValues = 1 << 33

// Config describes an SAE. The names are sae-lens'.
type Config struct {
	Architecture string `yaml:"architecture" json:"architecture"` // a name of [Architectures]; default topk
	DIn          int    `yaml:"-" json:"d_in"`                    // values per row
	DOut         int    `yaml:"-" json:"d_out,omitempty"`         // values per row of a transcoder's output; 0 = d_in
	DSAE         int    `yaml:"d_sae" json:"d_sae"`               // latents

	ApplyBDecToInput     bool    `yaml:"apply_b_dec_to_input" json:"apply_b_dec_to_input"`   // subtract b_dec before encoding; default true, transcoders never do
	DecoderInitNorm      float64 `yaml:"decoder_init_norm" json:"decoder_init_norm"`         // norm of W_dec's rows at the start, 0 = as drawn; default 0.1
	NormalizeActivations string  `yaml:"normalize_activations" json:"normalize_activations"` // one of the Normalize names; default NormalizeNone

	L1Coefficient float64 `yaml:"l1_coefficient" json:"l1_coefficient"` // weight of the sparsity loss (standard, gated, transcoders); default 1
	LpNorm        float64 `yaml:"lp_norm" json:"lp_norm"`               // p of its norm over the latents of a row (standard); default 1

	K                        float64 `yaml:"k" json:"k"`                                                       // latents kept per row, a whole number (topk, abstopk), or on average (batchtopk, matryoshka_batchtopk); default 100
	AuxLossCoefficient       float64 `yaml:"aux_loss_coefficient" json:"aux_loss_coefficient"`                 // weight of the dead latents' loss (TopK family); default 1
	RescaleActsByDecoderNorm bool    `yaml:"rescale_acts_by_decoder_norm" json:"rescale_acts_by_decoder_norm"` // rank latents by their share in the output (TopK family); default true
	TopKThresholdLR          float64 `yaml:"topk_threshold_lr" json:"topk_threshold_lr"`                       // weight of the last batch in the threshold's running mean (batchtopk, matryoshka_batchtopk); default 0.01

	MatryoshkaWidths     []int `yaml:"matryoshka_widths" json:"matryoshka_widths"`             // latents of each nested dictionary, ascending; d_sae is added at the end (matryoshka_batchtopk)
	UseMatryoshkaAuxLoss bool  `yaml:"use_matryoshka_aux_loss" json:"use_matryoshka_aux_loss"` // dead latents reconstruct what their own level left over (matryoshka_batchtopk)

	L0Coefficient         float64 `yaml:"l0_coefficient" json:"l0_coefficient"`                           // weight of the sparsity loss (jumprelu); default 1
	JumpReLUInitThreshold float64 `yaml:"jumprelu_init_threshold" json:"jumprelu_init_threshold"`         // of every latent; default 0.01
	JumpReLUBandwidth     float64 `yaml:"jumprelu_bandwidth" json:"jumprelu_bandwidth"`                   // width of the straight-through estimator's rectangle; default 0.05
	JumpReLULoss          string  `yaml:"jumprelu_sparsity_loss_mode" json:"jumprelu_sparsity_loss_mode"` // L0Step (default), L0Tanh or L0Quadratic
	JumpReLUTanhScale     float64 `yaml:"jumprelu_tanh_scale" json:"jumprelu_tanh_scale"`                 // of L0Tanh; default 4
	JumpReLUSTEToInput    bool    `yaml:"jumprelu_ste_to_input" json:"jumprelu_ste_to_input"`             // the estimator's gradient reaches the encoder, too
	TargetL0              float64 `yaml:"target_l0" json:"target_l0"`                                     // of L0Quadratic
	PreActLossCoefficient float64 `yaml:"pre_act_loss_coefficient" json:"pre_act_loss_coefficient"`       // weight of the loss that draws dead latents up to their threshold (jumprelu); default 0

	Compat string `yaml:"-" json:"-"`    // CompatSAELens, or "" for what is right
	Seed   uint64 `yaml:"-" json:"seed"` // of the initialisation
}

// DefaultConfig returns sae-lens' defaults for a TopK SAE; DIn and DSAE are left
// to the caller.
func DefaultConfig() Config {
	return Config{
		Architecture: TopK, ApplyBDecToInput: true, DecoderInitNorm: 0.1, NormalizeActivations: NormalizeNone,
		L1Coefficient: 1, LpNorm: 1,
		K: 100, AuxLossCoefficient: 1, RescaleActsByDecoderNorm: true, TopKThresholdLR: 0.01,
		L0Coefficient: 1, JumpReLUInitThreshold: 0.01, JumpReLUBandwidth: 0.05, JumpReLULoss: L0Step, JumpReLUTanhScale: 4,
	}
}

// Out returns the values per row of the output: DOut, or DIn where that is 0.
func (c Config) Out() int {
	if c.DOut > 0 {
		return c.DOut
	}
	return c.DIn
}

// normalizations says of each name whether the SAE itself normalises.
var normalizations = map[string]bool{
	NormalizeNone: false, NormalizeExpectedNorm: false, NormalizeWhitening: false,
	NormalizeLayerNorm: true, NormalizeConstantNorm: true,
}

// normalizes says whether the SAE normalises each row itself.
func (c Config) normalizes() bool { return normalizations[c.NormalizeActivations] }

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.DIn < 1 {
		bad("d_in is %d, want at least 1", c.DIn)
	}
	if c.DSAE < 1 {
		bad("d_sae is %d, want at least 1", c.DSAE)
	}
	if c.DOut < 0 {
		bad("d_out is %d, want at least 1, or 0 for d_in", c.DOut)
	}
	if widest := max(c.DIn, c.DOut); widest > 0 && c.DSAE > maxValues/widest {
		bad("d_in × d_sae is %d × %d, want at most %d in all", widest, c.DSAE, maxValues)
	}
	if err := atLeastZero("decoder_init_norm", c.DecoderInitNorm); err != nil {
		errs = append(errs, err)
	}
	if n := c.NormalizeActivations; !known(n) {
		bad("normalize_activations is %q, want %q, %q, %q, %q or %q", n,
			NormalizeNone, NormalizeExpectedNorm, NormalizeWhitening, NormalizeLayerNorm, NormalizeConstantNorm)
	}
	if c.Compat != "" && c.Compat != CompatSAELens {
		bad("compat is %q, want %q or nothing", c.Compat, CompatSAELens)
	}
	a, err := Lookup(c.Architecture)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	return errors.Join(append(errs, a.Validate(c))...)
}

func known(normalization string) bool {
	_, ok := normalizations[normalization]
	return ok
}

// atLeastZero is an error where v is less than 0 or no number.
func atLeastZero(name string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s is %g, want 0 or more", name, v)
	}
	return nil
}
