"""Does an SAE folder written by saego mean the same to sae-lens?

    python scripts/parity_sae.py FOLDER IO.safetensors [--tolerance 1e-5]

Loads FOLDER by sae-lens' SAE.load_from_disk, encodes and decodes x of
IO.safetensors, and compares with the features and the reconstruction that Go
wrote into the same file:

    x               (rows, d_in)
    features        (rows, d_sae)
    reconstruction  (rows, d_in)

A difference counts relative to the tensor's largest magnitude. Also looks
whether cfg.json says where the SAE comes from. One line each; exit status 1 if
anything differs. Needs scripts/requirements-parity.txt.
"""

import argparse
import pathlib
import sys

import torch
from safetensors.torch import load_file
from sae_lens import SAE

from saego_golden.files import relative

TENSORS = ("x", "features", "reconstruction")
PROVENANCE = ("model_name", "hook_name", "dataset_path")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="holds cfg.json and sae_weights.safetensors")
    parser.add_argument("io", type=pathlib.Path, help="safetensors file with x, features and reconstruction")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="largest relative difference (default: 1e-5)")
    args = parser.parse_args()
    try:
        sae, go = SAE.load_from_disk(args.folder), load(args.io)
    except Exception as err:  # sae-lens raises whatever its parsers raise
        sys.exit(f"parity_sae: {args.folder}: sae-lens cannot load it: {type(err).__name__}: {err}")
    faults = compare(sae, go, args.tolerance) + provenance(sae)
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
    features = sae.encode(go["x"])
    want = {"features": features, "reconstruction": sae.decode(features)}
    faults = 0
    for name, tensor in want.items():
        difference = relative(tensor, go[name])
        ok = difference <= tolerance
        faults += not ok
        print(f"{name:15} {str(tuple(go[name].shape)):14} largest relative difference {difference:.2e}: {verdict(ok, tolerance)}")
    return faults


def verdict(ok, tolerance):
    return "ok" if ok else f"above {tolerance:g}"


def provenance(sae):
    """Prints what cfg.json says of the SAE's origin; returns how much of it is missing."""
    missing = [key for key in PROVENANCE if not sae.cfg.metadata.get(key)]
    said = ", ".join(f"{key} {sae.cfg.metadata[key]}" for key in PROVENANCE if key not in missing)
    print(f"provenance      {said or 'none'}" + (f": lacks {', '.join(missing)}" if missing else ": ok"))
    return len(missing)


if __name__ == "__main__":
    main()
