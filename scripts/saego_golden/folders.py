"""SAE folders as sae-lens writes them, with what sae-lens makes of them after loading."""

import pathlib
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sae_lens import SAE, TrainingSAE
from sae_lens.registry import get_sae_class

from . import files, saes

ROWS, D_IN, D_SAE, D_OUT = 12, 12, 32, 10
NUDGE, NUDGES, ATTEMPTS = 1e-4, 16, 200
METADATA = {"model_name": "tiny-gpt2", "hook_name": "transformer.h.1", "dataset_path": "reviews.jsonl", "context_size": 32}

LAYER = {"normalize_activations": "layer_norm"}
NORM = {"normalize_activations": "constant_norm_rescale"}
FREE = {"apply_b_dec_to_input": False}
RAW = {"rescale_acts_by_decoder_norm": False}
RESCALED = {"rescale_acts_by_decoder_norm": True}
THRESHOLD = {"jumprelu_init_threshold": 0.4}

# folder: (architecture, configuration); trained SAEs, saved for inference
TRAINED = {
    "standard": ("standard", {"l1_coefficient": 2.0}),
    "standard-free": ("standard", {"lp_norm": 2.0, **FREE}),
    "standard-layer_norm": ("standard", LAYER),
    "gated": ("gated", {}),
    "gated-constant_norm_rescale": ("gated", {**NORM, **FREE}),
    "topk": ("topk", {"k": 5, **RESCALED}),
    "topk-raw": ("topk", {"k": 5, **RAW, **FREE}),
    "topk-layer_norm": ("topk", {"k": 5, **RESCALED, **LAYER}),
    "abstopk": ("abstopk", {"k": 5, **RESCALED}),
    "abstopk-raw": ("abstopk", {"k": 5, **RAW}),
    "jumprelu": ("jumprelu", THRESHOLD),
    "jumprelu-constant_norm_rescale": ("jumprelu", {**THRESHOLD, **NORM}),
    "batchtopk": ("batchtopk", {"k": 3.5, **RESCALED}),
    "batchtopk-raw": ("batchtopk", {"k": 5, **RAW, **FREE}),
    "matryoshka_batchtopk": ("matryoshka_batchtopk", {"k": 4, "matryoshka_widths": [8, 20, 32], **RESCALED}),
}
# folder: (architecture, configuration); sae-lens has no training class for these
TRANSCODERS = {
    "transcoder": ("transcoder", {}),
    "transcoder-layer_norm": ("transcoder", LAYER),
    "skip_transcoder": ("skip_transcoder", {}),
    "jumprelu_transcoder": ("jumprelu_transcoder", {}),
    "jumprelu_skip_transcoder": ("jumprelu_skip_transcoder", NORM),
}
OLD = "jumprelu-log_threshold"


def generate(root):
    """Writes every folder, each with an io.safetensors beside the weights."""
    for name, (arch, cfg) in TRAINED.items():
        write(root / name, trained(arch, cfg), lambda sae, folder: sae.save_inference_model(folder), SAE)
    for name, (arch, cfg) in TRANSCODERS.items():
        write(root / name, transcoder(arch, cfg), lambda sae, folder: sae.save_model(folder), SAE)
    write(root / OLD, trained("jumprelu", THRESHOLD), save_old, TrainingSAE)  # SAE.load_from_disk knows no log_threshold


def write(folder, make, save, loader):
    """Saves the SAE that make(rng) gives, and what loader reads back; by the first seed that stays clear of ties."""
    for seed in range(ATTEMPTS):
        rng = np.random.default_rng(seed)
        sae = make(rng)
        for key, value in METADATA.items():
            sae.cfg.metadata[key] = value
        folder.mkdir(parents=True, exist_ok=True)
        save(sae, folder)
        loaded, x = loader.load_from_disk(folder), saes.tensor(rng.standard_normal((ROWS, D_IN)) * 2)
        if steady(loaded, x, rng):
            break
    else:
        raise SystemExit(f"golden_sae: {folder.name}: no seed below {ATTEMPTS} stays clear of ties")
    for path in folder.iterdir():
        files.rewrite(path)
    files.write(folder / "io.safetensors", through(loaded, x), {**saes.describe(sae), "seed": seed})


def trained(arch, cfg):
    def make(rng):
        sae = saes.build(arch, rng, d_in=D_IN, d_sae=D_SAE, **cfg)
        for threshold in sae.buffers():  # topk_threshold, which training would have moved
            threshold.fill_(0.6)
        return sae

    return make


def transcoder(arch, cfg):
    def make(rng):
        transcoder, config = get_sae_class(arch)
        sae = transcoder(config(d_in=D_IN, d_sae=D_SAE, d_out=D_OUT, apply_b_dec_to_input=False, **cfg))
        with torch.no_grad():
            for name, p in sorted(sae.named_parameters()):
                p.copy_(saes.tensor(rng.standard_normal(p.shape) * (0.3 if p.ndim == 2 else 0.1) + (0.4 if name == "threshold" else 0)))
        return sae

    return make


def save_old(sae, folder):
    """A checkpoint of a training SAE that holds the logarithm of its thresholds, as sae-lens' own old ones did."""
    with torch.no_grad():
        sae.threshold.clamp_(min=0.05)  # a logarithm needs positive ones
    weights, _ = sae.save_model(folder)
    state = load_file(weights)
    state["log_threshold"] = state.pop("threshold").log()
    save_file(state, weights)


@torch.no_grad()
def steady(sae, x, rng):
    """Whether the same latents fire when x changes a thousand times as much as float32 rounds."""
    fired = sae.encode(x) != 0
    nudged = (x + NUDGE * saes.tensor(rng.standard_normal(x.shape)) for _ in range(NUDGES))
    return all(torch.equal(sae.encode(other) != 0, fired) for other in nudged)


@torch.no_grad()
def through(sae, x):
    """x, its codes, and the output, which for a skip transcoder is more than the decoder's."""
    return {"x": x, "features": sae.encode(x), "reconstruction": sae(x)}


def inference_state(sae):
    """The tensors that sae-lens would save for inference, with all norms folded; sae stays as it is."""
    with tempfile.TemporaryDirectory() as tmp:
        weights, _ = sae.save_inference_model(pathlib.Path(tmp))
        return load_file(weights)
