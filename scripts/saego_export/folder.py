"""Write a model folder: graph, Spec, tokenizer, golden activations; whole or not at all."""

import json
import math
import platform
from importlib import metadata
from pathlib import Path

import torch
from safetensors.numpy import save_file

from . import FORMAT, VERSION, ExportError
from . import check, graph
from .place import digest, replacing
from .tokenizer import to_json

GOLDEN_LIMIT = 5_000_000  # bytes of golden.safetensors


def export(net, output, opset, tolerance, say):
    """Write net to the folder output; replace a model folder that stands there."""
    with replacing(Path(output)) as work:
        graph.write(net, work / "model.onnx", opset)
        say(f"graph written, opset {opset}, {len(net.hooks)} hooks; comparing with PyTorch")
        worst, where = check.worst_difference(net, work / "model.onnx")
        say(f"worst difference from PyTorch {worst:.2e} ({where})")
        if not worst <= tolerance:
            raise ExportError(f"model {net.name!r}: the graph differs from PyTorch by {worst:.2e} at {where}, "
                              f"more than {tolerance:g}: nothing was written")
        write_golden(net, work / "golden.safetensors")
        for name, source in net.files.items():
            data = source if isinstance(source, bytes) else Path(source).read_bytes()
            (work / name).write_bytes(data)  # real files: ONNX Runtime refuses links
        write_spec(net, work)


def write_golden(net, path):
    """Write seeded inputs and what PyTorch makes of them, under 5 MB: fewer hooks or inputs for wide networks."""
    few = sorted({0, len(net.hooks) // 2, len(net.hooks) - 1})
    batch, seq = net.golden
    for size, hooks in ((batch, net.hooks), (batch, [net.hooks[i] for i in few]), (1, [net.hooks[i] for i in few])):
        inputs = net.example(size, seq, torch.Generator().manual_seed(3))
        tensors = dict(zip(net.input_names, (i.numpy() for i in inputs))) | check.outputs(net, inputs, hooks)
        if sum(t.nbytes for t in tensors.values()) <= GOLDEN_LIMIT:
            break
    save_file(tensors, str(path))


def widths(net):
    """Return the width of each hook's rows, which must be one for each position."""
    seq = min(4, net.dynamic.get("sequence", 4))
    shapes = {n: v.shape for n, v in check.outputs(net, net.example(1, seq, torch.Generator().manual_seed(4))).items()}
    positions = net.vision["prefix_tokens"] + math.prod(net.vision["grid"]) if net.vision else seq
    for name in net.hooks:
        if shapes[name][:-1] != (1, positions):
            raise ExportError(f"hook {name!r}: has shape {tuple(shapes[name])}, want (1, {positions}, d_in)")
    return {n: s[-1] for n, s in shapes.items()}


def versions(net):
    """Return the versions of everything that took part."""
    names = ["torch", *net.libraries, "onnx", "onnxscript", "onnxruntime"]
    found = {"python": platform.python_version(), "saego": VERSION} | {n: metadata.version(n) for n in names}
    if net.random_init is not None:
        found["random_init"] = str(net.random_init)
    return found


def write_spec(net, work):
    """Write model.json, last: it pins every other file."""
    d_in = widths(net)
    spec = {
        "version": FORMAT, "family": net.family, "name": net.name, "graph": "model.onnx",
        "files": {f.name: digest(f) for f in sorted(work.iterdir())},
        "inputs": net.inputs, "hooks": [{"name": h, "d_in": d_in[h]} for h in net.hooks],
        "logits": "logits" if net.logits else "", "labels": net.labels, "text": net.text, "vision": net.vision,
        "golden": "golden.safetensors", "exported_by": versions(net),
    }
    (work / "model.json").write_bytes(to_json(spec))
