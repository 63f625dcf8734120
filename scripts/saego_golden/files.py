"""Golden files: writing them, and comparing two folders of them."""

import json
import pathlib
import struct

import numpy as np
import sae_lens
import torch
from safetensors import safe_open
from safetensors.torch import save

REGENERATE = "python scripts/golden_sae.py --output ."
VERSIONS = {"sae_lens": sae_lens.__version__, "torch": torch.__version__.split("+")[0], "numpy": np.__version__}


def write(path, tensors, config):
    """One case: tensors, with config, versions and generator as JSON in the metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.detach().contiguous().clone() for name, t in tensors.items()}
    metadata = {"config": json.dumps(config, sort_keys=True), "versions": json.dumps(VERSIONS), "generator": REGENERATE}
    path.write_bytes(ordered(save(tensors, metadata=metadata)))


def ordered(data):
    """The same safetensors file with a sorted header, whose order the library leaves to chance."""
    (size,) = struct.unpack("<Q", data[:8])
    header = json.dumps(json.loads(data[8 : 8 + size]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data[8 + size :]


def rewrite(path):
    """Sorts the header of a file that sae-lens wrote, or the keys of its JSON."""
    if path.suffix == ".json":
        path.write_text(json.dumps(json.loads(path.read_text()), indent=1, sort_keys=True) + "\n")
    else:
        path.write_bytes(ordered(path.read_bytes()))


def series(values):
    """A list of numbers, one per step, as a float64 tensor."""
    return torch.tensor(values, dtype=torch.float64)


def compare(want, got, tolerance):
    """Yields a line for everything in which folder got differs from folder want."""
    names = golden_names(want)
    for name in sorted(names ^ golden_names(got)):
        yield f"{name}: only in {'the committed folder' if name in names else 'the regenerated folder'}"
    for name in sorted(names & golden_names(got)):
        if name.endswith(".json"):
            differ = json.loads((want / name).read_text()) != json.loads((got / name).read_text())
            yield from [f"{name}: differs"] if differ else []
        else:
            yield from compare_tensors(name, want / name, got / name, tolerance)


def golden_names(root):
    """Names of the generated files below root, with forward slashes."""
    return {p.relative_to(root).as_posix() for p in pathlib.Path(root).rglob("*") if p.suffix in (".json", ".safetensors")}


def compare_tensors(name, want, got, tolerance):
    with safe_open(want, "pt") as a, safe_open(got, "pt") as b:
        if (a.metadata() or {}).get("config") != (b.metadata() or {}).get("config"):
            yield f"{name}: config differs"
        for key in sorted(set(a.keys()) ^ set(b.keys())):
            yield f"{name}: {key}: only in one of the two"
        for key in sorted(set(a.keys()) & set(b.keys())):
            difference = relative(a.get_tensor(key), b.get_tensor(key))
            if not difference <= tolerance:  # NaN is a difference too
                yield f"{name}: {key}: differs by {difference:.1e} of its largest value"


@torch.no_grad()
def relative(want, got):
    """Largest difference, as a part of the largest magnitude in want."""
    if want.shape != got.shape or not bool(torch.isfinite(got).all()):
        return float("inf")
    if want.numel() == 0:
        return 0.0
    want, got = want.double(), got.double()
    return float((want - got).abs().max() / want.abs().max().clamp_min(1e-30))
