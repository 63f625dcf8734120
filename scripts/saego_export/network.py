"""What every family gives to the exporter, and how hooks are read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import torch

from . import ExportError


@dataclass
class Network:
    """A loaded network and everything that model.json says about it."""

    family: str
    name: str
    module: torch.nn.Module
    call: Callable  # (module, *inputs) -> logits, or anything where there are none
    hooks: list[str]  # module paths, in forward order
    inputs: list[dict]  # as in model.json
    dynamic: dict[str, int | None]  # name of a dynamic axis -> its largest size
    example: Callable  # (batch, sequence, generator) -> tuple of inputs, right-padded
    shapes: list[tuple[int, int]]  # (batch, sequence) that the check runs
    golden: tuple[int, int]  # (batch, sequence) of the golden inputs
    labels: list[str]
    libraries: list[str]  # whose versions are recorded
    logits: bool = True
    text: dict | None = None
    vision: dict | None = None
    prepare: Callable | None = None  # RGB picture of PIL -> (3, height, width), by the model's own library
    files: dict[str, Path | bytes] = field(default_factory=dict)  # copied into the folder, by name
    random_init: int | None = None

    @property
    def input_names(self):
        return [i["name"] for i in self.inputs]

    def output_names(self, hooks=None):
        """Return the names of some hooks (default: all), then of the logits if there are any."""
        return [*(self.hooks if hooks is None else hooks)] + ["logits"] * self.logits


def first_tensor(output):
    """Return the tensor of a module's output: some give a tuple whose head it is."""
    return output[0] if isinstance(output, (tuple, list)) else output


class Hooked(torch.nn.Module):
    """A network whose outputs are the outputs of chosen modules, then the logits if it has any."""

    def __init__(self, net, hooks=None):
        super().__init__()
        self.m = net.module
        self.call, self.logits, self.hooks = net.call, net.logits, list(net.hooks if hooks is None else hooks)

    def forward(self, *inputs):
        seen = {}
        handles = [self.m.get_submodule(name).register_forward_hook(
            lambda _m, _in, out, name=name: seen.__setitem__(name, first_tensor(out))) for name in self.hooks]
        try:
            logits = self.call(self.m, *inputs)
        finally:
            for h in handles:
                h.remove()
        return tuple(seen[name] for name in self.hooks) + ((logits,) if self.logits else ())


def scramble(module, seed):
    """Give every vector (biases, scales of norms), and what is all zeros, small random parts.

    Fresh networks have zeros and ones there, which would hide a bias that the
    export lost or a scale that it took from another layer.
    """
    gen = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in module.parameters():
            if p.ndim == 1 or not p.any():
                p.add_(0.05 * torch.randn(p.shape, generator=gen))


def pick_labels(given, own, count):
    """Return the class names: those given by the user, else the model's own, else numbers."""
    labels = list(given or own or [f"LABEL_{i}" for i in range(count)])
    if len(labels) != count:
        raise ExportError(f"labels: {len(labels)} names for {count} classes: pass as many as the network has")
    return labels


def silence_libraries():
    """Keep the libraries' progress bars and retry notes off the terminal; their errors still come."""
    import logging

    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    for name in ("huggingface_hub", "transformers", "timm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import transformers
    transformers.utils.logging.disable_progress_bar()


def no_hub(name, cause):
    """Return the error for a hub that gives nothing."""
    first = (str(cause).strip().splitlines() or [""])[0].split(". ")[0].rstrip(".") or type(cause).__name__
    return ExportError(f"model {name!r}: not to be had from the hub ({first}): "
                       "pass a local folder, or --random-init SEED for the architecture without weights")
