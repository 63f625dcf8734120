"""SAE folders as sae-lens writes them, with what sae-lens makes of them after loading."""

import json
import pathlib
import tempfile

import numpy as np
import torch
from safetensors.torch import load_file
from sae_lens import SAE

from . import files, saes
from .margins import margin

ROWS = 12
CFG = {"standard": {"l1_coefficient": 2.0}, "topk": {"k": 5, "rescale_acts_by_decoder_norm": True}}
METADATA = {"model_name": "tiny-gpt2", "hook_name": "transformer.h.1", "dataset_path": "reviews.jsonl", "context_size": 32}


def generate(root):
    """Writes saelens-standard/ and saelens-topk/, each with an io.safetensors beside the weights."""
    for seed, arch in enumerate(saes.CLASSES):
        rng = np.random.default_rng(seed)
        sae = saes.build(arch, rng, d_in=12, d_sae=32, **CFG[arch])
        for key, value in METADATA.items():
            sae.cfg.metadata[key] = value
        folder = root / f"saelens-{arch}"
        save(sae, folder)
        x = saes.tensor(rng.standard_normal((ROWS, 12)) * 2)
        if margin(sae, sae.encode_with_hidden_pre(x)[1], torch.zeros(32, dtype=torch.bool)) < 1e-5:
            raise SystemExit(f"golden_sae: saelens-{arch}: seed {seed} is near a tie: choose another")
        files.write(folder / "io.safetensors", through(folder, x), {**saes.describe(sae), "seed": seed})


def save(sae, folder):
    """sae-lens' own files; cfg.json gets its keys sorted, which sae-lens leaves to chance."""
    sae.save_inference_model(folder)
    cfg = folder / "cfg.json"
    cfg.write_text(json.dumps(json.loads(cfg.read_text()), indent=1, sort_keys=True) + "\n")


@torch.no_grad()
def through(folder, x):
    """x, its codes and its reconstruction by the SAE that sae-lens loads from folder."""
    sae = SAE.load_from_disk(folder)
    features = sae.encode(x)
    return {"x": x, "features": features, "reconstruction": sae.decode(features)}


def inference_state(sae):
    """The tensors that sae-lens would save for inference, with all norms folded; sae stays as it is."""
    with tempfile.TemporaryDirectory() as tmp:
        weights, _ = sae.save_inference_model(pathlib.Path(tmp))
        return load_file(weights)
