"""The single passes: (architecture, batch, d_in, d_sae, dead latents, configuration)."""

LAYER = {"normalize_activations": "layer_norm"}
NORM = {"normalize_activations": "constant_norm_rescale"}
FREE = {"apply_b_dec_to_input": False}
RAW = {"rescale_acts_by_decoder_norm": False}
RESCALED = {"rescale_acts_by_decoder_norm": True}
SMALL, MIDDLE, LARGE, ODD = (8, 6, 16), (16, 24, 64), (33, 40, 96), (9, 13, 37)

STANDARD = (
    (*SMALL, 0, {"l1_coefficient": 1.0}),
    (*MIDDLE, 5, {"l1_coefficient": 5.0, **FREE}),
    (*LARGE, 0, {"l1_coefficient": 0.05}),
    (*ODD, 0, {"l1_coefficient": 0.7, "lp_norm": 2.0}),
    (6, 8, 20, 0, {"l1_coefficient": 0.02, "lp_norm": 0.5}),
    (*ODD, 0, {"l1_coefficient": 0.5, **LAYER}),
    (*ODD, 0, {"l1_coefficient": 0.5, **NORM, **FREE}),
)
GATED = (
    (*SMALL, 0, {"l1_coefficient": 1.0}),
    (*MIDDLE, 5, {"l1_coefficient": 5.0, **FREE}),
    (*LARGE, 0, {"l1_coefficient": 0.05}),
    (*ODD, 0, {"l1_coefficient": 0.5, **LAYER}),
    (*ODD, 0, {"l1_coefficient": 0.5, **NORM, **FREE}),
)
TOPK = (
    (*SMALL, 0, {"k": 3, **RESCALED}),
    (*MIDDLE, 5, {"k": 8, **RESCALED}),
    (*LARGE, 31, {"k": 7, **RAW, **FREE}),
    (*MIDDLE, 30, {"k": 8, **RESCALED, "aux_loss_coefficient": 0.5}),
    (*MIDDLE, 5, {"k": 40, **RAW}),  # more than are positive
    (*ODD, 0, {"k": 4, **RESCALED, **LAYER}),
    (*ODD, 0, {"k": 4, **RAW, **NORM, **FREE}),
)
ABSTOPK = (
    (*SMALL, 0, {"k": 3, **RESCALED}),
    (*MIDDLE, 5, {"k": 8, **RESCALED}),
    (*LARGE, 31, {"k": 7, **RAW, **FREE}),
    (*ODD, 20, {"k": 5, **RESCALED, "aux_loss_coefficient": 0.5}),
    (*ODD, 0, {"k": 4, **RESCALED, **LAYER}),
    (*ODD, 0, {"k": 4, **RAW, **NORM, **FREE}),
)
BATCHTOPK = (
    (*SMALL, 0, {"k": 3, **RESCALED}),
    (*MIDDLE, 5, {"k": 8, **RESCALED, "topk_threshold_lr": 0.3}),
    (*LARGE, 31, {"k": 2.3, **RAW, **FREE}),
    (*ODD, 20, {"k": 2.75, **RESCALED, "aux_loss_coefficient": 0.5}),  # 24.75 codes in the batch: 24
    (*SMALL, 3, {"k": 12, **RAW}),  # more than are positive
    (100, 6, 16, 4, {"k": 0.29, **RESCALED}),  # 100 * 0.29 is below 29 in float64: 28 codes
    (*ODD, 0, {"k": 3.5, **RESCALED, **LAYER}),
    (*ODD, 0, {"k": 3.5, **RAW, **NORM, **FREE}),
)
JUMPRELU = (
    (*SMALL, 0, {"l0_coefficient": 0.5}),
    (*MIDDLE, 5, {"jumprelu_ste_to_input": True, "pre_act_loss_coefficient": 0.03}),
    (*LARGE, 31, {"jumprelu_sparsity_loss_mode": "tanh", "pre_act_loss_coefficient": 0.01, **FREE}),
    (*ODD, 6, {"jumprelu_sparsity_loss_mode": "tanh", "jumprelu_ste_to_input": True, "jumprelu_tanh_scale": 1.5}),
    (*ODD, 0, {"jumprelu_sparsity_loss_mode": "quadratic", "target_l0": 5.0, "l0_coefficient": 0.3}),
    (*ODD, 12, {"jumprelu_sparsity_loss_mode": "quadratic", "target_l0": 4.5, "jumprelu_ste_to_input": True, "pre_act_loss_coefficient": 0.1, **FREE}),
    (*ODD, 0, {"pre_act_loss_coefficient": 0.1, **LAYER}),  # nothing is dead: that loss is 0
    (*ODD, 7, {"jumprelu_sparsity_loss_mode": "tanh", "jumprelu_ste_to_input": True, "pre_act_loss_coefficient": 0.1, **NORM, **FREE}),
    (*ODD, 7, {"jumprelu_init_threshold": 0.01, "jumprelu_bandwidth": 0.05, "pre_act_loss_coefficient": 3e-6}),  # sae-lens' and Anthropic's values
)
WIDE = {"jumprelu_init_threshold": 0.4, "jumprelu_bandwidth": 0.8}  # about a third of all entries lie in the band
MATRYOSHKA = (
    (*SMALL, 0, {"k": 3, "matryoshka_widths": [4, 16], **RESCALED}),
    (*MIDDLE, 9, {"k": 6, "matryoshka_widths": [8, 24], "use_matryoshka_aux_loss": True, **RESCALED}),  # sae-lens appends 64
    (*LARGE, 31, {"k": 5.5, "matryoshka_widths": [16, 32, 64, 96], "use_matryoshka_aux_loss": True, "aux_loss_coefficient": 0.5, **RAW, **FREE}),
    (*ODD, 20, {"k": 4, "matryoshka_widths": [5, 12, 37], "topk_threshold_lr": 0.3, **RESCALED}),
    (*ODD, 2, {"k": 4, "matryoshka_widths": [5, 12, 20, 37], "use_matryoshka_aux_loss": True, **RESCALED}),  # levels without dead
    (*ODD, 0, {"k": 2.5, "matryoshka_widths": [1, 37], "use_matryoshka_aux_loss": True, **RAW}),
)

CASES = (
    *(("standard", *case) for case in STANDARD),
    *(("gated", *case) for case in GATED),
    *(("topk", *case) for case in TOPK),
    *(("abstopk", *case) for case in ABSTOPK),
    *(("batchtopk", *case) for case in BATCHTOPK),
    *(("jumprelu", *case[:4], WIDE | case[4]) for case in JUMPRELU),
    *(("matryoshka_batchtopk", *case) for case in MATRYOSHKA),
)
