"""The peer's side of bench/gpu from end to end: examples become rows in torch, in the guide's
way, and sae-lens trains on them; no rows leave the card.

    python bench/gpu/peer.py

Answers commands, see serve.py. `op` is

    open  makes both: `reader` is what bench/extract/peer.py's readers are told, with their
          `family`, `model`, `seed` and `tokenizer`; `trainer` what bench/turns/peer.py is,
          but for rows. They are mixed in a buffer of `buffer` of them
    turn  does the whole job: `seconds`, `rows` that were trained on, `loss` of the last step

Needs requirements-parity.txt.
"""

import importlib.util
import itertools
import os
import pathlib
import sys
import time


def script(folder):
    """The module peer.py of another benchmark."""
    path = pathlib.Path(__file__).parents[1] / folder / "peer.py"
    spec = importlib.util.spec_from_file_location(f"{folder}_peer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


extract, turns = script("extract"), script("turns")
import torch  # noqa: E402
from serve import serve  # noqa: E402


class Peer:
    """The commands, and the job that they work on."""

    def __call__(self, op, job):
        match op:
            case "open":
                os.environ["RAYON_NUM_THREADS"] = str(job["threads"])  # of tokenizers
                torch.set_num_threads(job.pop("threads"))
                self.job = Job(**job)
                return {}
            case "turn":
                return self.job.turn()
        raise ValueError(f"op is {op!r}, which this script does not know")


class Job:
    """A network with its examples, and the SAE that each turn trains anew."""

    def __init__(self, reader, trainer, weights, device, batch, buffer):
        self.batch, self.buffer = batch, buffer
        family, model, seed, tokenizer = (reader.pop(key, None) for key in ("family", "model", "seed", "tokenizer"))
        self.examples = len(reader.get("texts") or reader["pictures"])
        network = extract.load(family, model, seed, tokenizer)
        self.reader = extract.READERS[family](network, way="guide", device=device, **reader)
        make = turns.LIBRARIES[trainer.pop("library")]
        self.begin = lambda: make(iter(()), weights, batch=batch, **trainer)

    def turn(self):
        trainer = self.begin()
        trainer.wait()
        start, steps, loss = time.perf_counter(), 0, None
        for x in self.mixed():
            loss, _, _ = trainer.step(x)
            steps += 1
        trainer.wait()
        return {"seconds": time.perf_counter() - start, "rows": steps * self.batch, "loss": loss.item()}

    def rows(self):
        """Those of each forward pass."""
        parts = self.reader.read(0, self.examples)
        while True:
            with torch.inference_mode():  # not of the step between two of them
                part = next(parts, None)
            if part is None:
                return
            yield part[1]

    def mixed(self):
        """Batches of rows in random order; half of a full buffer stays, as in saego's."""
        pool, held = [], 0
        for x in itertools.chain(self.rows(), (None,)):
            if x is not None:
                pool.append(x)
                held += len(x)
            if held < self.buffer and x is not None or not pool:
                continue
            rows = torch.cat(pool)
            rows = rows[torch.randperm(held, device=rows.device)]
            ready = (held if x is None else held - self.buffer // 2) // self.batch * self.batch
            yield from rows[:ready].split(self.batch) if ready else ()
            pool, held = [rows[ready:]], held - ready


if __name__ == "__main__":
    serve(Peer())
