#!/usr/bin/env python3
"""Make internal/cli/testdata: two tiny model folders that fail on request.

    text/    a table of byte embeddings     hooks "transformer.h.0" (finite), "transformer.h.1" (NaN)
    vision/  patches of 8 x 8 pixels        hooks "blocks.0" (finite), "blocks.1" (NaN)

NaN is the logarithm of a negative number, so that the graphs themselves are sound.
"""
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, CONTEXT, SIDE, PATCH, SEED = 8, 32, 16, 8, 0
ROOT = Path(__file__).resolve().parent.parent / "internal" / "cli" / "testdata"


def byte_letters():
    """Return GPT-2's letter for each byte, in the order of its vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(256 - len(plain))]


def tokenizer():
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": level, "post_processor": level, "decoder": level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
            "vocab": {letter: i for i, letter in enumerate(byte_letters())}, "merges": [],
        },
    }  # fmt: skip


def tail(first, second):
    """Return the nodes behind the first hook: the NaN hook and the logits."""
    node = helper.make_node
    return [
        node("Mul", [first, first], ["square"]),
        node("Sub", ["minus_one", "square"], ["negative"]),
        node("Log", ["negative"], [second]),
        node("ReduceMean", [first], ["mean"], axes=[1], keepdims=0),
        node("MatMul", ["mean", "V"], ["logits"]),
    ]


def text_graph(rng):
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["transformer.h.0"]), *tail("transformer.h.0", "transformer.h.1")]
    names = ["input_ids", "attention_mask"]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "sequence"]) for n in names]
    weights = {"table": rng.standard_normal((256, WIDTH), dtype=np.float32)}
    return nodes, inputs, weights, ["transformer.h.0", "transformer.h.1"]


def vision_graph(rng):
    nodes = [
        helper.make_node("Conv", ["pixel_values", "kernel"], ["grid"], strides=[PATCH, PATCH]),
        helper.make_node("Reshape", ["grid", "flat"], ["columns"]),
        helper.make_node("Transpose", ["columns"], ["blocks.0"], perm=[0, 2, 1]),
        *tail("blocks.0", "blocks.1"),
    ]
    inputs = [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])]
    kernel = rng.standard_normal((WIDTH, 3, PATCH, PATCH), dtype=np.float32) / np.float32(PATCH)
    return nodes, inputs, {"kernel": kernel, "flat": np.array([0, WIDTH, -1], np.int64)}, ["blocks.0", "blocks.1"]


def text_spec():
    (ROOT / "text" / "tokenizer.json").write_text(json.dumps(tokenizer(), ensure_ascii=False) + "\n")
    axes = ["batch", "sequence"]
    return {
        "family": "gpt2-classifier", "vision": None,
        "inputs": [{"name": n, "dtype": "int64", "shape": axes} for n in ("input_ids", "attention_mask")],
        "text": {"tokenizer": "tokenizer.json", "context_size": CONTEXT, "pad_token_id": 0, "special_token_ids": []},
    }  # fmt: skip


def vision_spec():
    return {
        "family": "vit", "text": None,
        "inputs": [{"name": "pixel_values", "dtype": "float32", "shape": ["batch", 3, SIDE, SIDE]}],
        "vision": {
            "resize_mode": "exact", "resize": [SIDE, SIDE], "interpolation": "bilinear", "crop": [SIDE, SIDE],
            "mean": [0.5] * 3, "std": [0.5] * 3, "prefix_tokens": 0, "grid": [SIDE // PATCH] * 2,
        },
    }  # fmt: skip


def write(name, graph, spec):
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    nodes, inputs, weights, hooks = graph(rng)
    weights |= {"minus_one": np.array(-1, np.float32), "V": rng.standard_normal((WIDTH, 2), dtype=np.float32)}
    outputs = [helper.make_tensor_value_info(h, TensorProto.FLOAT, ["batch", "position", WIDTH]) for h in hooks]
    outputs.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2]))
    constants = [numpy_helper.from_array(v, k) for k, v in weights.items()]
    made = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="saego")
    onnx.checker.check_model(model)
    onnx.save_model(model, folder / "model.onnx")
    own = spec()
    files = {
        p.name: {"sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "bytes": p.stat().st_size}
        for p in sorted(folder.iterdir())
    }
    common = {
        "version": 1, "name": f"tiny-{name}", "graph": "model.onnx", "files": files,
        "hooks": [{"name": h, "d_in": WIDTH} for h in hooks], "logits": "logits", "labels": ["neg", "pos"], "golden": "",
        "exported_by": {"onnx": onnx.__version__, "script": "scripts/make_cli_testdata.py"},
    }  # fmt: skip
    (folder / "model.json").write_text(json.dumps(common | own, indent=2) + "\n")


if __name__ == "__main__":
    write("text", text_graph, text_spec)
    write("vision", vision_graph, vision_spec)
