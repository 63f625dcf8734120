"""The peer's side of bench/tokens: Hugging Face tokenizers on one thread.

    python bench/tokens/peer.py

Answers commands, see serve.py. `op` is

    open    reads the tokenizer.json `tokenizer` and the first `n` texts of the JSONL file `texts`
    round   encodes them, in one call: `seconds` by the clock, and `cpu`
    digest  `sha256` over the ids of all texts, each with its count before it, little-endian uint32

Needs requirements-parity.txt.
"""

import gzip
import hashlib
import itertools
import json
import pathlib
import struct
import sys
import time

import tokenizers

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "process"))
from serve import serve  # noqa: E402


class Peer:
    def open(self, tokenizer, texts, n):
        self.tok = tokenizers.Tokenizer.from_file(tokenizer)
        with gzip.open(texts, "rt", encoding="utf-8") as f:
            self.texts = [json.loads(line)["text"] for line in itertools.islice(f, n)]
        return {"version": tokenizers.__version__}

    def encode(self):
        return self.tok.encode_batch_fast(self.texts, add_special_tokens=False)

    def round(self):
        start, cpu = time.perf_counter(), time.process_time()
        encodings = self.encode()
        answer = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
        del encodings
        return answer

    def digest(self):
        sha = hashlib.sha256()
        for e in self.encode():
            sha.update(struct.pack(f"<{len(e.ids) + 1}I", len(e.ids), *e.ids))
        return {"sha256": sha.hexdigest()}


if __name__ == "__main__":
    peer = Peer()
    serve(lambda op, job: getattr(peer, op)(**job))
