"""The training runs: (architecture, silent latents, scale of the data, SAE configuration, trainer configuration)."""

NORM_BATCHES = 2  # drawn by sae-lens for the scaling factor before the first step

TRAINER = {
    "lr": 0.01, "lr_end": 0.001, "lr_warm_up_steps": 5, "lr_decay_steps": 8, "dead_feature_window": 3,
    "feature_sampling_window": 18, "n_batches_for_norm_estimate": NORM_BATCHES,
}
COSINE = {"lr_scheduler_name": "cosineannealing"}
RESTARTS = {"lr_scheduler_name": "cosineannealingwarmrestarts", "n_restart_cycles": 3, "lr_warm_up_steps": 4, "lr_decay_steps": 6}
BARE = {"lr_warm_up_steps": 0, "lr_decay_steps": 0, "adam_beta1": 0.8, "adam_beta2": 0.99, "lr": 0.004}

SCALED = {"normalize_activations": "expected_average_only_in"}
LAYER = {"normalize_activations": "layer_norm"}
NORM = {"normalize_activations": "constant_norm_rescale"}
FREE = {"apply_b_dec_to_input": False}
RAW = {"rescale_acts_by_decoder_norm": False}
RESCALED = {"rescale_acts_by_decoder_norm": True}
WIDE = {"jumprelu_init_threshold": 0.4, "jumprelu_bandwidth": 0.8}
TANH = {"jumprelu_sparsity_loss_mode": "tanh", "jumprelu_ste_to_input": True, "pre_act_loss_coefficient": 0.03}
QUADRATIC = {"jumprelu_sparsity_loss_mode": "quadratic", "target_l0": 4.0}
LEVELS = {"matryoshka_widths": [6, 15, 40]}

CASES = (
    ("standard", 6, 0.15, {"l1_coefficient": 0.5, "l1_warm_up_steps": 8}, {}),
    ("standard", 6, 3.0, {"l1_coefficient": 2.0, "l1_warm_up_steps": 20, **SCALED}, COSINE),
    ("standard", 0, 1.0, {"l1_coefficient": 0.3, "lp_norm": 2.0, **FREE}, RESTARTS),
    ("standard", 0, 1.0, {"l1_coefficient": 0.5, **LAYER}, BARE),
    ("gated", 4, 1.0, {"l1_coefficient": 0.5, "l1_warm_up_steps": 10}, COSINE),
    ("gated", 0, 3.0, {"l1_coefficient": 1.0, **SCALED, **FREE}, RESTARTS),
    ("topk", 7, 1.0, {"k": 5, **RESCALED}, {}),
    ("topk", 20, 3.0, {"k": 5, **RAW, "aux_loss_coefficient": 0.5, **SCALED}, COSINE),
    ("topk", 14, 3.0, {"k": 5, **RESCALED, **FREE, **SCALED}, RESTARTS),
    ("abstopk", 0, 1.0, {"k": 3, **RESCALED}, {"dead_feature_window": 1}),
    ("abstopk", 0, 3.0, {"k": 2, **RAW, "aux_loss_coefficient": 0.5, **SCALED}, {**COSINE, "dead_feature_window": 1}),
    ("batchtopk", 7, 1.0, {"k": 4, **RESCALED}, {}),
    ("batchtopk", 20, 3.0, {"k": 2.63, **RAW, "aux_loss_coefficient": 0.5, **SCALED}, COSINE),
    ("batchtopk", 14, 3.0, {"k": 3.5, "topk_threshold_lr": 0.1, **RESCALED, **FREE, **SCALED}, RESTARTS),
    ("jumprelu", 6, 1.0, {"l0_coefficient": 0.3, "l0_warm_up_steps": 12, **WIDE}, {}),
    ("jumprelu", 10, 3.0, {"l0_coefficient": 0.2, "l0_warm_up_steps": 50, **WIDE, **TANH, **SCALED}, COSINE),
    ("jumprelu", 4, 1.0, {"l0_coefficient": 0.2, **WIDE, **QUADRATIC, **FREE}, RESTARTS),
    ("jumprelu", 4, 1.0, {"l0_coefficient": 0.2, **WIDE, **TANH, **NORM}, BARE),
    ("matryoshka_batchtopk", 12, 1.0, {"k": 4, **LEVELS, "use_matryoshka_aux_loss": True, **RESCALED}, COSINE),
    ("matryoshka_batchtopk", 12, 3.0, {"k": 3.5, **LEVELS, **RAW, **FREE, **SCALED}, RESTARTS),
)
