"""One forward and backward pass: losses and the gradient of every parameter."""

import numpy as np
import torch
from sae_lens.saes.sae import TrainStepInput

from . import files, saes
from .margins import margin

MARGIN = 1e-4  # of the median pre-activation: a thousand times float32's rounding
ATTEMPTS = 2000

# (architecture, batch, d_in, d_sae, dead latents, configuration)
CASES = (
    ("standard", 8, 6, 16, 0, {"l1_coefficient": 1.0}),
    ("standard", 16, 24, 64, 5, {"l1_coefficient": 5.0, "apply_b_dec_to_input": False}),
    ("standard", 33, 40, 96, 0, {"l1_coefficient": 0.05}),
    ("topk", 8, 6, 16, 0, {"k": 3, "rescale_acts_by_decoder_norm": True}),
    ("topk", 16, 24, 64, 5, {"k": 8, "rescale_acts_by_decoder_norm": True}),
    ("topk", 33, 40, 96, 31, {"k": 7, "rescale_acts_by_decoder_norm": False, "apply_b_dec_to_input": False}),
    ("topk", 16, 24, 64, 30, {"k": 8, "rescale_acts_by_decoder_norm": True, "aux_loss_coefficient": 0.5}),
    ("topk", 16, 24, 64, 5, {"k": 40, "rescale_acts_by_decoder_norm": False}),  # more than are positive
)


def generate(folder):
    """Writes <architecture>-<n>.safetensors for every case, n counting from 1."""
    count = {}
    for arch, batch, d_in, d_sae, n_dead, cfg in CASES:
        count[arch] = count.get(arch, 0) + 1
        name = f"{arch}-{count[arch]}"
        make = lambda rng: draw(arch, batch, d_in, d_sae, n_dead, cfg, rng)
        sae, x, dead, out, seed = first_clear(make, name)
        tensors = results(sae, x, dead, out)
        files.write(folder / f"{name}.safetensors", tensors, {**saes.describe(sae), "batch": batch, "seed": seed})


def first_clear(make, name):
    """The case of the first seed that stays clear of ties."""
    for seed in range(ATTEMPTS):
        sae, x, dead = make(np.random.default_rng(seed))
        out = forward(sae, x, dead)
        if margin(sae, out.hidden_pre, dead) > MARGIN:
            return sae, x, dead, out, seed
    raise SystemExit(f"golden_sae: {name}: no seed below {ATTEMPTS} stays clear of ties: make the case smaller")


def draw(arch, batch, d_in, d_sae, n_dead, cfg, rng):
    sae = saes.build(arch, rng, d_in=d_in, d_sae=d_sae, **cfg)
    x = saes.tensor(rng.standard_normal((batch, d_in)) + 0.2)
    dead = torch.zeros(d_sae, dtype=torch.bool)
    dead[rng.permutation(d_sae)[:n_dead]] = True
    return sae, x, dead


def forward(sae, x, dead):
    """sae-lens' training pass with the coefficients at their final values."""
    coefficients = {name: c.value for name, c in sae.get_coefficients().items()}
    step = TrainStepInput(sae_in=x, coefficients=coefficients, dead_neuron_mask=dead, n_training_steps=0, is_logging_step=False)
    return sae.training_forward_pass(step)


def results(sae, x, dead, out):
    out.loss.backward()
    tensors = {**saes.parameters(sae), "x": x, "dead": dead.float()}
    tensors |= {"hidden_pre": out.hidden_pre, "feature_acts": out.feature_acts, "sae_out": out.sae_out}
    tensors |= {"loss": out.loss, **out.losses}
    tensors |= {f"grad.{name}": getattr(sae, name).grad for name in saes.PARAMETERS}
    return tensors
