"""The peer's side of bench/tokens: Hugging Face tokenizers on one thread.

    python bench/tokens/peer.py

Reads commands from stdin, one JSON object a line, and answers each with one on stdout.
`op` is

    open    reads the tokenizer.json `tokenizer` and the first `n` texts of the JSONL file `texts`
    round   encodes them, in one call: `seconds` by the clock, and `cpu`
    digest  `sha256` over the ids of all texts, each with its count before it, little-endian uint32

An answer with `error` says why there is no other. Needs requirements-parity.txt.
"""

import gzip
import hashlib
import itertools
import json
import os
import struct
import sys
import time

import tokenizers


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


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = Peer()
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = getattr(peer, job.pop("op"))(**job)
        except Exception as e:  # the other side decides what becomes of it
            answer = {"error": f"{type(e).__name__}: {e}".split("\n")[0][:300]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
