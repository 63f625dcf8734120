package cli

import "errors"

// usageError is a mistake in how the program was called: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage marks err as a mistake of the caller; nil stays nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func exitCode(err error) int {
	var u usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &u):
		return exitUsage
	}
	return exitFailed
}

// usageOf says in one line what each setting is. A test keeps it complete.
var usageOf = map[string]string{
	"preset":    "settings to start from: demo (small embedded model and data) or guide (SAELens' guide as written)",
	"model":     "model folder, made by scripts/export_onnx.py; \"demo\" is the embedded one",
	"data":      "data set: texts (aclImdb folder, .csv, .tsv, .jsonl[.gz], .parquet) or a folder of pictures by class",
	"output":    "folder for this run",
	"overwrite": "replace an earlier run in the output folder",
	"seed":      "of the shuffling, the initialisation and the held-out split; equal seeds give equal files",
	"hook":      "hook point to read: transformer.h.6, blocks.6",

	"architecture":                 "standard or topk",
	"d_sae":                        "latents; 0 = expansion_factor × d_in",
	"expansion_factor":             "latents per value of a row, where d_sae is 0",
	"k":                            "latents kept per row (topk)",
	"l1_coefficient":               "weight of the sparsity loss (standard)",
	"aux_loss_coefficient":         "weight of the loss that revives dead latents (topk)",
	"rescale_acts_by_decoder_norm": "rank latents by their share in the output (topk)",
	"apply_b_dec_to_input":         "subtract b_dec before encoding",
	"decoder_init_norm":            "norm of W_dec's rows at the start; 0 = as drawn",
	"normalize_activations":        "none, or expected_average_only_in: scale rows to an average norm of √d_in",

	"total_training_samples":      "rows to train on (also --training-tokens)",
	"train_batch_size_samples":    "rows per step",
	"lr":                          "learning rate at its highest",
	"lr_end":                      "where a cosine schedule ends; 0 = a tenth of lr",
	"lr_scheduler_name":           "constant, cosineannealing or cosineannealingwarmrestarts",
	"n_restart_cycles":            "cycles of cosineannealingwarmrestarts",
	"lr_warm_up_steps":            "steps until the rate is lr; -1 = a 20th of the run",
	"lr_decay_steps":              "steps at the end over which the rate falls to 0; -1 = a 5th of the run",
	"l1_warm_up_steps":            "steps until the sparsity loss counts in full; -1 = a 20th of the run",
	"adam_beta1":                  "Adam's decay of the gradient's mean",
	"adam_beta2":                  "Adam's decay of the gradient's square",
	"dead_feature_window":         "steps without firing after which a latent is dead; -1 = a 10th of the run, 20 to 1000",
	"feature_sampling_window":     "steps over which firing is counted; -1 = a 5th of the run, at most 2000",
	"n_batches_for_norm_estimate": "batches from which the rows' scale and mean are taken; they are trained on, too",
	"b_dec_init_method":           "mean: b_dec starts at the mean row; zeros: as in sae-lens 6",
	"log_every_n_steps":           "steps between entries in metrics.jsonl",
	"eval_every_n_steps":          "steps between evaluations; -1 = a 10th of the run, 0 = at the end alone",
	"n_checkpoints":               "checkpoints, spread evenly over the run",

	"held_out_fraction": "share of the examples kept for evaluation; 0 = none",
	"eval_rows":         "held-out rows to evaluate on",
	"buffer_size":       "rows held in memory to mix",
	"mix_fraction":      "share of the buffer kept at each refill; 0 keeps the data's order",

	"provider":        "ONNX Runtime's execution provider: cpu or cuda",
	"device_id":       "CUDA device",
	"gpu_mem_limit":   "most GPU memory for ONNX Runtime, MiB; 0 = no limit",
	"threads":         "threads of ONNX Runtime; 0 = one per core",
	"onnxruntime_lib": "path of ONNX Runtime's shared library; default: $ONNXRUNTIME_SHARED_LIBRARY_PATH, then what make deps fetched",
	"blas_lib":        "path of OpenBLAS; default: $SAEGO_BLAS, then what make deps fetched",

	"passes":                   "ignored in training, which passes through the data until it has its rows",
	"context_size":             "most tokens of a text; 0 = what the model takes",
	"store_batch_size_prompts": "texts in each forward pass",
	"exclude_padding":          "drop positions that the attention mask hides",
	"exclude_first_position":   "drop position 0, where GPT-2 has an attention sink",
	"exclude_special_tokens":   "drop the model's special tokens",
	"pad_to_context":           "pad to context_size, not to the longest text of a forward pass",
	"text_field":               "column or key of the text",
	"label_field":              "column or key of the label",
	"split":                    "part of a data folder to read",
	"labels":                   "class names by index",

	"store_batch_size_images": "pictures in each forward pass",
	"rows":                    "positions to keep: patches, cls or all",
	"max_skipped":             "share of pictures that may be unreadable, beyond the first 10",
	"workers":                 "goroutines that prepare pictures; 0 = one per core",
	"max_pixels":              "pixels above which a picture is skipped undecoded",
	"max_bytes":               "file size above which a picture is skipped",
	"pillow":                  "Pillow whose resize is followed: 12, 13, or 0 for the exporter's",
}
