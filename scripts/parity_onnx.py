"""Does an SAE's ONNX graph mean what the SAE means to sae-lens?

    python scripts/parity_onnx.py PROGRAM FOLDER... [--tolerance 1e-5]

PROGRAM is classifier-sae or vision-sae. Each FOLDER is an SAE that sae-lens saved,
with io.safetensors beside it: x (rows, d_in), and the features (rows, d_sae) and the
reconstruction (rows, d_out) that sae-lens gave for it. The program exports it to a
graph, which must

    pass onnx's checker and strict shape inference,
    give the same by onnx's reference implementation and by ONNX Runtime, and
    contain a decoder that onnx.utils can cut out.

A difference counts relative to the tensor's largest magnitude. One line per folder;
exit status 1 if anything differs. Needs scripts/requirements-parity.txt.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator
from onnx.utils import extract_model
from safetensors.numpy import load_file

OUTPUTS = ("features", "reconstruction")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folders", type=pathlib.Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="largest relative difference (default: 1e-5)")
    args = parser.parse_args()
    faults, worst = 0, 0.0
    for folder in args.folders:
        try:
            difference, operators = check(args.program, folder)
        except Exception as err:  # onnx and ONNX Runtime raise whatever their parsers raise
            faults += 1
            print(f"{folder.name:32} {type(err).__name__}: {err}")
            continue
        ok = difference <= args.tolerance
        faults += not ok
        worst = max(worst, difference)
        print(f"{folder.name:32} {operators:3} operators, largest relative difference {difference:.2e}: {'ok' if ok else f'above {args.tolerance:g}'}")
    print(f"graphs: {len(args.folders)} folders, {faults} faults, largest relative difference {worst:.1e}")
    sys.exit(1 if faults else 0)


def check(program, folder):
    """Returns the largest relative difference of all outputs, and how many operators there are."""
    io = load_file(folder / "io.safetensors")
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / "sae.onnx"
        subprocess.run([program, "export", "--sae", folder, "--format", "sae-onnx", "--output", path], check=True, stdout=subprocess.DEVNULL)
        onnx.checker.check_model(path, full_check=True)
        model = onnx.load(path)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        differences = compare(ReferenceEvaluator(model), io) + compare(session(path), io) + [decoder(path, io)]
    return max(differences), len(model.graph.node)


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def compare(runtime, io):
    return [relative(io[name], got) for name, got in zip(OUTPUTS, runtime.run(list(OUTPUTS), {"x": io["x"]}))]


def decoder(path, io):
    """The part from the features on, which needs x only where an output depends on its row itself."""
    cut = path.with_name("decoder.onnx")
    try:
        extract_model(path, cut, ["features"], ["reconstruction"])
    except onnx.checker.ValidationError:
        extract_model(path, cut, ["features", "x"], ["reconstruction"])
    runtime = session(cut)
    (got,) = runtime.run(["reconstruction"], {i.name: io[i.name] for i in runtime.get_inputs()})
    return relative(io["reconstruction"], got)


def relative(want, got):
    """The largest difference over want's largest magnitude; infinite where shapes differ."""
    if want.shape != got.shape:
        return np.inf
    return float(np.abs(want - got).max() / np.abs(want).max())


if __name__ == "__main__":
    main()
