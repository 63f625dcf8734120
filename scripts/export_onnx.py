#!/usr/bin/env python3
"""Export a PyTorch network to a model folder that saego reads.

    export_onnx.py --family gpt2-classifier --model HUB_ID_OR_FOLDER --output DIR
    export_onnx.py --family vit --model TIMM_NAME_OR_FOLDER_OR_CHECKPOINT --output DIR

Families for texts: gpt2-classifier; bert (BERT, DistilBERT, RoBERTa, MiniLM, with a
classifier or without); causal-lm (GPT-2, GPT-NeoX, Llama). For pictures: vit (timm's
ViT, DeiT, DINOv2); hf-vit, dinov2 and clip-vision of Hugging Face's transformers.

The folder holds model.onnx (batch and sequence are dynamic; the output of every
block is an output, named by its module path), model.json (the Spec), the
tokenizer or the preprocessing, and golden inputs and activations. The graph is
compared with PyTorch's forward hooks first; one that differs is not written.

Needs the packages of scripts/requirements-export.txt. Exit codes: 0 done, 1 an
error (one line on stderr, nothing left behind), 2 wrong usage.
"""

import importlib
import os
import sys

from saego_export import ExportError, command

# Families and the files of saego_export that load them.
TEXT = {"gpt2-classifier": "gpt2", "bert": "bert", "causal-lm": "causal_lm"}
FAMILIES = TEXT | {"vit": "vit", "hf-vit": "hf_vit", "dinov2": "dinov2", "clip-vision": "clip"}


def add_model_flags(p):
    """Add the flags that say which network is meant."""
    p.add_argument("--family", required=True, choices=FAMILIES)
    p.add_argument("--model", required=True, metavar="MODEL",
                   help="hub id, timm name, folder, or a weights file beside its config.json")
    p.add_argument("--tokenizer", metavar="PATH", help="folder with tokenizer.json, or that file (text; default: the model's)")
    p.add_argument("--image-size", type=int, metavar="N", help="side of the pictures that the network is fed (vit; default: its data config's)")
    p.add_argument("--random-init", type=int, metavar="SEED",
                   help="real architecture, random weights from SEED, no network needed")
    p.add_argument("--labels", metavar="A,B", type=lambda s: [x.strip() for x in s.split(",")],
                   help="class names by index (default: the model's)")


def load(args, name=None):
    """Return the Network that the model flags name."""
    if args.random_init is not None or os.path.exists(args.model):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing to fetch: do not ask
    from saego_export.network import silence_libraries
    silence_libraries()
    family = importlib.import_module(f"saego_export.{FAMILIES[args.family]}")
    more = {}
    if args.family in TEXT:
        more["tok"] = args.tokenizer
    elif args.tokenizer:
        raise ExportError(f"--tokenizer: a {args.family} has none: leave it out")
    if args.family == "vit":
        more["image_size"] = args.image_size
    elif args.image_size:
        raise ExportError(f"--image-size: a {args.family} takes what its files say: leave it out")
    return family.load(args.model, name, args.labels, args.random_init, **more)


def parse_args(argv):
    p = command.Parser(prog="export_onnx.py", description="Export a PyTorch network to a model folder that saego reads.")
    add_model_flags(p)
    p.add_argument("--output", required=True, metavar="DIR", help="model folder to write")
    p.add_argument("--name", help="name for people (default: from --model)")
    p.add_argument("--opset", type=int, default=23, help="ONNX opset, at least 18 (default 23)")
    p.add_argument("--tolerance", type=float, default=1e-4,
                   help="largest absolute difference from PyTorch that is let pass (default 1e-4)")
    return p.parse_args(argv)


def main(argv=None):
    args = parse_args(argv)

    def export(say):
        from saego_export import folder, place
        place.check_output(args.output)
        net = load(args, args.name)
        folder.export(net, args.output, args.opset, args.tolerance, say)
        return f"{net.name}: {args.output}"

    return command.run("export", args.output, export)


if __name__ == "__main__":
    sys.exit(main())
