#!/usr/bin/env python3
"""Read rows that `classifier-sae extract` or `vision-sae extract` stored.

    read_store.py STORE [--part train]

prints what a part of a store holds. The two functions are all that a program of one's
own needs, with safetensors and torch:

    for shard in read_store.shards("out/acts"):
        shard["acts"]       # (n, d_in), in the dtype of the store
        shard["example"]    # (n), index of the example in its data set
        shard["pos"]        # (n), position in the network's sequence
        shard["token"]      # (n), token id; "patch" for pictures
        shard["label"]      # (n), label of the example, -1 for none
        shard["target"]     # (n, d_out), for transcoders

Each shard is read when it comes, and none of it before a tensor is touched.
docs/formats.md describes the files. Exit codes: 0, 1 for an error, 2 wrong usage.
"""

import argparse
import json
import pathlib
import sys

from safetensors import safe_open


def manifest(store):
    """Return what manifest.json says of a whole store."""
    with open(pathlib.Path(store) / "manifest.json", encoding="utf-8") as f:
        m = json.load(f)
    if m["format"] != "saego activation store" or m["version"] != 1:
        raise ValueError(f"{store}: format is {m['format']!r} {m['version']}, want 'saego activation store' 1")
    return m


def shards(store, part="train", framework="pt"):
    """Yield the tensors of each shard of a part, by name."""
    parts = {p["name"]: p for p in manifest(store)["parts"]}
    if part not in parts:
        raise ValueError(f"{store}: no part {part!r}, there are {', '.join(parts)}")
    for shard in parts[part]["shards"]:
        tensors = {}
        with safe_open(pathlib.Path(store) / shard["acts"]["name"], framework=framework) as f:
            tensors.update((name, f.get_tensor(name)) for name in f.keys())
        if "target" in shard:
            with safe_open(pathlib.Path(store) / shard["target"]["name"], framework=framework) as f:
                tensors["target"] = f.get_tensor("acts")
        yield tensors


def main(argv=None):
    p = argparse.ArgumentParser(description="Say what a part of an activation store holds.")
    p.add_argument("store", help="folder that extract wrote")
    p.add_argument("--part", default="train", help="train (default) or held")
    args = p.parse_args(argv)
    try:
        m = manifest(args.store)
        rows = norm = 0
        examples, shape = set(), None
        for shard in shards(args.store, args.part):
            acts = shard["acts"]
            rows, shape = rows + len(acts), acts.shape
            norm += acts.float().norm(dim=1).sum().item()
            examples.update(shard["example"].tolist())
    except (OSError, ValueError, KeyError) as e:
        print(f"read_store: {e}", file=sys.stderr)
        return 1
    print(f"{m['model']}, hook {m['hook']}, part {args.part}: {rows} rows of {shape[1]} values in {m['dtype']}, "
          f"of {len(examples)} examples, mean norm {norm / rows:.4g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
