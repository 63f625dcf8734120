"""The peers' side of bench/extract: PyTorch reads activations at a hook point.

    python bench/extract/peer.py

Answers commands, see serve.py. `op` is

    info  versions and the processor as torch sees it, with `threads` from now on
    open  builds a network with random weights, and takes its examples: see Reader
    turn  computes the rows of the examples [`first`, `last`): `seconds`, `rows`, and
          the `positions` that the network computed for them
    rows  writes those of the last turn to `output`: float32, in the examples' order

Needs requirements-parity.txt.
"""

import argparse
import gc
import os
import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.utils.data  # noqa: E402
from PIL import Image  # noqa: E402

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "process"), str(pathlib.Path(__file__).parents[2] / "scripts")]
import export_onnx  # noqa: E402
from saego_export.network import first_tensor  # noqa: E402
from serve import describe, serve  # noqa: E402


class Peer:
    """The commands, and the reader that they work on."""

    def __init__(self):
        self.reader = None

    def __call__(self, op, job):
        match op:
            case "info":
                os.environ["RAYON_NUM_THREADS"] = str(job["threads"])  # of tokenizers
                torch.set_num_threads(job["threads"])
                return describe("torch", "transformers", "tokenizers", "timm", "torchvision", "pillow", "numpy")
            case "open":
                self.reader = None
                gc.collect()
                torch._dynamo.reset()
                family, model, seed, tokenizer = (job.pop(key, None) for key in ("family", "model", "seed", "tokenizer"))
                self.reader = READERS[family](load(family, model, seed, tokenizer), **job)
            case "turn":
                return self.reader.turn(job["first"], job["last"])
            case "rows":
                self.reader.rows().tofile(job["output"])
            case _:
                raise ValueError(f"op is {op!r}, which this script does not know")
        return {}


def load(family, model, seed, tokenizer):
    """The network with the random weights that the exporter gives it."""
    parser = argparse.ArgumentParser()
    export_onnx.add_model_flags(parser)
    flags = ["--family", family, "--model", model, "--random-init", str(seed)]
    return export_onnx.load(parser.parse_args(flags + (["--tokenizer", tokenizer] if tokenizer else [])))


class Reader:
    """A network, its hook point and its examples.

    `way` is "guide", the whole network with a forward hook, or "stopped", without what
    lies behind the hook; `autocast` is to bfloat16. Rows stay on the device.
    """

    def __init__(self, net, hook, way, batch, autocast=False, compile=False, device="cpu"):
        self.batch, self.autocast, self.device, self.parts = batch, autocast, torch.device(device), []
        net.module.to(device)
        self.forward = self.whole(net, hook) if way == "guide" else self.stopped(net.module, int(hook.rpartition(".")[2]))
        if compile:
            self.forward = torch.compile(self.forward)

    @staticmethod
    def whole(net, hook):
        seen = []
        net.module.get_submodule(hook).register_forward_hook(lambda _m, _in, out: seen.append(first_tensor(out)))

        def forward(*inputs):
            net.call(net.module, *inputs)
            return seen.pop()

        return forward

    def turn(self, first, last):
        self.parts, positions = [], 0
        start = time.perf_counter()
        with torch.inference_mode(), torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.autocast):
            for examples, rows, counts, computed in self.read(first, last):
                self.parts.append((examples, rows, counts))
                positions += computed
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "rows": sum(len(rows) for _, rows, _ in self.parts), "positions": positions}

    def read(self, first, last):
        """Of each batch its examples, their rows, how many each has, and how many positions were computed."""
        for examples, inputs in self.batches(first, last):
            inputs = [x.to(self.device) for x in inputs]
            out = self.forward(*inputs)
            yield examples, *self.real(out, *inputs), out.shape[0] * out.shape[1]

    def rows(self):
        """Those of the last turn (rows, d_in), as a numpy array."""
        single = {}
        for examples, rows, counts in self.parts:
            single |= zip(examples, rows.float().split(counts))
        return torch.cat([single[i] for i in sorted(single)]).cpu().numpy()


class Texts(Reader):
    """HF GPT2ForSequenceClassification and the fast tokenizer of that file.

    In the guide's way all texts are padded to `context`. The other one takes the texts
    of a turn by length, the longest first, and pads a batch to its longest, as saego does.
    """

    def __init__(self, net, context, texts, hook, way, **settings):
        from transformers import PreTrainedTokenizerFast

        super().__init__(net, hook, way, **settings)
        self.texts, self.context, self.way = texts, context, way
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(net.files["tokenizer.json"]))
        self.tokenizer.pad_token = self.tokenizer.convert_ids_to_tokens(net.module.config.pad_token_id)

    @staticmethod
    def stopped(module, block):
        body = module.transformer
        body.h, body.ln_f = body.h[: block + 1], torch.nn.Identity()
        return lambda ids, mask: body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state

    def batches(self, first, last):
        if self.way == "guide":
            for at in range(first, last, self.batch):
                examples = range(at, min(at + self.batch, last))
                found = self.tokenizer([self.texts[i] for i in examples], padding="max_length", truncation=True,
                                       max_length=self.context, return_tensors="pt")
                yield examples, (found["input_ids"], found["attention_mask"])
            return
        ids = self.tokenizer(self.texts[first:last], truncation=True, max_length=self.context)["input_ids"]
        order = sorted(range(last - first), key=lambda i: -len(ids[i]))
        for at in range(0, len(order), self.batch):
            some = order[at : at + self.batch]
            found = self.tokenizer.pad({"input_ids": [ids[i] for i in some]}, return_tensors="pt")
            yield [first + i for i in some], (found["input_ids"], found["attention_mask"])

    def real(self, out, _ids, mask):
        return out[mask.bool()], mask.sum(1).tolist()


class Pictures(Reader):
    """timm's VisionTransformer.

    Its inputs are `pixels`, a file of float32 (pictures, 3, height, width), or `pictures`,
    the paths of files that as many `workers` decode with PIL and prepare with timm's
    transform, ahead of the network. The rows are the patches.
    """

    def __init__(self, net, pixels=None, pictures=None, workers=0, **settings):
        import timm

        super().__init__(net, **settings)
        self.prefix, size = net.module.num_prefix_tokens, (3, *net.vision["crop"])
        self.loader = None
        if pixels:
            self.pixels = torch.from_numpy(np.fromfile(pixels, np.float32)).view(-1, *size)
        else:  # its workers stay from turn to turn
            transform = timm.data.create_transform(**timm.data.resolve_model_data_config(net.module), is_training=False)
            self.loader = torch.utils.data.DataLoader(
                Files(pictures, transform), batch_sampler=Chunks(self.chunks), num_workers=workers, persistent_workers=True)

    @staticmethod
    def stopped(module, block):
        module.blocks, module.norm = module.blocks[: block + 1], torch.nn.Identity()
        return module.forward_features

    def chunks(self):
        for at in range(self.range.start, self.range.stop, self.batch):
            yield range(at, min(at + self.batch, self.range.stop))

    def batches(self, first, last):
        self.range = range(first, last)
        if self.loader is None:
            return ((chunk, (self.pixels[chunk.start : chunk.stop],)) for chunk in self.chunks())
        return ((chunk, (x,)) for chunk, x in zip(self.chunks(), self.loader))

    def real(self, out, _x):
        pictures, positions, d_in = out.shape
        return out[:, self.prefix :].reshape(-1, d_in), [positions - self.prefix] * pictures


class Files(torch.utils.data.Dataset):
    """Pictures as the network takes them."""

    def __init__(self, paths, transform):
        self.paths, self.transform = paths, transform

    def __getitem__(self, i):
        with Image.open(self.paths[i]) as picture:
            return self.transform(picture.convert("RGB"))


class Chunks(torch.utils.data.Sampler):
    """The chunks of the moment."""

    def __init__(self, chunks):
        self.chunks = chunks

    def __iter__(self):
        return self.chunks()


READERS = {"gpt2-classifier": Texts, "vit": Pictures}

if __name__ == "__main__":
    serve(Peer())
