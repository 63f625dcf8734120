#!/usr/bin/env python3
"""Make extract/ort/testdata: a tiny network in the form of a text model.

It is made twice, with its weights in the graph (inline/) and beside it
(external/). Activations are computed by numpy, so that the golden file does not
come from the runtime that it checks.

    emb = table[input_ids] * attention_mask      hook "emb"   (batch, sequence, 16)
    mid = emb @ W + b                            hook "mid"
    deep = tanh(... tanh(mid @ W) ... @ W)       hook "deep", 300 layers: a run of
                                                 many rows lasts long enough to be stopped
    logits = mean over the sequence of deep @ V  (batch, 2)

A third, float16/, is the float16 copy of a network with a long sum, which is right only where
it is one of float32:

    emb = table[input_ids] * attention_mask      (batch, sequence, 1024)
    mid = emb @ W + b, as a Gemm of matrices     hook "mid"   (batch, sequence, 16)
"""
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from saego_export.float16 import halve

WIDTH, VOCABULARY, LAYERS, SEED, LONG = 16, 32, 300, 0, 1024
ROOT = Path(__file__).resolve().parent.parent / "extract" / "ort" / "testdata"


def weights():
    rng = np.random.default_rng(SEED)
    scale = 1 / np.sqrt(WIDTH)
    return {
        "table": rng.standard_normal((VOCABULARY, WIDTH), dtype=np.float32),
        "W": rng.standard_normal((WIDTH, WIDTH), dtype=np.float32) * np.float32(scale),
        "b": rng.standard_normal(WIDTH, dtype=np.float32),
        "V": rng.standard_normal((WIDTH, 2), dtype=np.float32) * np.float32(scale),
    }


def embedding():
    """The nodes of emb: rows of a table, zeros where the mask is."""
    node = helper.make_node
    return [
        node("Gather", ["table", "input_ids"], ["rows"]),
        node("Cast", ["attention_mask"], ["mask_float"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask_float", "last"], ["mask"]),
        node("Mul", ["rows", "mask"], ["emb"]),
    ]


def graph(w):
    node = helper.make_node
    nodes = [
        *embedding(),
        node("MatMul", ["emb", "W"], ["product"]),
        node("Add", ["product", "b"], ["mid"]),
    ]
    x = "mid"
    for i in range(LAYERS):
        y = "deep" if i == LAYERS - 1 else f"tanh{i}"
        nodes += [node("MatMul", [x, "W"], [f"layer{i}"]), node("Tanh", [f"layer{i}"], [y])]
        x = y
    nodes += [
        node("MatMul", ["deep", "V"], ["scores"]),
        node("ReduceMean", ["scores"], ["logits"], axes=[1], keepdims=0),
    ]
    ids = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "sequence"]) for n in ("input_ids", "attention_mask")]
    rows = ["batch", "sequence", WIDTH]
    outs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, rows) for n in ("emb", "mid", "deep")]
    outs.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2]))
    constants = [numpy_helper.from_array(v, k) for k, v in w.items()]
    constants.append(numpy_helper.from_array(np.array([2], np.int64), "last"))
    return helper.make_graph(nodes, "tiny", ids, outs, constants)


def golden(w):
    rng = np.random.default_rng(SEED + 1)
    ids = rng.integers(0, VOCABULARY, (3, 5), dtype=np.int64)
    mask = np.ones_like(ids)
    mask[1, 3:] = 0
    emb = w["table"][ids] * mask[..., None].astype(np.float32)
    mid = emb @ w["W"] + w["b"]
    deep = mid
    for _ in range(LAYERS):
        deep = np.tanh(deep @ w["W"])
    logits = (deep @ w["V"]).mean(axis=1)
    return {"input_ids": ids, "attention_mask": mask, "emb": emb, "mid": mid, "deep": deep, "logits": logits}


def long_weights():
    """Weights of which all are positive: what a sum rounds away does not cancel."""
    rng = np.random.default_rng(SEED + 2)
    return {
        "table": rng.random((VOCABULARY, LONG), dtype=np.float32),
        "W": rng.random((LONG, WIDTH), dtype=np.float32) / np.float32(LONG),
        "b": rng.random(WIDTH, dtype=np.float32),
    }


def long_graph(w):
    node = helper.make_node
    nodes = [
        *embedding(),
        node("Reshape", ["emb", "matrix"], ["flat"]),
        node("Gemm", ["flat", "W", "b"], ["product"]),
        node("Shape", ["input_ids"], ["size"]),
        node("Concat", ["size", "width"], ["shape"], axis=0),
        node("Reshape", ["product", "shape"], ["mid"]),
    ]
    ids = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "sequence"]) for n in ("input_ids", "attention_mask")]
    outs = [helper.make_tensor_value_info("mid", TensorProto.FLOAT, ["batch", "sequence", WIDTH])]
    numbers = {"last": [2], "matrix": [-1, LONG], "width": [WIDTH]}
    constants = [numpy_helper.from_array(v, k) for k, v in w.items()]
    constants += [numpy_helper.from_array(np.array(v, np.int64), k) for k, v in numbers.items()]
    return helper.make_graph(nodes, "long", ids, outs, constants)


def long_golden(w):
    rng = np.random.default_rng(SEED + 1)
    ids = rng.integers(0, VOCABULARY, (3, 5), dtype=np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "mid": w["table"][ids] @ w["W"] + w["b"]}


def write(folder, external):
    w = weights()
    hooks = [{"name": n, "d_in": WIDTH} for n in ("emb", "mid", "deep")]
    own = {"family": "gpt2-classifier", "name": "tiny", "hooks": hooks, "logits": "logits", "labels": ["neg", "pos"]}
    write_folder(folder, graph(w), golden(w), own, external)


def write_float16(folder):
    w = long_weights()
    own = {"family": "bert", "name": "long", "hooks": [{"name": "mid", "d_in": WIDTH}], "logits": "", "labels": []}
    with tempfile.TemporaryDirectory() as source:
        write_folder(Path(source) / "long", long_graph(w), long_golden(w), own, external=False)
        halve(Path(source) / "long", folder, print)


def write_folder(folder, graph, golden, own, external):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="saego")
    onnx.checker.check_model(model)
    options = {"save_as_external_data": True, "location": "model.onnx.data", "size_threshold": 256} if external else {}
    onnx.save_model(model, folder / "model.onnx", **options)
    (folder / "tokenizer.json").write_text("{}\n")
    save_file(golden, folder / "golden.safetensors")
    files = {
        p.name: {"sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "bytes": p.stat().st_size}
        for p in sorted(folder.iterdir())
    }
    axes = ["batch", "sequence"]
    spec = {
        "version": 1,
        "family": own["family"],
        "name": own["name"],
        "graph": "model.onnx",
        "files": files,
        "inputs": [{"name": n, "dtype": "int64", "shape": axes} for n in ("input_ids", "attention_mask")],
        "hooks": own["hooks"],
        "logits": own["logits"],
        "labels": own["labels"],
        "text": {"tokenizer": "tokenizer.json", "context_size": 8, "pad_token_id": 0, "special_token_ids": []},
        "vision": None,
        "golden": "golden.safetensors",
        "exported_by": {"onnx": onnx.__version__, "script": "scripts/make_ort_testdata.py"},
    }
    (folder / "model.json").write_text(json.dumps(spec, indent=2) + "\n")


if __name__ == "__main__":
    write(ROOT / "inline", external=False)
    write(ROOT / "external", external=True)
    write_float16(ROOT / "float16")
