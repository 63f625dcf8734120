#!/usr/bin/env python3
"""Does an activation store hold what torch would have stored?

    check_store.py F32_STORE STORE...

Each STORE was extracted with the settings of the first one but for its dtype. Its rows
must be the first one's as torch rounds them, to the bit, with the same origins; its
sums and content hash must be hashlib's. One line per store; exit status 1 if anything
differs.
"""

import argparse
import hashlib
import pathlib
import sys

import torch

import read_store

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def whole(store, part):
    """Return all tensors of a part, its shards put together."""
    read = list(read_store.shards(store, part))
    return {name: torch.cat([shard[name] for shard in read]) for name in read[0]}


def faults(store, want):
    """Yield what is wrong with a store whose parts are to be those of want, rounded."""
    m = read_store.manifest(store)
    dtype = DTYPES[m["dtype"]]
    for part, tensors in want.items():
        for name, got in whole(store, part).items():
            values = tensors[name]
            if name in ("acts", "target"):
                values = values.to(dtype)
            if got.dtype != values.dtype or not torch.equal(got, values):
                yield f"{part}: {name} differs"
    lines = []
    for shard in (s for p in m["parts"] for s in p["shards"]):
        for file in (shard[k] for k in ("acts", "target") if k in shard):
            data = (pathlib.Path(store) / file["name"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != file["sha256"] or len(data) != file["bytes"]:
                yield f"{file['name']}: another sum or size"
            lines.append((file["name"], file["sha256"]))
    text = "".join(f"{sha}  {name}\n" for name, sha in sorted(lines))
    if hashlib.sha256(text.encode()).hexdigest() != m["content_hash"]:
        yield "another content hash"


def main(argv=None):
    p = argparse.ArgumentParser(description="Compare activation stores with what torch would have stored.")
    p.add_argument("exact", metavar="F32_STORE")
    p.add_argument("stores", nargs="+", metavar="STORE")
    args = p.parse_args(argv)
    want = {part["name"]: whole(args.exact, part["name"]) for part in read_store.manifest(args.exact)["parts"]}
    wrong = 0
    for store in [args.exact, *args.stores]:
        found = list(faults(store, want))
        rows = sum(len(t["acts"]) for t in want.values())
        print(f"{read_store.manifest(store)['dtype']}: {'; '.join(found) or 'equal to the bit'}, {rows} rows")
        wrong += bool(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
