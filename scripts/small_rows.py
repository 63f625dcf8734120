"""Rows of small networks in the files that check_rows.py reads, for test_export.py."""

import json

import numpy as np
import onnxruntime as ort
from PIL import Image
from safetensors.numpy import save_file
from tokenizers import Tokenizer

import check_rows

TEXTS = ["the acting was not very convincing, but the soundtrack is wonderful.", "A film.", "x",
         "caf\u00e9 \U0001f600  two  spaces\n\nand lines", "long " * 80]


def text_rows(model, tmp_path, hook="transformer.h.1"):
    """Write rows as saego would, from the graph, one text at a time; return their file."""
    session, tok = ort.InferenceSession(str(model / "model.onnx")), Tokenizer.from_file(str(model / "tokenizer.json"))
    (tmp_path / "d.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in TEXTS))
    rows = []
    for example, text in enumerate(TEXTS):
        tok.enable_truncation(32)
        ids = np.array([tok.encode(text).ids])
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        acts, = session.run([hook], {i.name: feed[i.name] for i in session.get_inputs()})
        rows += [(acts[0, p], example, p, ids[0, p]) for p in range(1, ids.shape[1])]
    return rows


def image_rows(model, tmp_path):
    """Write three pictures and their rows; the pictures are of the crop's size, so timm resizes them."""
    session, rng = ort.InferenceSession(str(model / "model.onnx")), np.random.default_rng(0)
    net_input, rows = [], []
    for i, name in enumerate(("b/1.png", "a/2.png", "a/1.png")):
        path = tmp_path / "d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (35, 35, 3), dtype=np.uint8)).save(path)
    for name in ("a/1.png", "a/2.png", "b/1.png"):  # torchvision's order
        raw = np.asarray(Image.open(tmp_path / "d" / name), dtype=np.float32)[2:34, 2:34]  # round(1.5) is 2
        net_input.append(((raw / 255 - 0.5) / 0.5).transpose(2, 0, 1))
    acts, = session.run(["blocks.1"], {"pixel_values": np.stack(net_input)})
    for example in range(3):
        rows += [(acts[example, p], example, p, p - 1) for p in range(17)]
    return rows, np.stack(net_input)


def save_rows(path, rows, **more):
    acts, example, pos, token = (np.array(c) for c in zip(*rows))
    save_file({"acts": acts, **{n: c.astype(np.int32) for n, c in (("example", example), ("pos", pos), ("token", token))},
               **more}, str(path))


def run_check(family, model, data, hook, rows):
    return check_rows.main(["--family", family, "--model", str(model), "--data", str(data), "--hook", hook,
                            "--rows-file", str(rows)])
