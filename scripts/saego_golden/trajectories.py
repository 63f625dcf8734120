"""Fifty steps of sae-lens' SAETrainer from given weights on given batches."""

import dataclasses

import numpy as np
import torch
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer

from . import files, folders, saes
from .recorder import Recorder
from .trajectorycases import CASES, NORM_BATCHES, TRAINER

BATCH, D_IN, D_SAE, STEPS = 20, 16, 40, 50
MARGIN = 2e-5  # of the median pre-activation, over all steps
AGREE = 5e-6  # of a tensor's largest value, between float32 and float64: a twentieth of what the Go tests allow
ATTEMPTS = 500


def generate(folder):
    """Writes <architecture>-<n>.safetensors for every case, n counting from 1."""
    count = {}
    for case in CASES:
        count[case[0]] = count.get(case[0], 0) + 1
        name = f"{case[0]}-{count[case[0]]}"
        trainer, tensors, seed = first_clear(case, name)
        check_unwatched(case, trainer, seed, name)
        files.write(folder / f"{name}.safetensors", tensors, describe(trainer, case, seed))


def first_clear(case, name):
    """The watched run of the first seed that stays clear of ties in every step and ends alike in float64."""
    for seed in range(ATTEMPTS):
        sae, drawn = draw(case, seed)
        given = inputs(sae, drawn)
        twin = saes.double(sae)
        trainer = run(Recorder, case, sae, drawn)
        if min(step["margin"] for step in trainer.steps) > MARGIN:
            tensors = results(trainer)
            if agrees(tensors, results(run(Recorder, case, twin, drawn.double()))):
                return trainer, given | tensors, seed
    raise SystemExit(f"golden_sae: {name}: no seed below {ATTEMPTS} stays clear of ties")


def draw(case, seed):
    """The SAE and all batches (n, BATCH, D_IN): sparse sums of directions, a mean and noise."""
    arch, silent, scale, cfg, _ = case
    rng = np.random.default_rng(seed)
    sae = saes.build(arch, rng, silent=silent, d_in=D_IN, d_sae=D_SAE, **cfg)
    directions = rng.standard_normal((30, D_IN)) / np.sqrt(D_IN)
    count = STEPS + (NORM_BATCHES if cfg.get("normalize_activations") == "expected_average_only_in" else 0)
    shape = (count, BATCH, 30)
    codes = np.where(rng.random(shape) < 0.1, rng.uniform(1, 3, shape), 0)
    x = codes @ directions + 0.3 + 0.05 * rng.standard_normal((count, BATCH, D_IN))
    return sae, saes.tensor(scale * x)


def run(trainer_class, case, sae, drawn):
    """Trains sae by trainer_class and returns the trainer."""
    cfg = SAETrainerConfig(
        total_training_samples=STEPS * BATCH, train_batch_size_samples=BATCH, logger=LoggingConfig(log_to_wandb=False), **(TRAINER | case[4])
    )
    trainer = trainer_class(cfg, sae, iter(drawn))
    estimated = {}
    fold = sae.fold_activation_norm_scaling_factor
    sae.fold_activation_norm_scaling_factor = lambda factor: (estimated.update(factor=factor), fold(factor))
    trainer.fit()
    trainer.scaling_factor = estimated.get("factor", 1.0)
    return trainer


def check_unwatched(case, watched, seed, name):
    """Refuses a recorder that changes what it watches: a plain SAETrainer must end at the same bits."""
    plain = run(SAETrainer, case, *draw(case, seed))
    for parameter, value in plain.sae.state_dict().items():
        if not torch.equal(value, watched.sae.state_dict()[parameter]):
            raise SystemExit(f"golden_sae: {name}: {parameter}: the watched run differs from an unwatched one")


def agrees(tensors, twin):
    return all(files.relative(twin[name], tensors[name]) <= AGREE for name in tensors)


def inputs(sae, drawn):
    """What the run starts from: parameters and rows."""
    tensors = {**saes.parameters(sae, "init."), "batches": drawn[-STEPS:]}
    if len(drawn) > STEPS:
        tensors["norm_batches"] = drawn[:-STEPS]
    return tensors


def results(trainer):
    """What the run ends with, and what it recorded on its way."""
    tensors = {"scaling_factor": files.series(trainer.scaling_factor)}
    tensors |= {f"final.{name}": t for name, t in trainer.final.items()}
    tensors |= {f"folded.{name}": t for name, t in folders.inference_state(trainer.sae).items()}
    tensors |= moments(trainer)
    tensors |= {f"series.{key}": files.series([step[key] for step in trainer.steps]) for key in trainer.steps[0] if key != "margin"}
    tensors["n_forward_passes_since_fired"] = trainer.n_forward_passes_since_fired
    tensors["act_freq_scores"] = trainer.act_freq_scores
    return tensors


def moments(trainer):
    """Adam's moving averages by parameter."""
    state = {name: trainer.optimizer.state[p] for name, p in trainer.sae.named_parameters()}
    return {f"adam.{moment}.{name}": s[moment] for name, s in state.items() for moment in ("exp_avg", "exp_avg_sq")}


def describe(trainer, case, seed):
    """SAE and trainer configuration, and the two figures that sae-lens leaves in the SAE's metadata."""
    sae_cfg = saes.describe(trainer.sae) | {"normalize_activations": case[3].get("normalize_activations", "none")}
    cfg = dataclasses.asdict(trainer.cfg)
    cfg.pop("logger")
    final = {"l0": trainer.sae.cfg.metadata.l0, "num_dead_features": trainer.sae.cfg.metadata.num_dead_features}
    return {"sae": sae_cfg, "trainer": cfg, "final": final, "n_frac_active_samples": trainer.n_frac_active_samples, "seed": seed}
