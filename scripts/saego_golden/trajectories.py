"""Twenty steps of sae-lens' SAETrainer from given weights on given batches."""

import dataclasses

import numpy as np
import torch
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer

from . import files, folders, saes
from .recorder import Recorder

BATCH, D_IN, D_SAE, STEPS = 32, 24, 64, 20
NORM_BATCHES = 2  # drawn by sae-lens for the scaling factor before the first step
MARGIN = 5e-5  # of the median pre-activation, over all steps
ATTEMPTS = 200

TRAINER = {
    "lr": 0.01, "lr_end": 0.001, "lr_warm_up_steps": 5, "lr_decay_steps": 4, "dead_feature_window": 3,
    "feature_sampling_window": 8, "n_batches_for_norm_estimate": NORM_BATCHES,
}
SCALED = {"normalize_activations": "expected_average_only_in"}
# (architecture, silent latents, scale of the data, SAE configuration, trainer configuration)
CASES = (
    ("standard", 6, 0.15, {"l1_coefficient": 0.5, "l1_warm_up_steps": 8}, {}),
    ("standard", 6, 3.0, {"l1_coefficient": 2.0, "l1_warm_up_steps": 8, **SCALED}, {"lr_scheduler_name": "cosineannealing"}),
    ("topk", 7, 1.0, {"k": 6, "rescale_acts_by_decoder_norm": True}, {}),
    ("topk", 20, 3.0, {"k": 6, "rescale_acts_by_decoder_norm": False, "aux_loss_coefficient": 0.5, **SCALED}, {"lr_scheduler_name": "cosineannealing"}),
    ("topk", 20, 3.0, {"k": 6, "rescale_acts_by_decoder_norm": True, "apply_b_dec_to_input": False, **SCALED}, {}),
)


def generate(folder):
    """Writes <architecture>-<n>.safetensors for every case, n counting from 1."""
    count = {}
    for case in CASES:
        count[case[0]] = count.get(case[0], 0) + 1
        name = f"{case[0]}-{count[case[0]]}"
        trainer, init, drawn, seed = first_clear(case, name)
        check_unwatched(case, trainer, seed, name)
        files.write(folder / f"{name}.safetensors", results(trainer, init, drawn), describe(trainer, case, seed))


def first_clear(case, name):
    """The watched run of the first seed that stays clear of ties in every step."""
    for seed in range(ATTEMPTS):
        sae, drawn = draw(case, seed)
        init = saes.parameters(sae, "init.")
        trainer = run(Recorder, case, sae, drawn)
        if min(step["margin"] for step in trainer.steps) > MARGIN:
            return trainer, init, drawn, seed
    raise SystemExit(f"golden_sae: {name}: no seed below {ATTEMPTS} stays clear of ties")


def draw(case, seed):
    """The SAE and all batches (n, BATCH, D_IN): sparse sums of directions, a mean and noise."""
    arch, silent, scale, cfg, _ = case
    rng = np.random.default_rng(seed)
    sae = saes.build(arch, rng, silent=silent, d_in=D_IN, d_sae=D_SAE, **cfg)
    directions = rng.standard_normal((40, D_IN)) / np.sqrt(D_IN)
    count = STEPS + (NORM_BATCHES if "normalize_activations" in cfg else 0)
    shape = (count, BATCH, 40)
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
    for parameter in saes.PARAMETERS:
        if not torch.equal(getattr(plain.sae, parameter), getattr(watched.sae, parameter)):
            raise SystemExit(f"golden_sae: {name}: {parameter}: the watched run differs from an unwatched one")


def results(trainer, init, drawn):
    tensors = {**init, "batches": drawn[-STEPS:], "scaling_factor": files.series(trainer.scaling_factor)}
    if len(drawn) > STEPS:
        tensors["norm_batches"] = drawn[:-STEPS]
    tensors |= {f"final.{name}": t for name, t in trainer.final.items()}
    tensors |= {f"folded.{name}": t for name, t in folders.inference_state(trainer.sae).items()}
    tensors |= moments(trainer)
    tensors |= {f"series.{key}": files.series([step[key] for step in trainer.steps]) for key in trainer.steps[0] if key != "margin"}
    tensors["n_forward_passes_since_fired"] = trainer.n_forward_passes_since_fired
    tensors["act_freq_scores"] = trainer.act_freq_scores
    return tensors


def moments(trainer):
    """Adam's moving averages by parameter."""
    state = {name: trainer.optimizer.state[getattr(trainer.sae, name)] for name in saes.PARAMETERS}
    return {f"adam.{moment}.{name}": s[moment] for name, s in state.items() for moment in ("exp_avg", "exp_avg_sq")}


def describe(trainer, case, seed):
    """SAE and trainer configuration, and the two figures that sae-lens leaves in the SAE's metadata."""
    sae_cfg = saes.describe(trainer.sae) | {"normalize_activations": case[3].get("normalize_activations", "none")}
    cfg = dataclasses.asdict(trainer.cfg)
    cfg.pop("logger")
    final = {"l0": trainer.sae.cfg.metadata.l0, "num_dead_features": trainer.sae.cfg.metadata.num_dead_features}
    return {"sae": sae_cfg, "trainer": cfg, "final": final, "n_frac_active_samples": trainer.n_frac_active_samples, "seed": seed}
