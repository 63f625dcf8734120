package cli

// option says in one line what a setting is. In backquotes stands what --help calls
// its value.
type option struct{ key, usage string }

// group is a part of --help.
type group struct {
	title   string
	options []option
}

// groups list every setting that a user has, in the order of --help. Those that are
// not here are set by the programs themselves; a test keeps the two in step.
var groups = []group{
	{"Run", []option{
		{"preset", "settings to start from: demo (small embedded model and data) or guide (the values of the guide \"Extending SAELens\")"},
		{"model", "`DIR` of the model, made by scripts/export_onnx.py; demo is the embedded one"},
		{"data", "`PATH` of the data set; demo is the embedded one. Texts: aclImdb folder, .csv, .tsv, .jsonl[.gz], .parquet. Pictures: a folder with a folder per class, or .tar files of WebDataset"},
		{"activations", "`STORE` of rows, made by extract, in the place of model, data and hook: they and what decides the rows are those of the store"},
		{"hook", "`NAME` of the hook point to read: transformer.h.6, blocks.6"},
		{"hook_out", "`NAME` of the hook point that a transcoder predicts from hook; empty for an autoencoder"},
		{"output", "`DIR` for config.yaml, the logs, sae/ and checkpoints/"},
		{"overwrite", "replace an earlier run in the output folder"},
		{"seed", "of shuffling, initialisation and held-out split: equal seeds give equal files"},
		{"sweep", "`KEY=A,B,…`: train an SAE for each value on the same batches, each in a folder of its own; given again: for each combination. " +
			"KEY is a setting of SAE or Sparsity, one of Training that leaves the rows alone, such as lr, or seed, here of the initialisation alone. " +
			"Lists stand in brackets: matryoshka_widths=[16,64],[32,64]. Each SAE takes 16 bytes for each parameter, and the buffers of a step"},
	}},
	{"Rows", []option{
		{"context_size", "most tokens of a text; 0 = what the model takes"},
		{"exclude_padding", "drop positions that the attention mask hides"},
		{"exclude_first_position", "drop position 0, where GPT-2 has an attention sink"},
		{"exclude_special_tokens", "drop the model's special tokens"},
		{"pad_to_context", "pad to context_size, not to the longest text of a forward pass"},
		{"rows", "positions to keep: patches, cls or all"},
		{"precision", "float32; bf16, which openvino computes: faster on processors with instructions for it; or tf32, by cuda alone. What is not exact has its drift from float32 measured and recorded"},
		{"store_batch_size_prompts", "most texts of a forward pass; on a processor it also has at most 256 positions, or one text"},
		{"group_by_length", "how many times store_batch_size_prompts texts are grouped by length, so that less is padded; rows and their order stay; 0 or 1 = once"},
		{"store_batch_size_images", "pictures of a batch; a forward pass has as many, or on a processor at most 256 positions"},
		{"buffer_size", "rows held in memory to mix"},
		{"mix_fraction", "share of the buffer kept at each refill; 0 keeps the data's order"},
	}},
	{"Data set", []option{
		{"held_out_fraction", "share of the examples kept for evaluation; 0 = none"},
		{"eval_rows", "held-out rows to evaluate on"},
		{"text_field", "column or key of the text; default text, review, sentence or content"},
		{"label_field", "column or key of the label; default label, sentiment or target"},
		{"split", "part of a data folder to read; default train"},
		{"labels", "class `NAMES` by index, with commas between; default those of the data"},
		{"max_skipped", "share of pictures that may be unreadable, beyond the first 10"},
		{"max_pixels", "pixels above which a picture is skipped undecoded"},
		{"max_bytes", "file size above which a picture is skipped"},
		{"pillow", "major version of Pillow whose resize is followed: 12, 13, or 0 for the exporter's"},
	}},
	{"SAE", []option{
		{"architecture", "standard, gated, topk, abstopk, batchtopk, matryoshka_batchtopk, jumprelu, transcoder or skip_transcoder"},
		{"expansion_factor", "latents per value of a row, where d_sae is 0"},
		{"d_sae", "latents; 0 = expansion_factor × d_in"},
		{"apply_b_dec_to_input", "subtract b_dec before encoding; transcoders never do"},
		{"init_seed", "seed of the initialisation alone; -1 = that of seed"},
		{"decoder_init_norm", "norm of W_dec's rows at the start; 0 = as drawn"},
		{"normalize_activations", "none, expected_average_only_in (rows to an average norm of √d_in), covariance_whitening, layer_norm or constant_norm_rescale"},
	}},
	{"Sparsity", []option{
		{"k", "latents kept per row (topk, abstopk), or on average (batchtopk, matryoshka_batchtopk)"},
		{"aux_loss_coefficient", "weight of the loss that revives dead latents (TopK family)"},
		{"rescale_acts_by_decoder_norm", "rank latents by their share in the output (TopK family)"},
		{"topk_threshold_lr", "weight of the last batch in the threshold's running mean (batchtopk, matryoshka_batchtopk)"},
		{"matryoshka_widths", "latents of each nested dictionary, ascending, with commas between; d_sae comes last; default an eighth, a quarter and half of it (matryoshka_batchtopk)"},
		{"use_matryoshka_aux_loss", "dead latents reconstruct what their own level left over (matryoshka_batchtopk)"},
		{"l1_coefficient", "weight of the sparsity loss (standard, gated, transcoders)"},
		{"lp_norm", "p of the sparsity loss's norm (standard, transcoders)"},
		{"l0_coefficient", "weight of the sparsity loss (jumprelu)"},
		{"jumprelu_init_threshold", "threshold at the start (jumprelu)"},
		{"jumprelu_bandwidth", "width of the straight-through estimator's rectangle (jumprelu)"},
		{"jumprelu_sparsity_loss_mode", "step, tanh or quadratic (jumprelu)"},
		{"jumprelu_tanh_scale", "of the sparsity loss tanh (jumprelu)"},
		{"jumprelu_ste_to_input", "let the estimator's gradient reach the encoder (jumprelu)"},
		{"target_l0", "active latents that the sparsity loss quadratic aims at (jumprelu)"},
		{"pre_act_loss_coefficient", "weight of the loss that draws dead latents up to their threshold (jumprelu)"},
	}},
	{"Training", []option{
		{"total_training_samples", "rows to train on; --training-tokens is the same"},
		{"train_batch_size_samples", "rows per step"},
		{"lr", "learning rate at its highest"},
		{"lr_scheduler_name", "constant, cosineannealing or cosineannealingwarmrestarts"},
		{"lr_end", "where a cosine schedule ends; 0 = a tenth of lr"},
		{"n_restart_cycles", "cycles of cosineannealingwarmrestarts"},
		{"lr_warm_up_steps", "steps until the rate is lr; -1 = a 20th of the run"},
		{"lr_decay_steps", "steps at the end over which the rate falls to 0; -1 = a 5th of the run"},
		{"l1_warm_up_steps", "steps until l1_coefficient counts in full; -1 = a 20th of the run"},
		{"l0_warm_up_steps", "steps until l0_coefficient counts in full; -1 = a 20th of the run"},
		{"adam_beta1", "Adam's decay of the gradient's mean"},
		{"adam_beta2", "Adam's decay of the gradient's square"},
		{"autocast", "encode in bfloat16, where the processor multiplies that faster (needs make deps-bf16), or a card"},
		{"bf16", "how autocast multiplies: auto (oneDNN; float32 where that or the processor's instructions are missing) or emulate (rounded numbers as float32: on any machine, no faster)"},
		{"b_dec_init_method", "start of b_dec: mean (of the first rows) or zeros"},
		{"n_batches_for_norm_estimate", "batches that give the scale of the rows; they are trained on, too"},
		{"dead_feature_window", "a latent is dead after more steps than this without firing; -1 = a 10th of the run, 20 to 1000"},
		{"dead_feature_method", "how dead latents of standard, gated and transcoder SAEs learn again: aux (a loss; the default), resample (they start anew) or none (default with --compat)"},
		{"feature_sampling_window", "steps over which firing is counted; -1 = a 5th of the run, at most 2000"},
		{"log_every_n_steps", "steps between entries in the logs"},
		{"eval_every_n_steps", "steps between evaluations; -1 = a 10th of the run, 0 = at the end alone"},
		{"n_checkpoints", "checkpoints, spread evenly over the run"},
		{"checkpoint_minutes", "minutes between checkpoints beside those, of which the last stays; 0 = none"},
		{"keep_checkpoints", "scheduled checkpoints that stay, the newest; 0 = all"},
		{"checkpoint_path", "`DIR` of the checkpoints; default checkpoints/ in the output folder"},
		{"save_final_checkpoint", "keep one more checkpoint at the end of the run"},
		{"compat", "saelens: sae-lens' ways where saego has others; docs/saelens.md lists them"},
	}},
	{"Logging", []option{ // metrics.jsonl and metrics.csv are always written
		{"log_to_tensorboard", "write TensorBoard event files, into tensorboard/"},
		{"log_to_wandb", "write an offline run of W&B, into wandb/; wandb sync sends it"},
		{"wandb_project", "project of W&B"},
		{"wandb_entity", "user or team of W&B; default that of who syncs"},
		{"wandb_id", "id of the run, unique in its project; default a new one"},
		{"run_name", "`NAME` of the run in W&B; default that of the output folder"},
		{"wandb_log_frequency", "sae-lens' name for log_every_n_steps; 0 = as that says"},
		{"eval_every_n_wandb_logs", "entries between evaluations, in the place of eval_every_n_steps; 0 = as that says"},
		{"log_weights_to_wandb", "only false: wandb artifact put sends an SAE folder"},
		{"log_optimizer_state_to_wandb", "only false, as it does nothing in sae-lens"},
		{"log_activations_store_to_wandb", "only false, as it does nothing in sae-lens"},
	}},
	{"Machine", []option{
		{"device", "what trains: cpu, cuda (in programs of make build-cuda) or auto, which says what it found"},
		{"float32_matmul_precision", "of products on a card: highest (float32) or high (TF32, faster)"},
		{"provider", "ONNX Runtime's execution provider: cpu, cuda (needs make gpu-libs), openvino (needs make deps-openvino) or auto, the fastest that the library has and that gives the golden activations"},
		{"device_id", "CUDA device, of the provider and of the training"},
		{"gpu_mem_limit", "most GPU memory for ONNX Runtime, MiB; 0 = no limit"},
		{"gpu_arena", "how that memory grows: power_of_two (few steps) or as_requested (close to what is needed)"},
		{"device_ids", "CUDA devices of the provider, with commas between: they take the batches by turns, and rows stay in their order; default device_id alone"},
		{"threads", "threads of ONNX Runtime, and as many goroutines that train, each with one of the BLAS; 0 = one per core"},
		{"prefetch", "batches of rows to compute ahead of the training step; 0 = none, -1 = 2 where a card or a bucket is part of it, else none"},
		{"workers", "goroutines that prepare pictures; 0 = one per core"},
		{"reference_model", "`DIR` of the network that an int8 or float16 one was made of, from which its drift is measured; default the golden activations beside it"},
		{"onnxruntime_lib", "`FILE` of ONNX Runtime; default $ONNXRUNTIME_SHARED_LIBRARY_PATH, then what make deps, gpu-libs or deps-openvino fetched"},
		{"blas_lib", "`FILE` of OpenBLAS; default $SAEGO_BLAS, then what make deps fetched"},
		{"onednn_lib", "`FILE` of oneDNN, for autocast; default $SAEGO_ONEDNN, then what make deps-bf16 fetched"},
	}},
}

// evalGroups are the groups of which eval takes the options, and extract, too; ofRun those
// among them that concern a training run alone, and ofTraining what extract has no use for.
var (
	evalGroups = []string{"Run", "Rows", "Data set", "Machine"}
	ofTraining = []string{"activations", "blas_lib"}
	ofRun      = []string{"output", "overwrite", "sweep", "buffer_size", "mix_fraction", "prefetch", "reference_model", "onednn_lib"}
)
