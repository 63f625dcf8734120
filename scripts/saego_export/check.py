"""Compare an exported graph, run by ONNX Runtime, with PyTorch's forward hooks."""

import numpy as np
import onnxruntime as ort
import torch

from . import ExportError
from .network import Hooked


def outputs(net, inputs, hooks=None):
    """Return {name: array} of PyTorch: each hook, then the logits if there are any."""
    hooked = Hooked(net, hooks).eval()
    with torch.no_grad():
        values = hooked(*inputs)
    return {n: v.contiguous().numpy() for n, v in zip(net.output_names(hooks), values)}


def worst_difference(net, path):
    """Return (difference, where) of the output that differs most over net.shapes.

    Every position counts, those of padding too: the graph has to do what PyTorch does.
    """
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    gen = torch.Generator().manual_seed(2)
    worst, where = -1.0, ""
    for batch, seq in net.shapes:
        inputs = net.example(batch, seq, gen)
        want = outputs(net, inputs)
        got = session.run(list(want), dict(zip(net.input_names, (i.numpy() for i in inputs))))
        for (name, w), g in zip(want.items(), got):
            diff = difference(name, g, w)
            if not diff <= worst:
                worst, where = diff, f"{name}, inputs {tuple(inputs[0].shape)}"
    return worst, where


def difference(name, got, want):
    """Return the largest absolute difference; a wrong shape or a NaN in PyTorch's output is an error."""
    if got.shape != want.shape:
        raise ExportError(f"output {name!r}: has shape {got.shape} in ONNX, {want.shape} in PyTorch")
    if not np.isfinite(want).all():
        raise ExportError(f"output {name!r}: PyTorch gives NaN or infinity: the weights are broken")
    diff = float(np.abs(got.astype(np.float64) - want).max())
    return diff if np.isfinite(diff) else float("inf")
