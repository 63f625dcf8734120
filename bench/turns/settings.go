package turns

import (
	"cmp"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// Forever is how many steps a run has that is measured somewhere in its middle.
const Forever = 1_000_000

// Trainer returns what both sides are told of a run of so many steps. Nothing is
// logged or evaluated: sae-lens does neither without W&B.
func Trainer(batch, steps int) train.Config {
	c := train.DefaultConfig()
	c.TrainBatchSizeSamples, c.TotalTrainingSamples = batch, steps*batch
	c.LR, c.LRWarmUpSteps, c.LRDecaySteps, c.L1WarmUpSteps, c.L0WarmUpSteps = 3e-4, 0, 0, 0, 0
	c.DeadFeatureWindow, c.FeatureSamplingWindow = 1000, 2000
	c.BDecInitMethod, c.Compat = train.BDecZeros, sae.CompatSAELens
	c.LogEveryNSteps, c.EvalEveryNSteps = max(steps, 1), 0
	return c.Resolve()
}

// SAELens says how sae-lens runs.
type SAELens struct {
	Sparse          bool   // use_sparse_activations
	Compile         bool   // by torch.compile, as its runner does for compile_sae
	Device          string // torch's; "" for the processor
	MatmulPrecision string // of torch.set_float32_matmul_precision; "" for its default
}

// Settings returns what [Bench.Open] tells it: these, and those of the SAE and its training.
func (s SAELens) Settings(c sae.Config, t train.Config) map[string]any {
	device := cmp.Or(s.Device, "cpu")
	return map[string]any{
		"library": "sae-lens", "architecture": c.Architecture, "sae": peerSAE(c, t, s.Sparse, device), "trainer": peerTrainer(t),
		"compile": s.Compile, "autocast": t.Autocast, "device": device, "matmul_precision": cmp.Or(s.MatmulPrecision, "highest"),
	}
}

// peerTrainer returns c in sae-lens' SAETrainerConfig's names.
func peerTrainer(c train.Config) map[string]any {
	return map[string]any{
		"total_training_samples": c.TotalTrainingSamples, "lr": c.LR, "lr_end": c.LREnd,
		"lr_scheduler_name": c.LRSchedulerName, "n_restart_cycles": c.NRestartCycles,
		"lr_warm_up_steps": c.LRWarmUpSteps, "lr_decay_steps": c.LRDecaySteps,
		"adam_beta1": c.AdamBeta1, "adam_beta2": c.AdamBeta2,
		"dead_feature_window": c.DeadFeatureWindow, "feature_sampling_window": c.FeatureSamplingWindow,
	}
}

// peerSAE returns the SAE's settings in sae-lens' names; peer.py takes those that an
// architecture has.
func peerSAE(c sae.Config, t train.Config, sparse bool, device string) map[string]any {
	return map[string]any{
		"d_in": c.DIn, "d_sae": c.DSAE, "dtype": "float32", "device": device,
		"apply_b_dec_to_input": c.ApplyBDecToInput, "normalize_activations": c.NormalizeActivations,
		"decoder_init_norm": c.DecoderInitNorm,
		"l1_coefficient":    c.L1Coefficient, "lp_norm": c.LpNorm, "l1_warm_up_steps": t.L1WarmUpSteps,
		"k": c.K, "aux_loss_coefficient": c.AuxLossCoefficient, "rescale_acts_by_decoder_norm": c.RescaleActsByDecoderNorm,
		"use_sparse_activations": sparse, "topk_threshold_lr": c.TopKThresholdLR,
		"matryoshka_widths": c.MatryoshkaWidths, "use_matryoshka_aux_loss": c.UseMatryoshkaAuxLoss,
		"l0_coefficient": c.L0Coefficient, "l0_warm_up_steps": t.L0WarmUpSteps,
		"jumprelu_init_threshold": c.JumpReLUInitThreshold, "jumprelu_bandwidth": c.JumpReLUBandwidth,
		"jumprelu_sparsity_loss_mode": c.JumpReLULoss, "jumprelu_tanh_scale": c.JumpReLUTanhScale,
		"jumprelu_ste_to_input": c.JumpReLUSTEToInput, "pre_act_loss_coefficient": c.PreActLossCoefficient,
	}
}
