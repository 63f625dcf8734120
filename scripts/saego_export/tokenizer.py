"""Find a network's tokenizer.json, and write down what it makes of some texts."""

import hashlib
import json
from pathlib import Path

from . import ExportError

FILE = "golden_tokens.json"
KINDS = ("BPE", "WordPiece", "WordLevel")  # models that saego can try

# Texts that tokenizers which differ in anything tell apart: case, accents, white space,
# digits, punctuation, scripts, words longer than a vocabulary takes, and plain English.
TEXTS = [
    "The film starts slowly, but it doesn't stay slow for long. I'm not sure that I'd have watched it twice.",
    "Is it 1,234.56 or 2000? We'll see: they've paid $40 (or 35 €) for a 3-hour \"epic\"...",
    "", " ", "x", "  two  spaces\n\nand\ta tab \n", "a\u00a0b\u3000c\u2028d", "UPPER lower CamelCase snake_case",
    "café CAFÉ cafe\u0301 naïve Straße Ångström İstanbul", "Это хороший фильм. Ένα καλό έργο.", "这部电影很好看。映画はとても面白い。 한국어",
    "नमस्ते दुनिया สวัสดี שלום مرحبا", "😀😀 👩\u200d👩\u200d👧 🇩🇪", "!!!!! ----- ..... ===== '''''", "zero\u200bwidth soft\u00adhyphen \ufeffbom \ufffd",
    "if (a[i] <= 0x7f) { return b->c; } // done\n    print(f'{x:>10}')", "http://example.org/a?b=c&d=%20e#f", "<br /><br />The end", "ﬁ Ⅷ ½ ² ٣",
    "pneumonoultramicroscopicsilicovolcanoconiosis", "a" * 101, "antidisestablishmentarianism unbelievably rewatchable",
]
LIMIT = 8  # of the ids of the first text, once more


def find(model, folder, given, random_init):
    """Return the path of tokenizer.json: as given, in the folder, or from the hub."""
    from .network import no_hub

    if given:
        path = Path(given) / "tokenizer.json" if Path(given).is_dir() else Path(given)
        if not path.is_file():
            raise ExportError(f"tokenizer {str(given)!r}: no tokenizer.json there")
        return path
    if folder:
        if not (folder / "tokenizer.json").is_file():
            raise ExportError(f"model folder {model!r}: lacks tokenizer.json: pass --tokenizer FOLDER_OR_FILE")
        return folder / "tokenizer.json"
    if random_init is not None:
        raise ExportError(f"model {model!r}: --random-init fetches nothing: pass --tokenizer FOLDER_OR_FILE")
    from huggingface_hub import hf_hub_download
    try:
        return Path(hf_hub_download(model, "tokenizer.json"))
    except Exception as e:  # the hub's client raises errors of a dozen kinds
        raise no_hub(model, e) from e


def special_ids(path, vocab_size):
    """Check that saego may read a tokenizer.json; return the ids of its special tokens, sorted."""
    try:
        tok = json.loads(Path(path).read_text(encoding="utf-8"))
        kind, vocab, added = tok["model"]["type"], tok["model"]["vocab"], tok.get("added_tokens") or []
    except (ValueError, KeyError, TypeError) as e:
        raise ExportError(f"tokenizer {str(path)!r}: no tokenizer.json of Hugging Face's: {e!r}") from e
    if kind not in KINDS:
        raise ExportError(f"tokenizer {str(path)!r}: is of kind {kind}, saego reads byte-level BPE (GPT-2, RoBERTa) and WordPiece (BERT)")
    highest = max([*vocab.values(), *(a["id"] for a in added)])
    if highest >= vocab_size:
        raise ExportError(f"tokenizer {str(path)!r}: has ids to {highest}, "
                          f"the network has {vocab_size} embeddings: it belongs to another model")
    return sorted(a["id"] for a in added if a.get("special"))


def golden(path):
    """Return the content of golden_tokens.json: texts, and the ids that the network is fed for them."""
    import tokenizers

    tok = tokenizers.Tokenizer.from_file(str(path))
    tok.no_padding()
    tok.no_truncation()
    added = [t.content for _, t in sorted(tok.get_added_tokens_decoder().items())][:8]
    texts = TEXTS + [f"The{t}film {t} is" for t in added]
    cases = [{"text": t, "ids": tok.encode(t).ids} for t in texts]
    tok.enable_truncation(LIMIT)
    cases.append({"text": TEXTS[0], "limit": LIMIT, "ids": tok.encode(TEXTS[0]).ids})
    lines = ",\n".join(json.dumps(c) for c in cases)
    return f'{{"tokenizers": "{tokenizers.__version__}", "texts": [\n{lines}\n]}}\n'.encode()


def add_golden(folder):
    """Write golden_tokens.json into a model folder that lacks it, and name it in model.json."""
    path = folder / "model.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    if not spec.get("text"):
        raise ExportError(f"model folder {str(folder)!r}: is of family {spec.get('family')!r}, which reads no texts")
    content = golden(folder / spec["text"]["tokenizer"])
    spec["text"]["golden_tokens"] = FILE
    pin = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    spec["files"] = dict(sorted((spec["files"] | {FILE: pin}).items()))
    for target, data in (folder / FILE, content), (path, to_json(spec)):
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(data)
        part.replace(target)


def to_json(spec):
    """Return the bytes of model.json."""
    return (json.dumps(spec, indent=2, ensure_ascii=False) + "\n").encode()
