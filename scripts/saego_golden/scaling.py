"""ActivationScaler of sae-lens: its estimates, scaled rows, and SAEs into which they are folded."""

import numpy as np
import torch
from sae_lens.training.activation_scaler import ActivationScaler

from . import files, folders, saes

D_IN, D_SAE, BATCH, BATCHES, ROWS = 10, 24, 40, 3, 12
EXACT = 1e-5  # what folding may change, of a tensor's largest value
ATTEMPTS = 200

RESCALED = {"rescale_acts_by_decoder_norm": True}
RAW = {"rescale_acts_by_decoder_norm": False}
FREE = {"apply_b_dec_to_input": False}
SAES = {
    "standard": ("standard", {}),
    "standard-free": ("standard", FREE),
    "gated-free": ("gated", FREE),
    "topk": ("topk", {"k": 4, **RESCALED}),
    "topk-raw-free": ("topk", {"k": 4, **RAW, **FREE}),
    "batchtopk": ("batchtopk", {"k": 3.5, **RESCALED}),
    "batchtopk-raw": ("batchtopk", {"k": 3.5, **RAW}),
    "jumprelu": ("jumprelu", {"jumprelu_init_threshold": 0.4}),
}
METHODS = {"scaling": "expected_average_only_in", "whitening": "covariance_whitening"}
SINGULAR = "standard-free"  # its rows lie in a subspace, so that an eigenvalue is 0


def generate(root):
    """Writes <scaling|whitening>-<SAE>.safetensors."""
    for method, normalize in METHODS.items():
        for name, (arch, cfg) in SAES.items():
            path = root / f"{method}-{name}.safetensors"
            files.write(path, *first_clear(arch, {**cfg, "normalize_activations": normalize}, path.stem, name == SINGULAR))


def first_clear(arch, cfg, name, singular):
    """The tensors and the config of the first seed that stays clear of ties."""
    for seed in range(ATTEMPTS):
        rng = np.random.default_rng(seed)
        sae = saes.build(arch, rng, d_in=D_IN, d_sae=D_SAE, **cfg)
        for threshold in sae.buffers():  # topk_threshold, which training would have moved
            threshold.fill_(0.6)
        x = rows(rng, singular)
        scaler = estimate(x[:-1], cfg["normalize_activations"])
        if folders.steady(sae, scaler.scale(x[-1][:ROWS]), rng):
            return fold(sae, scaler, x, name), {**saes.describe(sae), **cfg, "batch": BATCH, "seed": seed}
    raise SystemExit(f"golden_sae: {name}: no seed below {ATTEMPTS} stays clear of ties")


def rows(rng, singular):
    """Batches (n, BATCH, D_IN) with a mean and unequal variances."""
    x = rng.standard_normal((BATCHES + 1, BATCH, D_IN)) * np.linspace(0.3, 4, D_IN) @ rng.standard_normal((D_IN, D_IN)) + 2.0
    if singular:
        x[..., 0] = x[..., 1]
    return saes.tensor(x)


def estimate(batches, normalize):
    scaler, call = ActivationScaler(), {"d_in": D_IN, "data_provider": iter(batches), "n_batches_for_norm_estimate": len(batches)}
    if normalize == "covariance_whitening":
        scaler.estimate_whitening(**call)
    else:
        scaler.estimate_scaling_factor(**call)
    return scaler


@torch.no_grad()
def fold(sae, scaler, x, name):
    """Estimates, rows, and the SAE's parameters, codes and outputs before and after folding."""
    tensors = {"estimate": x[:-1], "x": x[-1][:ROWS], **saes.parameters(sae, "init."), **saes.buffers(sae, "init.")}
    tensors["scaled"] = scaler.scale(tensors["x"])
    tensors["unscaled"] = scaler.unscale(tensors["scaled"])
    features = sae.encode(tensors["scaled"])
    tensors |= {"features": features, "reconstruction": scaler.unscale(sae.decode(features))}
    if scaler.whitening is not None:
        w = scaler.whitening
        tensors |= {"mean": w.mean, "matrix": w.matrix, "inverse_matrix": w.inverse_matrix}
        sae.fold_activation_whitening(w.mean, w.matrix, w.inverse_matrix)
    else:
        tensors["scaling_factor"] = files.series(scaler.scaling_factor)
        sae.fold_activation_norm_scaling_factor(scaler.scaling_factor)
    tensors |= {**saes.parameters(sae, "folded."), **saes.buffers(sae, "folded.")}
    tensors |= {f"saved.{key}": t for key, t in folders.inference_state(sae).items()}
    folded = sae.encode(tensors["x"])
    tensors |= {"folded_features": folded, "folded_reconstruction": sae.decode(folded)}
    off = files.relative(tensors["reconstruction"], tensors["folded_reconstruction"])
    if off > EXACT or not torch.equal(features != 0, folded != 0):
        raise SystemExit(f"golden_sae: {name}: sae-lens' own folding changes the output by {off:.1e}")
    return tensors
