"""One forward and backward pass: losses and the gradient of every parameter."""

import numpy as np
import torch
from sae_lens.saes.sae import TrainStepInput

from . import files, saes
from .margins import margin
from .stepcases import CASES

MARGIN = 1e-4  # of the median pre-activation: a thousand times float32's rounding
AGREE = 2e-6  # of a tensor's largest value, between float32 and float64: a fifth of what the Go tests allow
ATTEMPTS = 2000


def generate(folder):
    """Writes <architecture>-<n>.safetensors for every case, n counting from 1."""
    count = {}
    for case in CASES:
        count[case[0]] = count.get(case[0], 0) + 1
        name = f"{case[0]}-{count[case[0]]}"
        sae, tensors, seed = first_clear(case, name)
        config = saes.describe(sae) | {"coefficients": saes.coefficients(sae), "batch": case[1], "seed": seed}
        files.write(folder / f"{name}.safetensors", tensors, config)


def first_clear(case, name):
    """The pass of the first seed that stays clear of ties and comes out alike in float64."""
    for seed in range(ATTEMPTS):
        sae, x, dead = draw(case, np.random.default_rng(seed))
        twin = saes.double(sae)
        gap, tensors = run(sae, x, dead)
        if gap > MARGIN and agrees(tensors, run(twin, x.double(), dead)[1]):
            return sae, tensors, seed
    raise SystemExit(f"golden_sae: {name}: no seed below {ATTEMPTS} stays clear of ties: make the case smaller")


def draw(case, rng):
    arch, batch, d_in, d_sae, n_dead, cfg = case
    sae = saes.build(arch, rng, d_in=d_in, d_sae=d_sae, **cfg)
    x = saes.tensor(rng.standard_normal((batch, d_in)) + 0.2)
    dead = torch.zeros(d_sae, dtype=torch.bool)
    dead[rng.permutation(d_sae)[:n_dead]] = True
    return sae, x, dead


def run(sae, x, dead):
    """The margin of sae-lens' training pass, and all that goes into it and comes out of it."""
    out = forward(sae, x, dead)
    gap = margin(sae, out, dead)
    tensors = {**saes.parameters(sae), "x": x, "dead": dead.float()}  # thresholds as clamped: a pass changes nothing else
    out.loss.backward()
    tensors |= {"hidden_pre": out.hidden_pre, "feature_acts": out.feature_acts, "sae_out": out.sae_out}
    tensors |= {"loss": out.loss, **out.losses, **out.metrics}
    tensors |= {f"grad.{name}": p.grad for name, p in sae.named_parameters()}
    return gap, tensors


def forward(sae, x, dead):
    """sae-lens' training pass with the coefficients at their final values."""
    step = TrainStepInput(sae_in=x, coefficients=saes.coefficients(sae), dead_neuron_mask=dead, n_training_steps=0, is_logging_step=False)
    return sae.training_forward_pass(step)


def agrees(tensors, twin):
    return all(files.relative(twin[name], tensors[name]) <= AGREE for name in tensors)
