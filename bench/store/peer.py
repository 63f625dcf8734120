"""The peer's side of bench/store: the safetensors library, with torch's tensors.

    python bench/store/peer.py

Answers commands, see serve.py. `op` is

    open   says what is stored, and draws one batch of rows
    write  rounds batches into shards, hashes and saves each, to the disk: `seconds`
    read   maps each shard, and takes its rows in random order as float32, batch by batch: `seconds`

Needs requirements-parity.txt.
"""

import hashlib
import os
import pathlib
import sys
import time

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "process"))
from serve import serve  # noqa: E402

DTYPES = {"F16": torch.float16, "F32": torch.float32}


class Peer:
    def open(self, dir, dtype, rows, width, shard, batch):
        self.dir, self.dtype = pathlib.Path(dir), DTYPES[dtype]
        self.rows, self.width, self.shard, self.batch = rows, width, shard, batch
        self.data = torch.randn(batch, width, generator=torch.Generator().manual_seed(1))
        self.dir.mkdir(parents=True, exist_ok=True)
        return {}

    def write(self):
        start = time.perf_counter()
        for i in range(self.rows // self.shard):
            acts = torch.empty(self.shard, self.width, dtype=self.dtype)
            for at in range(0, self.shard, self.batch):
                acts[at : at + self.batch] = self.data
            path = self.dir / f"acts-{i:05d}.safetensors"
            save_file({"acts": acts, "example": torch.zeros(self.shard, dtype=torch.int64)}, path)
            with open(path, "rb+") as f:
                hashlib.file_digest(f, "sha256")
                os.fsync(f.fileno())
        return {"seconds": time.perf_counter() - start}

    def read(self):
        start, rng, n = time.perf_counter(), np.random.default_rng(1), 0
        for path in rng.permutation(sorted(self.dir.iterdir())):
            with safe_open(path, "pt") as f:
                acts = f.get_tensor("acts")
            order = torch.from_numpy(rng.permutation(len(acts)))
            for at in range(0, len(acts), self.batch):
                n += len(acts[order[at : at + self.batch]].float())
        assert n == self.rows
        return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    peer = Peer()
    serve(lambda op, job: getattr(peer, op)(**job))
