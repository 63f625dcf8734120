"""Family gpt2-classifier: Hugging Face's GPT2ForSequenceClassification."""

import json
from pathlib import Path

import torch

from . import ExportError
from .network import Network, no_hub, pick_labels, scramble

# Sizes of the published architectures, for --random-init without a network.
SIZES = {
    "distilgpt2": dict(n_layer=6, n_embd=768, n_head=12),
    "gpt2": dict(n_layer=12, n_embd=768, n_head=12),
    "gpt2-medium": dict(n_layer=24, n_embd=1024, n_head=16),
    "gpt2-large": dict(n_layer=36, n_embd=1280, n_head=20),
    "gpt2-xl": dict(n_layer=48, n_embd=1600, n_head=25),
}


def load(model, name=None, labels=None, random_init=None, tokenizer=None):
    """Return the Network of a hub id or a local folder.

    With random_init the architecture is built without weights and without any
    network; its tokenizer then comes from the folder or from `tokenizer`.
    """
    folder = Path(model) if Path(model).is_dir() else None
    if folder is None and (model.startswith((".", "/")) or Path(model).exists()):
        raise ExportError(f"model {model!r}: no such folder: pass a hub id or a folder with config.json")
    if folder and not (folder / "config.json").is_file():
        raise ExportError(f"model folder {model!r}: lacks config.json: is it a Hugging Face folder?")
    tok_path = find_tokenizer(model, folder, tokenizer, random_init)
    if random_init is None:
        module = pretrained(model, folder)
    else:
        module = random_module(model, folder, random_init, labels)
    return describe(module.eval().float(), name or default_name(model, folder, random_init), labels, tok_path,
                    folder, random_init)


def default_name(model, folder, random_init):
    base = folder.resolve().name if folder else model
    return base if random_init is None else f"{base}-random-{random_init}"


def pretrained(model, folder):
    from transformers import AutoConfig, GPT2ForSequenceClassification

    if folder and not any(folder.glob("*.safetensors")) and not any(folder.glob("*.bin")):
        raise ExportError(f"model folder {model!r}: lacks model.safetensors: "
                          "save it with save_pretrained, or pass --random-init SEED")
    try:
        config = AutoConfig.from_pretrained(model)
        demand_gpt2(model, config)
        torch.manual_seed(0)  # for a head that the checkpoint lacks
        return GPT2ForSequenceClassification.from_pretrained(model, config=config, dtype=torch.float32)
    except (OSError, ValueError, RuntimeError) as e:
        if folder:
            raise ExportError(f"model folder {model!r}: {str(e).splitlines()[0]}") from e
        raise no_hub(model, e) from e


def random_module(model, folder, seed, labels):
    from transformers import GPT2Config, GPT2ForSequenceClassification

    if folder:
        config = GPT2Config.from_pretrained(folder)
        demand_gpt2(model, config)
    elif model in SIZES:
        config = GPT2Config(**SIZES[model], num_labels=len(labels or "01"))
    else:
        raise ExportError(f"model {model!r}: no architecture of that name for --random-init: "
                          f"want one of {', '.join(SIZES)} or a folder with config.json")
    torch.manual_seed(seed)
    module = GPT2ForSequenceClassification(config)
    scramble(module, seed)
    return module


def demand_gpt2(model, config):
    if config.model_type != "gpt2":
        raise ExportError(f"model {model!r}: is of type {config.model_type!r}, not gpt2")


def find_tokenizer(model, folder, given, random_init):
    """Return the path of tokenizer.json: as given, in the folder, or from the hub."""
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


def read_tokenizer(path, vocab_size):
    """Check that a tokenizer.json is byte-level BPE; return the ids of its special tokens, sorted."""
    try:
        tok = json.loads(Path(path).read_text(encoding="utf-8"))
        kind, splitter = tok["model"]["type"], tok.get("pre_tokenizer") or {}
        vocab, added = tok["model"]["vocab"], tok.get("added_tokens") or []
    except (ValueError, KeyError, TypeError) as e:
        raise ExportError(f"tokenizer {str(path)!r}: no tokenizer.json of Hugging Face's: {e!r}") from e
    if kind != "BPE" or splitter.get("type") != "ByteLevel" or tok.get("normalizer"):
        raise ExportError(f"tokenizer {str(path)!r}: is no byte-level BPE as GPT-2's, which is all that saego reads")
    highest = max([*vocab.values(), *(a["id"] for a in added)])
    if highest >= vocab_size:
        raise ExportError(f"tokenizer {str(path)!r}: has ids to {highest}, "
                          f"the network has {vocab_size} embeddings: it belongs to another model")
    return sorted(a["id"] for a in added if a.get("special"))


def describe(module, name, labels, tok_path, folder, random_init):
    config = module.config
    special = read_tokenizer(tok_path, config.vocab_size)
    pad = config.pad_token_id
    if pad is None:  # GPT-2 has no padding token; what stands there is masked
        eos = config.eos_token_id
        pad = eos if isinstance(eos, int) and eos < config.vocab_size else (special or [0])[-1]
    config.pad_token_id, config.use_cache = pad, False
    context = config.n_positions
    files = {"tokenizer.json": tok_path}
    if folder and (folder / "card.md").is_file():
        files["card.md"] = folder / "card.md"
    axes = ["batch", "sequence"]
    return Network(
        family="gpt2-classifier", name=name, module=module,
        call=lambda m, ids, mask: m(input_ids=ids, attention_mask=mask, use_cache=False).logits,
        hooks=[f"transformer.h.{i}" for i in range(config.n_layer)],
        inputs=[{"name": n, "dtype": "int64", "shape": axes} for n in ("input_ids", "attention_mask")],
        dynamic={"batch": None, "sequence": context},
        example=lambda batch, seq, gen: padded_ids(batch, seq, gen, config.vocab_size, set(special) | {pad}, pad),
        shapes=[(b, min(s, context)) for b, s in ((1, 1), (1, 7), (2, 33), (5, 64), (3, 256))],
        golden=(2, min(24, context)),
        labels=pick_labels(labels, [str(config.id2label[i]) for i in range(config.num_labels)], config.num_labels),
        libraries=["transformers", "tokenizers"],
        text={"tokenizer": "tokenizer.json", "context_size": context, "pad_token_id": pad,
              "special_token_ids": special},
        files=files, random_init=random_init)


def padded_ids(batch, seq, gen, vocab, avoid, pad):
    """Return random ids and their mask; each row but the first is shorter than the one before."""
    usable = torch.tensor([i for i in range(vocab) if i not in avoid])
    ids = usable[torch.randint(len(usable), (batch, seq), generator=gen)]
    lengths = torch.tensor([max(1, seq - i * max(1, seq // (batch + 1))) for i in range(batch)])
    mask = (torch.arange(seq) < lengths[:, None]).long()
    return torch.where(mask.bool(), ids, pad), mask
