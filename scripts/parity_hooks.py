#!/usr/bin/env python3
"""Does saego read from a graph that nobody prepared what a forward hook reads in PyTorch?

    python scripts/parity_hooks.py FOLDER [--tolerance 1e-4]

GPT-2 and ViT-B/16 with random weights are exported to FOLDER by both of PyTorch's
exporters, with the logits as their only output. `go run ./internal/parity hooks` then
reads hook points by the paths of their modules and by TransformerLens' names, each from
a part that is cut out of the graph. One line per graph; exit status 1 if anything
differs. Needs scripts/requirements-parity.txt.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from saego_export import gpt2, vit
from saego_export.check import outputs
from saego_export.graph import dynamic_shapes, quiet
from saego_export.network import Hooked

TOKENIZER = Path(__file__).resolve().parent.parent / "internal/demo/text/tokenizer.json"

# What saego is asked for, and the module whose output it is; "<" is a module's input.
GPT2 = {
    "transformer.wte": "transformer.wte", "transformer.h.0": "transformer.h.0", "transformer.h.6": "transformer.h.6",
    "transformer.h.11": "transformer.h.11", "transformer.h.6.attn": "transformer.h.6.attn", "h.6.mlp": "transformer.h.6.mlp",
    "transformer.h.6.mlp.act": "transformer.h.6.mlp.act", "transformer.ln_f": "transformer.ln_f",
    "blocks.0.hook_resid_pre": "<transformer.h.0", "blocks.6.hook_resid_mid": "<transformer.h.6.ln_2",
    "blocks.6.hook_resid_post": "transformer.h.6", "blocks.3.hook_attn_out": "transformer.h.3.attn",
}
VIT = {
    "patch_embed": "patch_embed", "blocks.0": "blocks.0", "blocks.6": "blocks.6", "blocks.11": "blocks.11",
    "blocks.6.attn": "blocks.6.attn", "blocks.6.mlp": "blocks.6.mlp", "norm": "norm",
    "blocks.0.hook_resid_pre": "<blocks.0", "blocks.6.hook_resid_mid": "<blocks.6.norm2",
    "blocks.6.hook_resid_post": "blocks.6", "blocks.4.hook_mlp_out": "blocks.4.mlp",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-4, help="largest absolute difference (default: 1e-4)")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    faults = 0
    nets = ("gpt2", gpt2.load("gpt2", random_init=0, tok=str(TOKENIZER)), GPT2), ("vit", vit.load("vit_base_patch16_224", random_init=0), VIT)
    for name, net, hooks in nets:
        for exporter in ("dynamo", "torchscript"):
            worst, where = compare(net, args.folder / f"{name}-{exporter}.onnx", exporter == "dynamo", hooks)
            ok = worst <= args.tolerance
            faults += not ok
            print(f"hooks {name} {exporter}: {len(hooks)} hook points, max abs diff {worst:.2e} ({where})"
                  f"{'' if ok else f': above {args.tolerance:g}'}", flush=True)
    sys.exit(1 if faults else 0)


def compare(net, path, dynamo, hooks):
    """Return the largest difference of a hook point, and which it is."""
    shape = (3, min(17, net.dynamic.get("sequence", 17)))
    inputs = net.example(*shape, torch.Generator().manual_seed(5))
    export(net, path, inputs, dynamo)
    want = expected(net, inputs, hooks)
    save_file(dict(zip(net.input_names, (i.numpy() for i in inputs))) | want, path.with_suffix(".inputs"))
    subprocess.run(["go", "run", "./internal/parity", "hooks", "--graph", path, "--inputs", path.with_suffix(".inputs"),
                    "--hooks", ",".join(hooks), "--output", path.with_suffix(".outputs")], check=True)
    got = load_file(path.with_suffix(".outputs"))
    for file in path.parent.glob(path.stem + ".*"):
        file.unlink()
    return max((float(np.abs(got[h] - want[h]).max()), h) for h in hooks)


def export(net, path, inputs, dynamo):
    """Export the network with its logits as the only output."""
    with quiet():
        if dynamo:
            torch.onnx.export(Hooked(net, []).eval(), inputs, dynamo=True, input_names=net.input_names, output_names=["logits"],
                              dynamic_shapes=dynamic_shapes(net), verbose=False).save(str(path), external_data=True)
            return
        axes = {i["name"]: {k: axis for k, axis in enumerate(i["shape"]) if isinstance(axis, str)} for i in net.inputs}
        torch.onnx.export(Hooked(net, []).eval(), inputs, str(path), dynamo=False, input_names=net.input_names,
                          output_names=["logits"], dynamic_axes=axes | {"logits": {0: "batch"}})


def expected(net, inputs, hooks):
    """Return what PyTorch computes at each hook point."""
    entered = {}
    before = [m[1:] for m in hooks.values() if m.startswith("<")]
    handles = [net.module.get_submodule(m).register_forward_pre_hook(
        lambda _m, given, m=m: entered.__setitem__("<" + m, given[0].detach().numpy().copy())) for m in before]
    modules = sorted({m for m in hooks.values() if not m.startswith("<")})
    seen = outputs(net, inputs, modules)
    for h in handles:
        h.remove()
    seen |= entered
    return {name: np.ascontiguousarray(seen[m]) for name, m in hooks.items()}


if __name__ == "__main__":
    main()
