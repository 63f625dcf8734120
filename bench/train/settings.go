package main

import (
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// Sizes of the main measurements; d_in is that of the rows.
const (
	dSAE  = 6144
	batch = 4096
)

// forever is how many steps a run has that is measured somewhere in its middle.
const forever = 1_000_000

// architecture returns the configuration of a name of the tables. What is not said
// here is sae-lens' default.
func architecture(name string, dIn, dSAE int) sae.Config {
	c := sae.DefaultConfig()
	c.Architecture, c.DIn, c.DSAE, c.Compat = name, dIn, dSAE, sae.CompatSAELens
	c.K = 64
	switch name {
	case sae.MatryoshkaBatchTopK:
		c.MatryoshkaWidths = []int{dSAE / 16, dSAE / 4, dSAE}
	case sae.Standard, sae.Gated:
		c.L1Coefficient = penalties[name].coefficient
	case sae.JumpReLU:
		c.L0Coefficient = penalties[name].coefficient
	}
	return c
}

// trainer returns what both sides are told of a run of so many steps. Nothing is
// logged or evaluated: sae-lens does neither without W&B.
func trainer(batch, steps int) train.Config {
	c := train.DefaultConfig()
	c.TrainBatchSizeSamples, c.TotalTrainingSamples = batch, steps*batch
	c.LR, c.LRWarmUpSteps, c.LRDecaySteps, c.L1WarmUpSteps, c.L0WarmUpSteps = 3e-4, 0, 0, 0, 0
	c.DeadFeatureWindow, c.FeatureSamplingWindow = 1000, 2000
	c.BDecInitMethod, c.Compat = train.BDecZeros, sae.CompatSAELens
	c.LogEveryNSteps, c.EvalEveryNSteps = max(steps, 1), 0
	return c.Resolve()
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
func peerSAE(c sae.Config, t train.Config, sparse bool) map[string]any {
	return map[string]any{
		"d_in": c.DIn, "d_sae": c.DSAE, "dtype": "float32", "device": "cpu",
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
