"""Checkpoint folders as SAETrainer writes them, without the pickle trainer_state.pt."""

import pathlib
import shutil
import tempfile

import numpy as np
from sae_lens import TrainingSAE
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer

from . import files, folders, saes

BATCH, STEPS = 16, 12
TRAINER = {"lr": 0.003, "lr_end": 0.0003, "dead_feature_window": 2, "feature_sampling_window": 7, "n_batches_for_norm_estimate": 3}
HALF, FINAL = {"n_checkpoints": 1}, {"save_final_checkpoint": True}

# folder: (architecture, SAE configuration, trainer configuration); one checkpoint each
CASES = {
    "standard": ("standard", {"l1_coefficient": 0.5, "normalize_activations": "expected_average_only_in"}, FINAL),
    "gated": ("gated", {"l1_coefficient": 0.5, "apply_b_dec_to_input": False}, HALF),
    "batchtopk": ("batchtopk", {"k": 3.5, "normalize_activations": "expected_average_only_in"}, HALF),
    "jumprelu": ("jumprelu", {"jumprelu_init_threshold": 0.4, "normalize_activations": "covariance_whitening"}, HALF),
    "matryoshka_batchtopk": ("matryoshka_batchtopk", {"k": 4, "matryoshka_widths": [8, 20, 32]}, FINAL),
}


def generate(root):
    """Writes every folder, each with an io.safetensors: the loaded SAE's codes, and the trainer's counters."""
    for name, case in CASES.items():
        tensors, config = first_clear(case, root / name)
        files.write(root / name / "io.safetensors", tensors, config)


def first_clear(case, folder):
    """Writes the checkpoint of the first seed whose codes stay clear of ties; returns what goes beside it."""
    for seed in range(folders.ATTEMPTS):
        rng = np.random.default_rng(seed)
        counters, config = train(case, rng, folder)
        loaded, x = TrainingSAE.load_from_disk(folder), saes.tensor(rng.standard_normal((folders.ROWS, folders.D_IN)))
        if folders.steady(loaded, x, rng):
            return folders.through(loaded, x) | counters, config | {"seed": seed}
    raise SystemExit(f"golden_sae: checkpoint {folder.name}: no seed below {folders.ATTEMPTS} stays clear of ties")


def train(case, rng, folder):
    """Trains, copies the only checkpoint to folder, and returns the trainer's state when it was written."""
    arch, cfg, trainer_cfg = case
    sae = saes.build(arch, rng, silent=3, d_in=folders.D_IN, d_sae=folders.D_SAE, **cfg)
    for key, value in folders.METADATA.items():
        sae.cfg.metadata[key] = value
    x = saes.tensor(rng.standard_normal((STEPS + TRAINER["n_batches_for_norm_estimate"], BATCH, folders.D_IN)) * 2 + 0.3)
    states = []
    with tempfile.TemporaryDirectory() as tmp:
        config = SAETrainerConfig(
            total_training_samples=STEPS * BATCH, train_batch_size_samples=BATCH, checkpoint_path=tmp,
            logger=LoggingConfig(log_to_wandb=False), **TRAINER, **trainer_cfg,
        )
        trainer = SAETrainer(config, sae, iter(x), save_checkpoint_fn=lambda checkpoint_path: states.append(state(trainer)))
        trainer.fit()
        (checkpoint,) = pathlib.Path(tmp).iterdir()
        copy(checkpoint, folder)
    return states[0]


def state(trainer):
    """What save_checkpoint puts into trainer_state.pt beside optimizer and schedulers, as tensors and numbers."""
    tensors = ("n_forward_passes_since_fired", "act_freq_scores")
    numbers = ("n_training_samples", "n_training_steps", "n_frac_active_samples")
    return {name: getattr(trainer, name).clone() for name in tensors}, {name: getattr(trainer, name) for name in numbers}


def copy(checkpoint, folder):
    """Copies the files, in an order of their own, except the pickle."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in checkpoint.iterdir():
        if path.suffix != ".pt":
            shutil.copyfile(path, folder / path.name)
            files.rewrite(folder / path.name)
