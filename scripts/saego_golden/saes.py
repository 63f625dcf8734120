"""Small sae-lens SAEs with parameters in which nothing hides.

A fresh SAE has zero biases, equal decoder norms, equal thresholds and a tied
encoder: half of the mistakes that an implementation can make leave no trace in it.
"""

import copy

import numpy as np
import sae_lens  # fills the registry
import torch
from sae_lens.registry import get_sae_training_class

ARCHITECTURES = ("standard", "gated", "topk", "abstopk", "batchtopk", "jumprelu", "matryoshka_batchtopk")


def tensor(values):
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def build(arch, rng, silent=0, **cfg):
    """A training SAE with random parameters; the first `silent` latents start below what the data reach.

    Biases are about 0.1. Thresholds lie between half and one and a half times jumprelu_init_threshold,
    some below 0, where an optimizer's step may leave them and the next pass clamps them."""
    make, config = get_sae_training_class(arch)
    sae = make(config(dtype="float32", device="cpu", **copy.deepcopy(cfg)))  # matryoshka_widths is written to
    d_in, d_sae = sae.cfg.d_in, sae.cfg.d_sae
    directions = rng.standard_normal((d_sae, d_in))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    floor = np.where(np.arange(d_sae) < silent, 3.0, 0.0)
    values = {
        "W_enc": directions.T + 0.1 * rng.standard_normal((d_in, d_sae)),
        "b_enc": 0.1 * rng.standard_normal(d_sae) - floor,
        "W_dec": directions * rng.uniform(0.3, 1.7, (d_sae, 1)),
        "b_dec": 0.1 * rng.standard_normal(d_in),
    }
    if arch == "gated":
        values |= {name: 0.1 * rng.standard_normal(d_sae) - floor for name in ("b_gate", "b_mag")}
        values["r_mag"] = 0.3 * rng.standard_normal(d_sae)
    if arch == "jumprelu":
        values["threshold"] = np.where(rng.random(d_sae) < 0.1, -0.05, sae.cfg.jumprelu_init_threshold * rng.uniform(0.5, 1.5, d_sae))
    with torch.no_grad():
        for name, parameter in sae.named_parameters():
            parameter.copy_(tensor(values[name]))
    return sae


def double(sae):
    """The same SAE in float64; a threshold stays float32, as sae-lens insists."""
    cfg = copy.deepcopy(sae.cfg)
    cfg.dtype = "float64"
    twin = type(sae)(cfg)
    twin.load_state_dict(sae.state_dict())
    return twin


def parameters(sae, prefix=""):
    """Copies of the parameters by name, as sae-lens' state_dict names them."""
    return {prefix + name: p.detach().clone() for name, p in sorted(sae.named_parameters())}


def buffers(sae, prefix=""):
    """Copies of the buffers by name: topk_threshold (float64), of BatchTopK and its kin."""
    return {prefix + name: b.detach().clone() for name, b in sae.named_buffers()}


def describe(sae):
    """The configuration, as sae-lens holds it, without versions."""
    cfg = sae.cfg.to_dict()
    cfg.pop("metadata")
    return cfg


def coefficients(sae):
    """The coefficients of the sparsity losses at their final values."""
    return {name: c.value for name, c in sae.get_coefficients().items()}
