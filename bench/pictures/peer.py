"""The peer's side of bench/pictures: PIL and torchvision on one thread.

    python bench/pictures/peer.py

Answers commands, see serve.py. `op` is

    open     reads `files` into memory; `vision` is the preprocessing, as in model.json
    round    prepares every picture: `seconds` by the clock, and `cpu`
    digests  `sha256` of each picture's tensor, float32 (3, height, width)

Needs requirements-parity.txt.
"""

import hashlib
import io
import pathlib
import sys
import time

import PIL
import torch
import torchvision
from PIL import Image, features
from torchvision import transforms as T

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "process"))
from serve import serve  # noqa: E402

VERSIONS = {"pillow": PIL.__version__, "libjpeg_turbo": features.version("libjpeg_turbo"), "torchvision": torchvision.__version__}


class Peer:
    def open(self, files, vision, **_):
        torch.set_num_threads(1)
        assert vision["resize_mode"] == "shorter" and vision["interpolation"] == "bilinear", vision
        self.files = [pathlib.Path(f).read_bytes() for f in files]
        self.transform = T.Compose([
            T.Resize(vision["resize"][0]), T.CenterCrop(vision["crop"]), T.ToTensor(), T.Normalize(vision["mean"], vision["std"]),
        ])
        return {"decoder": "PIL", "versions": VERSIONS}

    def tensors(self):
        for data in self.files:
            yield self.transform(Image.open(io.BytesIO(data)).convert("RGB"))

    def round(self):
        start, cpu = time.perf_counter(), time.process_time()
        for _ in self.tensors():
            pass
        return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}

    def digests(self):
        return {"sha256": [hashlib.sha256(t.contiguous().numpy().astype("<f4").tobytes()).hexdigest() for t in self.tensors()]}


if __name__ == "__main__":
    peer = Peer()
    serve(lambda op, job: getattr(peer, op)(**job))
