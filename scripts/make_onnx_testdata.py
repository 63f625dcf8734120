#!/usr/bin/env python3
"""Make models/onnx/testdata: one small network in the forms that graphs come in.

    modules.onnx    paths of modules in metadata, as torch.onnx.export(dynamo=True) writes them
    names.onnx      paths of modules in the names of nodes, as the exporter before it
    plain.onnx      neither, and no shapes
    external.onnx   weights in weights/external.bin
    half.onnx       weights and activations in float16
    branch.onnx     the second block in both branches of an If

Values are computed by numpy, so that the golden file does not come from a runtime.

    x = table[input_ids] * attention_mask            wte, (batch, sequence, 16)
    of each of two blocks:
      a = tanh(x) @ Wa; r = x + a                     h.i.attn
      p = tanh(r) @ Wm; x = r + p                     h.i.mlp, h.i
    logits = mean over the sequence of x @ V          (batch, 2)
"""
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

WIDTH, VOCABULARY, BLOCKS, SEED = 16, 32, 2, 0
ROOT = Path(__file__).resolve().parent.parent / "models" / "onnx" / "testdata"
AXES = ["batch", "sequence"]


def weights():
    rng = np.random.default_rng(SEED)
    w = {"table": rng.standard_normal((VOCABULARY, WIDTH), dtype=np.float32)}
    for i in range(BLOCKS):
        for name in ("Wa", "Wm"):
            w[f"{name}{i}"] = rng.standard_normal((WIDTH, WIDTH), dtype=np.float32) / np.float32(4)
    w["V"] = rng.standard_normal((WIDTH, 2), dtype=np.float32)
    return w


def golden(w):
    rng = np.random.default_rng(SEED + 1)
    ids = rng.integers(0, VOCABULARY, (3, 5), dtype=np.int64)
    mask = np.ones_like(ids)
    mask[1, 3:] = 0
    out = {"input_ids": ids, "attention_mask": mask}
    x = out["wte"] = w["table"][ids] * mask[..., None].astype(np.float32)
    for i in range(BLOCKS):
        a = out[f"h.{i}.attn"] = np.tanh(x) @ w[f"Wa{i}"]
        r = out[f"h.{i}.mid"] = x + a
        p = out[f"h.{i}.mlp"] = np.tanh(r) @ w[f"Wm{i}"]
        x = out[f"h.{i}"] = r + p
    out["logits"] = (x @ w["V"]).mean(axis=1)
    return {k: np.ascontiguousarray(v) for k, v in out.items()}


class Writer:
    """Nodes with the paths of their modules, in one of the exporters' ways."""

    def __init__(self, paths, elem):
        self.paths, self.elem, self.nodes = paths, elem, []

    def add(self, op, inputs, output, module, nodes=None, **attributes):
        n = helper.make_node(op, inputs, [output], **attributes)
        steps = module.split(".") if module else []
        if self.paths == "metadata":
            scopes = ["", "m"] + [".".join(["m", *steps[:i + 1]]) for i in range(len(steps))] + [output]
            p = n.metadata_props.add()
            p.key, p.value = "pkg.torch.onnx.name_scopes", str(scopes)
        elif self.paths == "names":  # lists repeat their name: h.0 is blocks/blocks.0 there
            n.name = "/".join(["", "m", module.replace("h.", "h/h.").replace(".attn", "/attn").replace(".mlp", "/mlp"), output])
        (self.nodes if nodes is None else nodes).append(n)

    def block(self, i, x, y, nodes=None):
        h = f"h.{i}"
        self.add("Tanh", [x], f"ta{i}", f"{h}.attn", nodes)
        self.add("MatMul", [f"ta{i}", f"Wa{i}"], f"a{i}", f"{h}.attn", nodes)
        self.add("Add", [x, f"a{i}"], f"r{i}", h, nodes)
        self.add("Tanh", [f"r{i}"], f"tm{i}", f"{h}.mlp", nodes)
        self.add("MatMul", [f"tm{i}", f"Wm{i}"], f"p{i}", f"{h}.mlp", nodes)
        self.add("Add", [f"r{i}", f"p{i}"], y, h, nodes)


def model(w, paths="metadata", elem=TensorProto.FLOAT, shapes=True, branch=False):
    g = Writer(paths, elem)
    g.add("Gather", ["table", "input_ids"], "rows", "wte")
    g.add("Cast", ["attention_mask"], "mask_float", "wte", to=elem)
    g.add("Unsqueeze", ["mask_float", "last"], "mask", "wte")
    g.add("Mul", ["rows", "mask"], "x0", "wte")
    g.block(0, "x0", "x1")
    if branch:
        bodies = {}
        for name in ("then", "else"):
            nodes = []
            g.block(1, "x1", f"{name}_x2", nodes)
            for n in nodes[:-1]:
                n.output[0] = f"{name}_{n.output[0]}"
            inner = {n.output[0].removeprefix(f"{name}_"): n.output[0] for n in nodes[:-1]}
            for n in nodes:
                for k, used in enumerate(n.input):
                    n.input[k] = inner.get(used, used)
            bodies[f"{name}_branch"] = helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(f"{name}_x2", elem, None)])
        g.add("If", ["always"], "x2", "h.1", **bodies)
    else:
        g.block(1, "x1", "x2")
    g.add("MatMul", ["x2", "V"], "scores", "score")
    g.add("ReduceMean", ["scores"], "logits", "score", axes=[1], keepdims=0)
    rows = [*AXES, WIDTH]
    info = [helper.make_tensor_value_info(n, elem, rows) for n in ("x0", "a0", "r0", "p0", "x1", "x2")] if shapes else []
    if shapes and not branch:
        info += [helper.make_tensor_value_info(n, elem, rows) for n in ("a1", "r1", "p1")]
    constants = [numpy_helper.from_array(v.astype(helper.tensor_dtype_to_np_dtype(elem)), k) for k, v in w.items()]
    constants += [numpy_helper.from_array(np.array([2], np.int64), "last"), numpy_helper.from_array(np.array(True), "always")]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, AXES) for n in ("input_ids", "attention_mask")]
    logits = helper.make_tensor_value_info("logits", elem, ["batch", 2])
    graph = helper.make_graph(g.nodes, "net", inputs, [logits], constants, value_info=info)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                             producer_name="saego", producer_version=f"onnx {onnx.__version__}, numpy {np.__version__}")


def save(name, m, **options):
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(m, path, **options)
    onnx.checker.check_model(str(path))


if __name__ == "__main__":
    w = weights()
    save("modules.onnx", model(w))
    save("names.onnx", model(w, paths="names"))
    save("plain.onnx", model(w, paths="none", shapes=False))
    (ROOT / "weights").mkdir(parents=True, exist_ok=True)
    (ROOT / "weights" / "external.bin").unlink(missing_ok=True)  # onnx appends
    save("external.onnx", model(w), save_as_external_data=True, location="weights/external.bin", size_threshold=256)
    save("half.onnx", model(w, elem=TensorProto.FLOAT16))
    save("branch.onnx", model(w, branch=True))
    save_file(golden(w), ROOT / "golden.safetensors")
