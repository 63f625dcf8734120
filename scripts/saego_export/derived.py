"""Make a model folder of another one, whose graph has another precision.

The folder has its own digest and says what it was made of; its golden activations stay those
of the first, so that the drift can be told.
"""

import hashlib
import json
import logging
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx.external_data_helper import ExternalDataInfo, uses_external_data
from safetensors.numpy import load_file

from . import FORMAT, ExportError
from .place import digest, replacing

INLINE_LIMIT = 100 << 20  # bytes of weights, as in graph.py


def derive(model, output, precision, by, write_graph, say, options=None):
    """Write the copy of the folder model, whose graph write_graph(source, target) writes, to the
    folder output; replace a model folder that stands there. Options are of the session that
    measures the drift."""
    model, output = Path(model), Path(output)
    spec = read_spec(model)
    with replacing(output) as work:
        (work / spec["graph"]).parent.mkdir(parents=True, exist_ok=True)
        write_graph(model / spec["graph"], work / spec["graph"])
        weights = external_files(model / spec["graph"])
        for name in spec["files"]:
            if name != spec["graph"] and name not in weights:
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(model / name, work / name)
        report_drift(model, work, spec, precision, say, options)
        write_spec(spec, work, precision, by)


def read_spec(model):
    """Return model.json of a folder that is whole and of floats."""
    try:
        spec = json.loads((model / "model.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExportError(f"model {str(model)!r}: no model.json: name a folder made by export_onnx.py") from None
    except ValueError as e:
        raise ExportError(f"model {str(model)!r}: model.json: {e}") from None
    if spec.get("version") != FORMAT:
        raise ExportError(f"model {str(model)!r}: format version {spec.get('version')}, want {FORMAT}: export it again")
    if "precision" in spec["exported_by"]:
        raise ExportError(f"model {str(model)!r}: is {spec['exported_by']['precision']} already: name the folder it was made of")
    for name, pinned in spec["files"].items():
        if not (model / name).is_file() or digest(model / name) != pinned:
            raise ExportError(f"model {str(model)!r}: {name} is not what model.json says: the copy is broken or the file was changed")
    return spec


def forget_shapes_of_weights(graph):
    """Drop what PyTorch's exporter says twice of a weight: the library turns some and leaves that as it was."""
    weights = {w.name for w in graph.initializer}
    kept = [v for v in graph.value_info if v.name not in weights]
    del graph.value_info[:]
    graph.value_info.extend(kept)


def external_files(graph):
    """Return the names of the files that hold weights of the graph."""
    tensors = onnx.load(str(graph), load_external_data=False).graph.initializer
    return {ExternalDataInfo(t).location for t in tensors if uses_external_data(t)}


def report_drift(model, work, spec, precision, say, options):
    """Tell how far the hook points lie from the golden activations; refuse what is not finite."""
    if not spec["golden"]:
        say("no golden activations: the drift is not known")
        return
    golden = load_file(model / spec["golden"])
    names = [h["name"] for h in spec["hooks"] if h["name"] in golden]
    session = ort.InferenceSession(str(work / spec["graph"]), options, providers=["CPUExecutionProvider"])
    values = session.run(names, {i["name"]: golden[i["name"]] for i in spec["inputs"]})
    for name, got in zip(names, values):
        drift = relative_l2(got, golden[name])
        if not np.isfinite(drift):
            raise ExportError(f"output {name!r}: NaN or infinity in {precision}: this network cannot be copied so")
        say(f"{name}: relative L2 {drift:.2e} from the golden activations")


def relative_l2(got, want):
    got, want = got.astype(np.float64), want.astype(np.float64)
    return float(np.linalg.norm(got - want) / np.linalg.norm(want))


def model_digest(spec):
    """What stands for a model in other files: Model.Digest of package models."""
    golden = {spec["golden"], (spec["text"] or {}).get("golden_tokens")}
    sha = hashlib.sha256()
    for name in sorted(spec["files"]):
        if name not in golden:
            sha.update(f"{spec['files'][name]['sha256']} {name}\n".encode())
    return sha.hexdigest()[:12]


def write_spec(spec, work, precision, by):
    """Write model.json, last: it pins every other file."""
    made = {"precision": precision, "quantized_from": f"{spec['name']}@{model_digest(spec)}", "quantized_by": by}
    files = {f.relative_to(work).as_posix(): digest(f) for f in sorted(work.rglob("*")) if f.is_file()}
    spec = spec | {"name": f"{spec['name']}-{precision}", "files": files, "exported_by": spec["exported_by"] | made}
    (work / "model.json").write_text(json.dumps(spec, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def quiet():
    """Silence the advice of the library; its errors still come as exceptions."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
