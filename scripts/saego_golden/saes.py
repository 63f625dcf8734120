"""Small sae-lens SAEs with parameters in which nothing hides.

A fresh SAE has zero biases, equal decoder norms and a tied encoder: half of the
mistakes that an implementation can make leave no trace in it.
"""

import numpy as np
import torch
from sae_lens import StandardTrainingSAE, StandardTrainingSAEConfig, TopKTrainingSAE, TopKTrainingSAEConfig

CLASSES = {
    "standard": (StandardTrainingSAE, StandardTrainingSAEConfig),
    "topk": (TopKTrainingSAE, TopKTrainingSAEConfig),
}
PARAMETERS = ("W_enc", "b_enc", "W_dec", "b_dec")


def tensor(values):
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def build(arch, rng, silent=0, **cfg):
    """A training SAE with random parameters; the first `silent` latents start below what the data reach."""
    make, config = CLASSES[arch]
    sae = make(config(dtype="float32", device="cpu", **cfg))
    d_in, d_sae = sae.cfg.d_in, sae.cfg.d_sae
    directions = rng.standard_normal((d_sae, d_in))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    values = {
        "W_enc": directions.T + 0.1 * rng.standard_normal((d_in, d_sae)),
        "b_enc": 0.1 * rng.standard_normal(d_sae) - np.where(np.arange(d_sae) < silent, 3.0, 0.0),
        "W_dec": directions * rng.uniform(0.3, 1.7, (d_sae, 1)),
        "b_dec": 0.1 * rng.standard_normal(d_in),
    }
    with torch.no_grad():
        for name in PARAMETERS:
            getattr(sae, name).copy_(tensor(values[name]))
    return sae


def parameters(sae, prefix=""):
    """Copies of the parameters by name, as sae-lens' state_dict names them."""
    return {prefix + name: getattr(sae, name).detach().clone() for name in PARAMETERS}


def describe(sae):
    """The configuration, as sae-lens holds it, without versions."""
    cfg = sae.cfg.to_dict()
    cfg.pop("metadata")
    return cfg
