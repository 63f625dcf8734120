"""Tests of quantize_onnx.py on the small models of this repository; no torch.

    python -m pytest scripts/test_quantize.py
"""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto
from safetensors.numpy import load_file

import quantize_onnx
from saego_export import derived, place

ROOT = Path(__file__).resolve().parent.parent
MODELS = {"inline": ROOT / "extract/ort/testdata/inline", "external": ROOT / "extract/ort/testdata/external",
          "text": ROOT / "internal/demo/text", "vision": ROOT / "internal/demo/vision"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The int8 copies of all models: {name: path}."""
    root = tmp_path_factory.mktemp("int8")
    for name, source in MODELS.items():
        assert quantize_onnx.main(["--model", str(source), "--output", str(root / name)]) == 0
    return {name: root / name for name in MODELS}


def specs(name, path):
    return (json.loads((p / "model.json").read_text()) for p in (MODELS[name], path))


@pytest.mark.parametrize("name", MODELS)
def test_folder_is_whole(made, name):
    was, spec = specs(name, made[name])
    assert set(spec["files"]) == {f.name for f in made[name].iterdir()} - {"model.json"}
    assert all(pinned == place.digest(made[name] / f) for f, pinned in spec["files"].items())
    assert set(was["files"]) - set(spec["files"]) <= {"model.onnx.data"}
    assert spec["exported_by"].items() > was["exported_by"].items()
    assert spec["exported_by"]["precision"] == "int8"
    assert spec["exported_by"]["quantized_from"] == f"{was['name']}@{derived.model_digest(was)}"
    for key in set(was) - {"name", "files", "exported_by"}:
        assert spec[key] == was[key]


def test_digest_is_that_of_saego():
    """TestDigestOfScripts in package models has the same: golden files are left out."""
    files = {"model.onnx": "aa", "golden.safetensors": "bb", "golden_tokens.json": "cc", "tokenizer.json": "dd"}
    spec = {"files": {k: {"sha256": v} for k, v in files.items()}, "golden": "golden.safetensors",
            "text": {"golden_tokens": "golden_tokens.json"}}
    assert derived.model_digest(spec) == "01bcbabeb9a8"


@pytest.mark.parametrize("name", MODELS)
def test_matrices_are_integers(made, name):
    _, spec = specs(name, made[name])
    graph = onnx.load(str(made[name] / spec["graph"])).graph
    integers = [w for w in graph.initializer if w.data_type == TensorProto.INT8 and len(w.dims) == 2]
    assert integers
    assert all(np.abs(onnx.numpy_helper.to_array(w)).max() <= 64 for w in integers)  # 7 bits: no sum of 16 bits overflows
    assert "MatMulInteger" in {n.op_type for n in graph.node}


@pytest.mark.parametrize("name", ["text", "vision"])
def test_hooks_drift_by_percents(made, name):
    _, spec = specs(name, made[name])
    golden = load_file(made[name] / spec["golden"])
    session = ort.InferenceSession(str(made[name] / spec["graph"]))
    assert [o.name for o in session.get_outputs()] == [h["name"] for h in spec["hooks"]] + ["logits"]
    names = [h["name"] for h in spec["hooks"]]
    for hook, got in zip(names, session.run(names, {i["name"]: golden[i["name"]] for i in spec["inputs"]})):
        assert 1e-4 < derived.relative_l2(got, golden[hook]) < 0.1, hook


def test_large_weights_lie_beside_the_graph(tmp_path, monkeypatch):
    monkeypatch.setattr(derived, "INLINE_LIMIT", 1000)
    assert quantize_onnx.main(["--model", str(MODELS["text"]), "--output", str(tmp_path / "out")]) == 0
    spec = json.loads((tmp_path / "out" / "model.json").read_text())
    assert "model.onnx.data" in spec["files"]
    ort.InferenceSession(str(tmp_path / "out" / spec["graph"]))


def test_equal_input_gives_equal_bytes(made, tmp_path):
    assert quantize_onnx.main(["--model", str(MODELS["text"]), "--output", str(tmp_path / "again")]) == 0
    for f in made["text"].iterdir():
        assert f.read_bytes() == (tmp_path / "again" / f.name).read_bytes(), f.name


def test_source_stays_as_it_was(tmp_path):
    source = tmp_path / "model"
    shutil.copytree(MODELS["external"], source)
    before = {f.name: f.read_bytes() for f in source.iterdir()}
    assert quantize_onnx.main(["--model", str(source), "--output", str(tmp_path / "out")]) == 0
    assert before == {f.name: f.read_bytes() for f in source.iterdir()}


@pytest.mark.parametrize("args, code, says", [
    (["--model", "{empty}"], 1, "no model.json"),
    (["--model", "{int8}"], 1, "is int8 already"),
    (["--model", "{broken}"], 1, "tokenizer.json is not what model.json says"),
    (["--model", "{new}"], 1, "format version 99"),
    (["--model", "{good}", "--output", "{used}"], 1, "is no model folder"),
    ([], 2, "--model"),
])
def test_faults_are_one_line(args, code, says, made, tmp_path, capsys):
    places = {"good": MODELS["inline"], "int8": made["inline"]} | {n: tmp_path / n for n in ("empty", "broken", "new", "used")}
    for name in ("empty", "used"):
        places[name].mkdir()
    (places["used"] / "thesis.tex").write_text("")
    for name in ("broken", "new"):
        shutil.copytree(MODELS["inline"], places[name])
    (places["broken"] / "tokenizer.json").write_text("[]")
    spec = json.loads((places["new"] / "model.json").read_text())
    (places["new"] / "model.json").write_text(json.dumps(spec | {"version": 99}))
    argv = ["--output", str(tmp_path / "out"), *(a.format(**places) for a in args)]
    capsys.readouterr()
    try:
        got = quantize_onnx.main(argv)
    except SystemExit as e:
        got = e.code
    err = capsys.readouterr().err
    assert (got, err.count("\n")) == (code, 1) and says in err
    assert not (tmp_path / "out").exists()
