"""Tests of the exporter and of check_rows.py on small networks of every family.

    python -m pytest scripts/test_export.py
"""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import onnxruntime as ort
import PIL
import pytest
import timm
import torch
from PIL import Image
from safetensors.numpy import load_file
from timm.models import save_for_hf
from tokenizers import Tokenizer
from transformers import CLIPModel, GPT2Config, GPT2ForSequenceClassification

import add_golden_tokens
import export_onnx
import float16_onnx
import small_networks
import train_demo_text
from saego_export import ExportError, check, clip, derived, dinov2, float16, folder, gpt2, vit
from small_rows import TEXTS, image_rows, run_check, save_rows, text_rows


@pytest.fixture(scope="session")
def text_folder(tmp_path_factory):
    """A small HF folder with random weights and a tokenizer of its own."""
    path = tmp_path_factory.mktemp("text") / "tiny"
    tok = train_demo_text.train_tokenizer(TEXTS, 300)
    torch.manual_seed(0)
    model = train_demo_text.new_model(tok, layers=3, width=16, heads=2, context=32)
    train_demo_text.save(path, model, tok, "# card\n")
    return path


@pytest.fixture(scope="session")
def vit_folder(tmp_path_factory):
    """A small folder of timm's save_for_hf with class names."""
    path = tmp_path_factory.mktemp("vit") / "tiny"
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", img_size=32, patch_size=8, embed_dim=16, depth=3, num_heads=2,
                              num_classes=3)
    save_for_hf(model, str(path), model_config={"label_names": ["a", "b", "c"]}, safe_serialization=True,
                model_args=dict(img_size=32, patch_size=8, embed_dim=16, depth=3, num_heads=2))
    return path


@pytest.fixture(scope="session")
def sources(tmp_path_factory, text_folder, vit_folder):
    """A folder for each case: {case: path}."""
    root = tmp_path_factory.mktemp("hf")
    made = {name: small_networks.save(name, root / name, text_folder / "tokenizer.json", TEXTS) for name in small_networks.CASES}
    return {"gpt2-classifier": text_folder, "vit": vit_folder} | made


class Exported(dict):
    """Model folders by case, each made when it is asked for."""

    def __init__(self, root, sources):
        super().__init__()
        self.root, self.sources = root, sources

    def __missing__(self, case):
        out = self.root / "deep" / case
        args = ["--family", small_networks.family(case), "--model", str(self.sources[case]), "--output", str(out)]
        assert export_onnx.main(args) == 0, case
        self[case] = out
        return out


@pytest.fixture(scope="session")
def exported(tmp_path_factory, sources):
    """A model folder for each case: {case: path}."""
    return Exported(tmp_path_factory.mktemp("out"), sources)


CASES = ["gpt2-classifier", "vit", *small_networks.CASES]


@pytest.mark.parametrize("case", CASES)
def test_folder_is_whole(exported, case):
    path = exported[case]
    spec = json.loads((path / "model.json").read_text())
    assert set(spec["files"]) == {f.name for f in path.iterdir()} - {"model.json"}
    for name, pinned in spec["files"].items():
        assert pinned == folder.digest(path / name)
    prefix = small_networks.blocks(case)
    assert spec["hooks"] == [{"name": f"{prefix}.{i}", "d_in": 16} for i in range(3)]
    assert not any(f.is_symlink() for f in path.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_graph_gives_the_golden_activations(exported, case):
    path = exported[case]
    spec, golden = json.loads((path / "model.json").read_text()), load_file(path / "golden.safetensors")
    session = ort.InferenceSession(str(path / spec["graph"]))
    assert [i.name for i in session.get_inputs()] == [i["name"] for i in spec["inputs"]]
    assert [i.shape for i in session.get_inputs()] == [i["shape"] for i in spec["inputs"]]
    names = [h["name"] for h in spec["hooks"]] + [spec["logits"]] * bool(spec["logits"])
    assert names == [o.name for o in session.get_outputs()]
    got = session.run(names, {i["name"]: golden[i["name"]] for i in spec["inputs"]})
    for name, value in zip(names, got):
        np.testing.assert_allclose(value, golden[name], atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_float16_copy(exported, tmp_path, case):
    out = tmp_path / "half"
    assert float16_onnx.main(["--model", str(exported[case]), "--output", str(out)]) == 0
    spec, golden = json.loads((out / "model.json").read_text()), load_file(out / "golden.safetensors")
    session = ort.InferenceSession(str(out / spec["graph"]), float16.options())
    names = [h["name"] for h in spec["hooks"]]
    for name, got in zip(names, session.run(names, {i["name"]: golden[i["name"]] for i in spec["inputs"]})):
        assert derived.relative_l2(got, golden[name]) < 2e-3, name


def test_text_spec(exported):
    spec = json.loads((exported["gpt2-classifier"] / "model.json").read_text())
    assert spec["labels"] == ["neg", "pos"]
    assert spec["text"] == {"tokenizer": "tokenizer.json", "context_size": 32, "pad_token_id": 299,
                            "special_token_ids": [299], "golden_tokens": "golden_tokens.json"}
    assert spec["inputs"][0]["shape"] == ["batch", "sequence"]
    assert "card.md" in spec["files"]


def test_vision_spec(exported):
    spec = json.loads((exported["vit"] / "model.json").read_text())
    assert spec["labels"] == ["a", "b", "c"]
    want = {"resize_mode": "shorter", "resize": [35, 35], "interpolation": "bicubic", "crop": [32, 32],
            "prefix_tokens": 1, "grid": [4, 4]}
    assert {k: spec["vision"][k] for k in want} == want
    assert spec["exported_by"]["pillow"] == PIL.__version__  # whose resize saego follows


@pytest.mark.parametrize("case, logits, labels, inputs", [
    ("bert", "", [], ["input_ids", "attention_mask", "token_type_ids"]),
    ("bert-classifier", "logits", ["neg", "pos", "mixed"], ["input_ids", "attention_mask", "token_type_ids"]),
    ("distilbert", "", [], ["input_ids", "attention_mask"]),
    ("roberta", "", [], ["input_ids", "attention_mask"]),
    ("gpt2-lm", "logits", [], ["input_ids", "attention_mask"]),
    ("gpt-neox", "logits", [], ["input_ids", "attention_mask"]),
    ("llama", "logits", [], ["input_ids", "attention_mask"]),
])
def test_specs_for_texts(exported, case, logits, labels, inputs):
    spec = json.loads((exported[case] / "model.json").read_text())
    assert (spec["logits"], spec["labels"], [i["name"] for i in spec["inputs"]]) == (logits, labels, inputs)
    assert spec["text"]["context_size"] == 32  # RoBERTa's 34 positions hold 32 tokens
    if labels:
        return
    golden = load_file(exported[case] / "golden.safetensors")
    assert ("logits" in golden) == bool(logits)
    assert not logits or golden["logits"].shape[1] == golden["input_ids"].shape[1]


@pytest.mark.parametrize("case, want", [
    ("hf-vit", {"resize_mode": "exact", "resize": [32, 32], "interpolation": "bilinear", "crop": [32, 32],
                "mean": [0.5] * 3, "prefix_tokens": 1, "grid": [4, 4]}),
    ("hf-deit", {"resize_mode": "exact", "resize": [36, 36], "crop": [32, 32], "prefix_tokens": 2, "crop_rounding": "floor"}),
    ("dinov2", {"resize_mode": "shorter", "resize": [37, 37], "interpolation": "bicubic", "crop": [32, 32], "prefix_tokens": 1,
                "mean": [0.485, 0.456, 0.406], "grid": [4, 4], "crop_rounding": "floor"}),
    ("dinov2-registers", {"prefix_tokens": 5, "grid": [4, 4]}),
    ("clip", {"resize_mode": "shorter", "resize": [32, 32], "interpolation": "bicubic", "crop": [32, 32], "prefix_tokens": 1,
              "mean": [0.48145466, 0.4578275, 0.40821073], "grid": [4, 4]}),
    ("clip-tower", {"prefix_tokens": 1}),
])
def test_specs_for_pictures(exported, case, want):
    spec = json.loads((exported[case] / "model.json").read_text())
    assert {k: spec["vision"][k] for k in want} == want
    assert (spec["logits"], spec["labels"]) == (("logits", ["a", "b"]) if case == "hf-vit" else ("", []))


def test_pictures_are_prepared_as_the_spec_says(sources):
    """PIL's resize, the crop and float32 arithmetic give the processors' pixels to the bit."""
    rng = np.random.default_rng(0)
    for case in ("hf-vit", "hf-deit", "dinov2", "clip"):
        args = ["--family", small_networks.family(case), "--model", str(sources[case]), "--output", "x"]
        net = export_onnx.load(export_onnx.parse_args(args))
        v = net.vision
        for width, height in ((50, 41), (41, 50), (33, 80)):
            picture = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
            short, (h, w) = min(width, height), v["resize"]
            if v["resize_mode"] == "shorter":
                h, w = (int(h * s / short) if s != short else h for s in (height, width))
            small = np.asarray(picture.resize((w, h), {"bilinear": 2, "bicubic": 3}[v["interpolation"]]))
            top, left = ((s - c) // 2 for s, c in zip((h, w), v["crop"]))
            part = small[top:top + v["crop"][0], left:left + v["crop"][1]].astype(np.float32)
            want = (part / np.float32(255) - np.float32(v["mean"])) / np.float32(v["std"])
            np.testing.assert_array_equal(net.prepare(picture).numpy(), want.transpose(2, 0, 1))


def test_positions_are_interpolated_once(sources):
    net = dinov2.load(str(sources["dinov2-registers"]))
    plain = type(net.module).from_pretrained(sources["dinov2-registers"]).eval()
    pixels = torch.randn(2, 3, 32, 32)
    assert plain.embeddings.position_embeddings.shape[1] == 37 and net.module.embeddings.position_embeddings.shape[1] == 17
    with torch.no_grad():
        assert torch.equal(plain(pixels).last_hidden_state, net.module(pixels).last_hidden_state)


def test_the_tower_of_a_whole_clip_is_found(sources):
    whole, tower = clip.load(str(sources["clip"])), clip.load(str(sources["clip-tower"]))
    assert whole.hooks[0] == "vision_model.encoder.layers.0" and tower.hooks[0] == "encoder.layers.0"
    plain, pixels = CLIPModel.from_pretrained(sources["clip"]).eval(), torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(whole.module.vision_model(pixels).last_hidden_state, plain.vision_model(pixels).last_hidden_state)


def test_timm_models_of_other_sizes(tmp_path):
    net = vit.load("vit_small_patch14_reg4_dinov2", random_init=0, image_size=56)
    assert (net.vision["crop"], net.vision["grid"], net.vision["prefix_tokens"], net.logits) == ([56, 56], [4, 4], 5, False)
    net = vit.load("deit_tiny_distilled_patch16_224", random_init=0)
    assert (net.vision["resize"], net.vision["prefix_tokens"], net.logits) == ([248, 248], 2, True)


@pytest.mark.parametrize("case", ["gpt2-classifier", "bert", "roberta"])
def test_golden_tokens(exported, tmp_path, case, capsys):
    path = exported[case]
    golden = json.loads((path / "golden_tokens.json").read_text())
    tok = Tokenizer.from_file(str(path / "tokenizer.json"))
    assert len(golden["texts"]) > 20
    for g in golden["texts"]:
        ids = tok.encode(g["text"]).ids
        assert g["ids"] == ids if "limit" not in g else len(g["ids"]) == g["limit"] < len(ids)
    old, before = tmp_path / "old", {f.name: f.read_bytes() for f in path.iterdir()}
    shutil.copytree(path, old)
    spec = json.loads(before["model.json"])
    del spec["files"]["golden_tokens.json"], spec["text"]["golden_tokens"]
    (old / "model.json").write_text(json.dumps(spec))
    (old / "golden_tokens.json").unlink()
    assert add_golden_tokens.main([str(old)]) == 0
    assert {f.name: f.read_bytes() for f in old.iterdir()} == before
    assert add_golden_tokens.main([str(exported["vit"])]) == 1
    assert "reads no texts" in capsys.readouterr().err


@pytest.mark.parametrize("case", ["gpt2-classifier", "vit", "bert", "clip"])
def test_equal_input_gives_equal_bytes(exported, tmp_path, sources, case):
    args = ["--family", small_networks.family(case), "--model", str(sources[case]), "--output", str(tmp_path / "again")]
    assert export_onnx.main(args) == 0
    for f in exported[case].iterdir():
        assert f.read_bytes() == (tmp_path / "again" / f.name).read_bytes(), f.name


def test_no_paths_of_this_machine_in_the_graph(exported):
    for case in ("gpt2-classifier", "vit", "bert", "clip"):
        path = exported[case]
        data = (path / "model.onnx").read_bytes()
        assert b"site-packages" not in data and str(Path(__file__).parent).encode() not in data


def test_a_graph_that_differs_is_not_left(text_folder, tmp_path, capsys):
    args = ["--family", "gpt2-classifier", "--model", str(text_folder), "--output", str(tmp_path / "a" / "b")]
    assert export_onnx.main([*args, "--tolerance", "1e-15"]) == 1
    assert "differs from PyTorch" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_check_finds_a_lost_bias(exported, text_folder):
    net = gpt2.load(str(text_folder))
    with torch.no_grad():
        net.module.transformer.h[1].mlp.c_proj.bias.add_(1e-3)
    worst, where = check.worst_difference(net, exported["gpt2-classifier"] / "model.onnx")
    assert worst > 9e-4 and where.startswith(("transformer.h.1", "transformer.h.2"))


def test_check_calls_broken_weights_so(exported, text_folder):
    net = gpt2.load(str(text_folder))
    with torch.no_grad():
        net.module.transformer.h[0].ln_1.weight.fill_(float("nan"))
    with pytest.raises(ExportError, match="NaN"):
        check.worst_difference(net, exported["gpt2-classifier"] / "model.onnx")


@pytest.mark.parametrize("args, code, says", [
    (["--family", "mamba", "--model", "x"], 2, "invalid choice"),
    (["--family", "bert", "--model", "{text}"], 1, "is of type 'gpt2', not bert or distilbert or roberta"),
    (["--family", "bert", "--model", "bert-tiny", "--random-init", "0", "--tokenizer", "{text}"], 1, "want one of bert-base-uncased"),
    (["--family", "causal-lm", "--model", "gpt2", "--labels", "a,b"], 1, "a language model has no classes"),
    (["--family", "dinov2", "--model", "{vit}"], 1, "model "),
    (["--family", "clip-vision", "--model", "x", "--image-size", "9"], 1, "takes what its files say"),
    (["--family", "vit", "--model", "no_such_vit"], 1, "timm has no model of that name"),
    (["--family", "vit", "--model", "/no/such"], 1, "no such folder"),
    (["--family", "vit", "--model", "{empty}"], 1, "lacks config.json"),
    (["--family", "vit", "--model", "resnet18", "--random-init", "0"], 1, "not a VisionTransformer"),
    (["--family", "vit", "--model", "{vit}", "--labels", "a,b"], 1, "2 names for 3 classes"),
    (["--family", "vit", "--model", "{vit}", "--tokenizer", "{text}"], 1, "a vit has none"),
    (["--family", "gpt2-classifier", "--model", "{empty}"], 1, "lacks config.json"),
    (["--family", "gpt2-classifier", "--model", "{bare}"], 1, "lacks tokenizer.json"),
    (["--family", "gpt2-classifier", "--model", "{bare}", "--tokenizer", "{text}"], 1, "lacks model.safetensors"),
    (["--family", "gpt2-classifier", "--model", "gpt2", "--random-init", "0"], 1, "pass --tokenizer"),
    (["--family", "gpt2-classifier", "--model", "gpt9", "--random-init", "0", "--tokenizer", "{text}"], 1, "want one of"),
    (["--family", "gpt2-classifier", "--model", "{text}", "--tokenizer", "{empty}"], 1, "no tokenizer.json"),
    (["--family", "gpt2-classifier", "--model", "{text}", "--output", "{text}"], 1, "no model folder"),
])
def test_faults_are_one_line(args, code, says, text_folder, vit_folder, tmp_path, capsys):
    places = {"empty": tmp_path / "empty", "bare": tmp_path / "bare", "text": text_folder, "vit": vit_folder}
    for name in ("empty", "bare"):
        places[name].mkdir()
    (places["bare"] / "config.json").write_bytes((text_folder / "config.json").read_bytes())
    argv = ["--output", str(tmp_path / "out"), *(a.format(**places) for a in args)]
    try:
        got = export_onnx.main(argv)
    except SystemExit as e:
        got = e.code
    err = capsys.readouterr().err
    assert (got, err.count("\n")) == (code, 1) and says in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bare", "empty"]


def test_random_init_is_seeded_and_leaves_no_bias_at_zero(text_folder):
    a, b, c = (gpt2.load(str(text_folder), random_init=s).module.state_dict() for s in (1, 1, 2))
    assert all(torch.equal(a[k], b[k]) for k in a)
    assert not torch.equal(a["transformer.wte.weight"], c["transformer.wte.weight"])
    assert a["transformer.h.0.ln_1.bias"].abs().min() > 0
    assert a["transformer.h.0.ln_1.weight"].std() > 0


def test_checkpoint_beside_its_config(vit_folder):
    whole, file = vit.load(str(vit_folder)), vit.load(str(vit_folder / "model.safetensors"))
    for k, v in whole.module.state_dict().items():
        assert torch.equal(v, file.module.state_dict()[k])
    assert whole.labels == file.labels and whole.vision == file.vision


def test_gpt2_without_padding_token_pads_with_its_end(tmp_path, text_folder):
    config = GPT2Config(vocab_size=300, n_positions=16, n_embd=8, n_layer=1, n_head=2, eos_token_id=299, bos_token_id=299)
    GPT2ForSequenceClassification(config).save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((text_folder / "tokenizer.json").read_bytes())
    assert gpt2.load(str(tmp_path)).text["pad_token_id"] == 299


def test_demo_tokenizer_is_laid_out_as_gpt2():
    tok = train_demo_text.train_tokenizer(TEXTS * 3, 300)
    assert [tok.id_to_token(i) for i in (0, 1, 187, 188, 220)] == ["!", '"', "\u00ff", "\u0100", "\u0120"]
    assert tok.id_to_token(299) == train_demo_text.EOT
    for text in TEXTS:
        assert tok.decode(tok.encode(text).ids) == text


def test_check_rows_text(exported, text_folder, tmp_path, capsys):
    rows = text_rows(exported["gpt2-classifier"], tmp_path)
    random.Random(0).shuffle(rows)
    args = ("gpt2-classifier", text_folder, tmp_path / "d.jsonl", "transformer.h.1", tmp_path / "rows")
    save_rows(tmp_path / "rows", rows)
    assert run_check(*args) == 0
    assert f"{len(rows)} rows of 4 examples, 0 wrong tokens" in capsys.readouterr().out  # "x" has one token
    save_rows(tmp_path / "rows", [(a + 1e-3, *rest) for a, *rest in rows])
    assert run_check(*args) == 1
    save_rows(tmp_path / "rows", [(a, e, p, t + 1) for a, e, p, t in rows])
    assert run_check(*args) == 1
    save_rows(tmp_path / "rows", [(a, e + 9, p, t) for a, e, p, t in rows])
    assert run_check(*args) == 1
    assert "has no example 9" in capsys.readouterr().err


@pytest.mark.parametrize("case", ["bert", "roberta", "gpt2-lm"])
def test_check_rows_of_other_families(exported, sources, tmp_path, case):
    hook = f"{small_networks.blocks(case)}.1"
    save_rows(tmp_path / "rows", text_rows(exported[case], tmp_path, hook))
    assert run_check(small_networks.family(case), sources[case], tmp_path / "d.jsonl", hook, tmp_path / "rows") == 0


def test_check_rows_vision(exported, vit_folder, tmp_path, capsys):
    rows, pixels = image_rows(exported["vit"], tmp_path)
    save_rows(tmp_path / "rows", rows, pixels=pixels)
    assert run_check("vit", vit_folder, tmp_path / "d", "blocks.1", tmp_path / "rows") == 0
    out = capsys.readouterr().out
    assert "51 rows of 3 examples, 0 wrong tokens" in out and "pixels: max abs diff" in out
    assert run_check("vit", vit_folder, tmp_path / "d", "blocks.7", tmp_path / "rows") == 1
    assert "the model has blocks.0, blocks.1" in capsys.readouterr().err
