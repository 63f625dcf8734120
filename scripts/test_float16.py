"""Tests of float16_onnx.py on the small models of this repository; no torch.

    python -m pytest scripts/test_float16.py
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

import float16_onnx
from saego_export import ExportError, derived, float16, place

ROOT = Path(__file__).resolve().parent.parent
MODELS = {"inline": ROOT / "extract/ort/testdata/inline", "external": ROOT / "extract/ort/testdata/external",
          "text": ROOT / "internal/demo/text", "vision": ROOT / "internal/demo/vision"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The float16 copies of all models: {name: path}."""
    root = tmp_path_factory.mktemp("float16")
    for name, source in MODELS.items():
        assert float16_onnx.main(["--model", str(source), "--output", str(root / name)]) == 0
    return {name: root / name for name in MODELS}


def types(graph):
    """The types of all tensors, as ONNX infers them anew."""
    del graph.graph.value_info[:]
    graph = onnx.shape_inference.infer_shapes(graph, strict_mode=True).graph
    known = {v.name: v.type.tensor_type.elem_type for v in [*graph.value_info, *graph.input, *graph.output]}
    return known | {w.name: w.data_type for w in graph.initializer}


@pytest.mark.parametrize("name", MODELS)
def test_folder_is_whole(made, name):
    was, spec = (json.loads((p / "model.json").read_text()) for p in (MODELS[name], made[name]))
    assert all(pinned == place.digest(made[name] / f) for f, pinned in spec["files"].items())
    assert spec["name"] == was["name"] + "-float16" and spec["exported_by"]["precision"] == "float16"
    assert spec["exported_by"]["quantized_from"] == f"{was['name']}@{derived.model_digest(was)}"
    for key in set(was) - {"name", "files", "exported_by"}:
        assert spec[key] == was[key]


@pytest.mark.parametrize("name", MODELS)
def test_types(made, name):
    """Weights and products are float16, inputs and outputs and norms float32; nodes come in order."""
    model = onnx.load(str(made[name] / "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    known = types(model)
    for value in [*model.graph.input, *model.graph.output]:
        assert known[value.name] in (TensorProto.FLOAT, TensorProto.INT64), value.name
    floats = (TensorProto.FLOAT, TensorProto.FLOAT16)
    for node in model.graph.node:
        has = {known[i] for i in node.input if i and known[i] in floats}
        if node.op_type in float16.BLOCKED:
            assert has == {TensorProto.FLOAT}, node.name
        elif node.op_type in ("MatMul", "Gemm", "Conv", "Attention"):
            assert has == {TensorProto.FLOAT16}, node.name
    assert all(w.data_type != TensorProto.FLOAT or w.dims == [] or len(w.dims) == 1 for w in model.graph.initializer)


@pytest.mark.parametrize("name", ["text", "vision"])
def test_hooks_drift_by_the_rounding(made, name):
    spec = json.loads((made[name] / "model.json").read_text())
    golden = load_file(made[name] / spec["golden"])
    session = ort.InferenceSession(str(made[name] / spec["graph"]), float16.options())
    names = [h["name"] for h in spec["hooks"]]
    assert [o.name for o in session.get_outputs()] == [*names, "logits"]
    for hook, got in zip(names, session.run(names, {i["name"]: golden[i["name"]] for i in spec["inputs"]})):
        assert got.dtype == np.float32
        assert 1e-4 < derived.relative_l2(got, golden[hook]) < 1e-3, hook


def convert(tmp_path, nodes, inputs, weights, width=8):
    """Convert a graph of these nodes, which makes y of x, and return what both make of the inputs."""
    values = [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for k, v in inputs.items()]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, width])
    graph = helper.make_graph(nodes, "g", values, [out], [numpy_helper.from_array(v, k) for k, v in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    source, target = tmp_path / "source.onnx", tmp_path / "target.onnx"
    onnx.save(model, str(source))
    float16.write_graph(source, target)
    onnx.checker.check_model(str(target), full_check=True)
    return [ort.InferenceSession(str(p), float16.options()).run(["y"], inputs)[0] for p in (source, target)]


WEIGHT = {"w": np.eye(8, dtype=np.float32)}


def test_norm_that_is_spelled_out_does_not_overflow(tmp_path):
    """The squares of these are beyond float16, and are rounded to it by none of the nodes between."""
    node = helper.make_node
    nodes = [
        node("MatMul", ["x", "w"], ["h"]), node("Pow", ["h", "two"], ["squares"]), node("ReduceMean", ["squares"], ["mean"], axes=[1]),
        node("Add", ["mean", "epsilon"], ["sum"]), node("Sqrt", ["sum"], ["root"]), node("Div", ["h", "root"], ["y"]),
    ]
    x = np.linspace(-3000, 5000, 16, dtype=np.float32).reshape(2, 8)
    weights = WEIGHT | {"two": np.float32(2), "epsilon": np.float32(1e-6)}
    want, got = convert(tmp_path, nodes, {"x": x}, weights)
    assert np.abs(got - want).max() < 5e-3


def test_positions_stay_exact(tmp_path):
    """3001 is no number of float16: what leads to a sine stays float32."""
    node = helper.make_node
    nodes = [
        node("Cast", ["p"], ["position"], to=TensorProto.FLOAT), node("Mul", ["position", "frequency"], ["angle"]),
        node("Sin", ["angle"], ["sine"]), node("MatMul", ["x", "w"], ["h"]), node("Mul", ["h", "sine"], ["y"]),
    ]
    inputs = {"p": np.array([[3001], [4099]], np.int64), "x": np.ones((2, 8), np.float32)}
    want, got = convert(tmp_path, nodes, inputs, WEIGHT | {"frequency": np.linspace(0.1, 1, 8, dtype=np.float32)})
    assert np.abs(got - want).max() < 2e-3


def test_one_tensor_into_two_norms(tmp_path):
    """The converter writes the same Cast for each, which no runtime takes."""
    node = helper.make_node
    nodes = [
        node("MatMul", ["x", "w"], ["h"]), node("LayerNormalization", ["h", "one"], ["a"]),
        node("LayerNormalization", ["h", "two"], ["b"]), node("Add", ["a", "b"], ["y"]),
    ]
    weights = WEIGHT | {"one": np.ones(8, np.float32), "two": np.full(8, 2, np.float32)}
    want, got = convert(tmp_path, nodes, {"x": np.arange(16, dtype=np.float32).reshape(2, 8)}, weights)
    assert np.abs(got - want).max() < 1e-2


@pytest.mark.parametrize("turned", [0, 1])
def test_gemm_sums_in_float32(tmp_path, turned):
    """float16 cannot count beyond 2048; a row of 4096 ones sums to 4096 where the sum is float32."""
    w = np.ones((8, 4096) if turned else (4096, 8), np.float32)
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=turned)]
    want, got = convert(tmp_path, nodes, {"x": np.ones((2, 4096), np.float32)}, {"w": w, "b": np.ones(8, np.float32)})
    assert np.abs(got - want).max() <= 4 and want.max() == 4097


def test_branches_are_refused():
    source = ROOT / "models/onnx/testdata/branch.onnx"
    with pytest.raises(ExportError, match="branches or loops"):
        float16.write_graph(source, Path("nowhere"))


def test_large_weights_lie_beside_the_graph(tmp_path, monkeypatch):
    monkeypatch.setattr(derived, "INLINE_LIMIT", 1000)
    assert float16_onnx.main(["--model", str(MODELS["text"]), "--output", str(tmp_path / "out")]) == 0
    spec = json.loads((tmp_path / "out" / "model.json").read_text())
    assert "model.onnx.data" in spec["files"]
    ort.InferenceSession(str(tmp_path / "out" / spec["graph"]))


def test_equal_input_gives_equal_bytes(made, tmp_path):
    assert float16_onnx.main(["--model", str(MODELS["text"]), "--output", str(tmp_path / "again")]) == 0
    for f in made["text"].iterdir():
        assert f.read_bytes() == (tmp_path / "again" / f.name).read_bytes(), f.name


def test_a_copy_of_a_copy_is_refused(made, tmp_path, capsys):
    assert float16_onnx.main(["--model", str(made["inline"]), "--output", str(tmp_path / "out")]) == 1
    assert "is float16 already" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
