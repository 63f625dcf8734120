"""What the families for texts share."""

import torch

from . import tokenizer
from .hf import default_name
from .network import Network, pick_labels


def describe(module, family, model, folder, name, random_init, tok_path, *, call, hooks, context,
             classes=None, labels=None, logits=True, types=False, golden=24):
    """Return the Network of a text model.

    classes are the model's own class names, if it has any; types says whether it takes
    token types; golden is the most tokens of the golden inputs.
    """
    config = module.config
    special = tokenizer.special_ids(tok_path, config.vocab_size)
    pad = config.pad_token_id
    if pad is None:  # GPT-2 has no padding token; what stands there is masked
        eos = config.eos_token_id
        pad = eos if isinstance(eos, int) and eos < config.vocab_size else (special or [0])[-1]
    config.pad_token_id = pad
    if hasattr(config, "use_cache"):
        config.use_cache = False
    files = {"tokenizer.json": tok_path, tokenizer.FILE: tokenizer.golden(tok_path)}
    if folder and (folder / "card.md").is_file():
        files["card.md"] = folder / "card.md"
    names = ["input_ids", "attention_mask"] + ["token_type_ids"] * types

    def example(batch, seq, gen):
        ids, mask = padded_ids(batch, seq, gen, config.vocab_size, set(special) | {pad}, pad)
        return (ids, mask) + ((torch.randint(2, ids.shape, generator=gen),) if types else ())

    return Network(
        family=family, name=name or default_name(model, folder, random_init), module=module, call=call, hooks=hooks,
        inputs=[{"name": n, "dtype": "int64", "shape": ["batch", "sequence"]} for n in names],
        dynamic={"batch": None, "sequence": context}, example=example,
        shapes=[(b, min(s, context)) for b, s in ((1, 1), (1, 7), (2, 33), (5, 64), (3, 256))],
        golden=(2, min(golden, context)), logits=logits,
        labels=pick_labels(labels, classes, len(classes or ())), libraries=["transformers", "tokenizers"],
        text={"tokenizer": "tokenizer.json", "context_size": context, "pad_token_id": pad,
              "special_token_ids": special, "golden_tokens": tokenizer.FILE},
        files=files, random_init=random_init)


def padded_ids(batch, seq, gen, vocab, avoid, pad):
    """Return random ids and their mask; each row but the first is shorter than the one before."""
    usable = torch.tensor([i for i in range(vocab) if i not in avoid])
    ids = usable[torch.randint(len(usable), (batch, seq), generator=gen)]
    lengths = torch.tensor([max(1, seq - i * max(1, seq // (batch + 1))) for i in range(batch)])
    mask = (torch.arange(seq) < lengths[:, None]).long()
    return torch.where(mask.bool(), ids, pad), mask
