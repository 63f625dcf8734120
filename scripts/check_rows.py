#!/usr/bin/env python3
"""Compare rows that saego extracted with PyTorch's own, read by forward hooks.

    check_rows.py --family gpt2-classifier --model FOLDER --data train.jsonl.gz \\
        --hook transformer.h.6 --context-size 256 --rows-file rows.safetensors

The rows file holds acts (n, d_in) F32 and example, pos, token (n) I32, as saego
writes them. For each example named there the text is tokenized by Hugging Face's
tokenizers, or the picture is decoded by Pillow and prepared by timm's evaluation
transform or transformers' image processor, and the network runs in PyTorch with a hook on the module. An example
is the line of a JSONL file from 0, or the place of a picture in torchvision's
ImageFolder order. If the file also holds pixels (m, 3, H, W), with pixel_example
(m) or one per example in order of first appearance, those are compared as well.

Exit codes: 0 equal within the tolerances, 1 not, or an error, 2 wrong usage.
"""

import argparse
import gzip
import json
import sys

import export_onnx
from saego_export import ExportError, command


def text_inputs(net, args, examples):
    """Yield (examples, (input_ids, attention_mask), token ids of each) in batches of like lengths."""
    import torch
    from tokenizers import Tokenizer

    tok = Tokenizer.from_file(str(net.files["tokenizer.json"]))
    tok.no_padding()
    tok.enable_truncation(args.context_size or net.text["context_size"])
    texts = read_texts(args.data, args.text_field, set(examples))
    missing = sorted(set(examples) - set(texts))
    if missing:
        raise ExportError(f"data {args.data!r}: has no example {missing[0]}: is it the file that was extracted?")
    ids = {i: tok.encode(texts[i]).ids for i in examples}
    order = sorted(ids, key=lambda i: len(ids[i]))
    for lo in range(0, len(order), args.batch_size):
        chunk = order[lo:lo + args.batch_size]
        width = max(len(ids[i]) for i in chunk)
        pad = net.text["pad_token_id"]
        rows = [ids[i] + [pad] * (width - len(ids[i])) for i in chunk]
        mask = [[1] * len(ids[i]) + [0] * (width - len(ids[i])) for i in chunk]
        inputs = {"input_ids": torch.tensor(rows), "attention_mask": torch.tensor(mask)}
        inputs["token_type_ids"] = torch.zeros_like(inputs["input_ids"])
        yield chunk, tuple(inputs[n] for n in net.input_names), [ids[i] for i in chunk]


def read_texts(path, field, wanted):
    """Return {line number: text} of the wanted lines of a JSONL file."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as f:
        return {i: json.loads(line)[field] for i, line in enumerate(f) if i in wanted}


def image_inputs(net, args, examples):
    """Yield (examples, (pixel_values,), patch indices of each) in batches; -1 is a prefix token."""
    import torch
    from PIL import Image
    from torchvision.datasets import ImageFolder

    samples = ImageFolder(args.data).samples
    if examples and max(examples) >= len(samples):
        raise ExportError(f"data {args.data!r}: has {len(samples)} pictures, no example {max(examples)}")
    per_picture = net.vision["prefix_tokens"], net.vision["grid"][0] * net.vision["grid"][1]
    tokens = [-1] * per_picture[0] + list(range(per_picture[1]))
    for lo in range(0, len(examples), args.batch_size):
        chunk = examples[lo:lo + args.batch_size]
        with_pixels = [net.prepare(Image.open(samples[i][0]).convert("RGB")) for i in chunk]
        yield chunk, (torch.stack(with_pixels),), [tokens] * len(chunk)


class Tally:
    """Differences seen so far, in float64."""

    def __init__(self, name):
        self.name, self.count, self.total, self.worst, self.where, self.scale = name, 0, 0.0, -1.0, "", 0.0

    def add(self, got, want, where):
        """Count got against want; a NaN counts as an infinite difference."""
        import numpy as np

        diff = np.nan_to_num(np.abs(got.astype(np.float64) - want), nan=np.inf)
        self.count += diff.size
        self.total += float(diff.sum())
        self.scale = max(self.scale, float(np.abs(want).max()))
        if diff.max() > self.worst:
            self.worst, self.where = float(diff.max()), where

    def report(self):
        print(f"{self.name}: max abs diff {self.worst:.3e} at {self.where}, mean abs diff "
              f"{self.total / max(self.count, 1):.3e}, values {self.count}, largest value {self.scale:.3g}")


def compare(net, args, file):
    """Return (rows, wrong tokens, tally of rows, tally of pixels)."""
    import numpy as np
    from saego_export.check import outputs

    by_example = {}
    for row, example in enumerate(file["example"].tolist()):
        by_example.setdefault(example, []).append(row)
    examples = list(by_example)
    pixels = dict(zip(file["pixel_example"].tolist() if "pixel_example" in file else examples, file.get("pixels", ())))
    rows, pictures, wrong = Tally("rows"), Tally("pixels"), 0
    read = image_inputs if net.vision else text_inputs
    for chunk, inputs, tokens in read(net, args, examples):
        acts = outputs(net, inputs, [args.hook])[args.hook]
        for k, example in enumerate(chunk):
            at = np.array(by_example[example])
            pos = file["pos"][at]
            if pos.min() < 0 or pos.max() >= len(tokens[k]):
                raise ExportError(f"rows: example {example}: position {pos.max()} of {len(tokens[k])}: "
                                  "was it extracted with another context or policy?")
            wrong += int((np.array(tokens[k])[pos] != file["token"][at]).sum())
            rows.add(file["acts"][at], acts[k, pos], f"example {example}")
            if example in pixels:
                pictures.add(pixels[example], inputs[0][k].numpy(), f"example {example}")
    return wrong, rows, pictures


def parse_args(argv):
    p = command.Parser(prog="check_rows.py", description="Compare extracted rows with PyTorch's forward hooks.")
    export_onnx.add_model_flags(p)
    p.add_argument("--data", required=True, help="the JSONL[.gz] file or the image folder that was extracted")
    p.add_argument("--hook", required=True, help="module path, as transformer.h.6 or blocks.6")
    p.add_argument("--rows-file", required=True, help="safetensors with acts, example, pos, token")
    p.add_argument("--context-size", type=int, help="tokens kept of a text (default: all that the model takes)")
    p.add_argument("--text-field", default="text", help="field of the JSONL (default text)")
    p.add_argument("--batch-size", type=int, default=8)
    p.add_argument("--tolerance", type=float, default=1e-4, help="largest absolute difference of a row's value")
    p.add_argument("--pixel-tolerance", type=float, default=float("inf"),
                   help="largest absolute difference of a normalised pixel (default: any)")
    return p.parse_args(argv)


def run(args):
    from safetensors.numpy import load_file

    net = export_onnx.load(args)
    if args.hook not in net.hooks:
        raise ExportError(f"hook {args.hook!r}: the model has {', '.join(net.hooks)}")
    file = load_file(args.rows_file)
    lacking = [n for n in ("acts", "example", "pos", "token") if n not in file]
    if lacking or not len(file["example"]):
        raise ExportError(f"rows file {args.rows_file!r}: lacks {', '.join(lacking) or 'rows'}")
    wrong, rows, pictures = compare(net, args, file)
    print(f"{len(file['example'])} rows of {len(set(file['example'].tolist()))} examples, {wrong} wrong tokens")
    rows.report()
    if pictures.count:
        pictures.report()
        print(f"pixels: max diff {pictures.worst * 255 * max(net.vision['std']):.2f} of 255 steps at most")
    return 0 if rows.worst <= args.tolerance and pictures.worst <= args.pixel_tolerance and not wrong else 1


def main(argv=None):
    args = parse_args(argv)
    try:
        return run(args)
    except (ExportError, ImportError, OSError) as e:
        print(f"check_rows: {e}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
