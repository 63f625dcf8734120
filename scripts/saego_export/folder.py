"""Write a model folder: graph, Spec, tokenizer, golden activations; whole or not at all."""

import json
import platform
from importlib import metadata
from pathlib import Path

import torch
from safetensors.numpy import save_file

from . import FORMAT, VERSION, ExportError
from . import check, graph
from .place import digest, replacing

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
            (work / name).write_bytes(Path(source).read_bytes())  # real files: ONNX Runtime refuses links
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
    """Return the width of each hook's rows."""
    inputs = net.example(1, min(4, net.dynamic.get("sequence", 4)), torch.Generator().manual_seed(4))
    return {n: v.shape[-1] for n, v in check.outputs(net, inputs).items()}


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
        "logits": "logits", "labels": net.labels, "text": net.text, "vision": net.vision,
        "golden": "golden.safetensors", "exported_by": versions(net),
    }
    (work / "model.json").write_text(json.dumps(spec, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
