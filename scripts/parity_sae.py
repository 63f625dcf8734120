"""Does an SAE folder written by saego mean the same to sae-lens?

    python scripts/parity_sae.py FOLDER IO.safetensors [--training] [--tolerance 1e-5]

Loads FOLDER by sae-lens, of whichever architecture cfg.json names, runs it on x
of IO.safetensors, and compares with what Go wrote into the same file:

    x               (rows, d_in)
    features        (rows, d_sae)   encode(x)
    reconstruction  (rows, d_in)    the output; (rows, d_out) of a transcoder, skip included

Without --training, FOLDER is one for inference and SAE.load_from_disk loads it.
With --training it is a checkpoint: TrainingSAE.load_from_disk loads it, and so
must what sae-lens does to resume (load_weights_from_checkpoint into a fresh SAE,
ActivationScaler.load); sparsity.safetensors must hold a finite value per latent.
A BatchTopK then chooses over all rows of x together. trainer_state.pt, a pickle
of torch, is not asked for.

A difference counts relative to the tensor's largest magnitude. Also looks
whether cfg.json says where the SAE comes from. One line each; exit status 1 if
anything differs. Needs scripts/requirements-parity.txt.
"""

import argparse
import copy
import pathlib
import sys

import torch
from safetensors.torch import load_file
from sae_lens import SAE, TrainingSAE
from sae_lens.constants import ACTIVATION_SCALER_CFG_FILENAME, SPARSITY_FILENAME
from sae_lens.training.activation_scaler import ActivationScaler

from saego_golden.files import relative

TENSORS = ("x", "features", "reconstruction")
PROVENANCE = ("model_name", "hook_name", "dataset_path")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="holds cfg.json and sae_weights.safetensors")
    parser.add_argument("io", type=pathlib.Path, help="safetensors file with x, features and reconstruction")
    parser.add_argument("--training", action="store_true", help="the folder is a training checkpoint")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="largest relative difference (default: 1e-5)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    try:
        sae, go = (TrainingSAE if args.training else SAE).load_from_disk(args.folder), load(args.io)
        faults = checkpoint(sae, args.folder) if args.training else 0
    except Exception as err:  # sae-lens raises whatever its parsers raise
        sys.exit(f"parity_sae: {args.folder}: sae-lens cannot load it: {type(err).__name__}: {err}")
    print(f"architecture    {sae.cfg.architecture()}, d_in {sae.cfg.d_in}, d_sae {sae.cfg.d_sae}")
    faults += compare(sae, go, args.tolerance) + provenance(sae)
    sys.exit(1 if faults else 0)


def load(path):
    tensors = load_file(path)
    missing = [name for name in TENSORS if name not in tensors]
    if missing:
        sys.exit(f"parity_sae: {path}: lacks {', '.join(missing)}")
    return tensors


@torch.no_grad()
def compare(sae, go, tolerance):
    """Prints a line per tensor; returns how many differ.

    sae-lens decodes its own codes, so that the second line covers the whole way."""
    want = {"features": sae.encode(go["x"]), "reconstruction": sae(go["x"])}
    faults = 0
    for name, tensor in want.items():
        difference = relative(tensor, go[name])
        ok = difference <= tolerance
        faults += not ok
        print(f"{name:15} {str(tuple(go[name].shape)):14} largest relative difference {difference:.2e}: {verdict(ok, tolerance)}")
    return faults


def verdict(ok, tolerance):
    return "ok" if ok else f"above {tolerance:g}"


def checkpoint(sae, folder):
    """Loads the rest of a checkpoint as sae-lens resumes from it; returns how much is wrong."""
    fresh = type(sae)(copy.deepcopy(sae.cfg))
    fresh.load_weights_from_checkpoint(folder)
    same = all(torch.equal(value.to(sae.state_dict()[name]), sae.state_dict()[name]) for name, value in fresh.state_dict().items())
    scaler = ActivationScaler()
    scaler.load(folder / ACTIVATION_SCALER_CFG_FILENAME)
    sparsity = load_file(folder / SPARSITY_FILENAME)["sparsity"]
    counted = sparsity.shape == (sae.cfg.d_sae,) and bool(torch.isfinite(sparsity).all())
    print(f"weights         {', '.join(sorted(fresh.state_dict()))}: {'ok' if same else 'load_from_disk and load_weights_from_checkpoint differ'}")
    print(f"scaler          factor {scaler.scaling_factor}, whitening {'yes' if scaler.whitening else 'no'}")
    print(f"sparsity        {tuple(sparsity.shape)}: {'ok' if counted else 'want a finite value per latent'}")
    return (not same) + (not counted)


def provenance(sae):
    """Prints what cfg.json says of the SAE's origin; returns how much of it is missing."""
    missing = [key for key in PROVENANCE if not sae.cfg.metadata.get(key)]
    said = ", ".join(f"{key} {sae.cfg.metadata[key]}" for key in PROVENANCE if key not in missing)
    print(f"provenance      {said or 'none'}" + (f": lacks {', '.join(missing)}" if missing else ": ok"))
    return len(missing)


if __name__ == "__main__":
    main()
