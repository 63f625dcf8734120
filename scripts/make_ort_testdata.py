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
"""
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

WIDTH, VOCABULARY, LAYERS, SEED = 16, 32, 300, 0
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


def graph(w):
    node = helper.make_node
    nodes = [
        node("Gather", ["table", "input_ids"], ["rows"]),
        node("Cast", ["attention_mask"], ["mask_float"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask_float", "last"], ["mask"]),
        node("Mul", ["rows", "mask"], ["emb"]),
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


def write(folder, external):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    w = weights()
    model = helper.make_model(graph(w), opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="saego")
    onnx.checker.check_model(model)
    options = {"save_as_external_data": True, "location": "model.onnx.data", "size_threshold": 256} if external else {}
    onnx.save_model(model, folder / "model.onnx", **options)
    (folder / "tokenizer.json").write_text("{}\n")
    save_file(golden(w), folder / "golden.safetensors")
    files = {
        p.name: {"sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "bytes": p.stat().st_size}
        for p in sorted(folder.iterdir())
    }
    axes = ["batch", "sequence"]
    spec = {
        "version": 1,
        "family": "gpt2-classifier",
        "name": "tiny",
        "graph": "model.onnx",
        "files": files,
        "inputs": [{"name": n, "dtype": "int64", "shape": axes} for n in ("input_ids", "attention_mask")],
        "hooks": [{"name": n, "d_in": WIDTH} for n in ("emb", "mid", "deep")],
        "logits": "logits",
        "labels": ["neg", "pos"],
        "text": {"tokenizer": "tokenizer.json", "context_size": 8, "pad_token_id": 0, "special_token_ids": []},
        "vision": None,
        "golden": "golden.safetensors",
        "exported_by": {"onnx": onnx.__version__, "script": "scripts/make_ort_testdata.py"},
    }
    (folder / "model.json").write_text(json.dumps(spec, indent=2) + "\n")


if __name__ == "__main__":
    write(ROOT / "inline", external=False)
    write(ROOT / "external", external=True)
