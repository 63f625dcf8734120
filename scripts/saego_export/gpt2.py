"""Family gpt2-classifier: Hugging Face's GPT2ForSequenceClassification."""

from . import hf, text, tokenizer

# Sizes of the published architectures, for --random-init without a network.
SIZES = {
    "distilgpt2": dict(n_layer=6, n_embd=768, n_head=12),
    "gpt2": dict(n_layer=12, n_embd=768, n_head=12),
    "gpt2-medium": dict(n_layer=24, n_embd=1024, n_head=16),
    "gpt2-large": dict(n_layer=36, n_embd=1280, n_head=20),
    "gpt2-xl": dict(n_layer=48, n_embd=1600, n_head=25),
}


def configs():
    """Return {name: function that makes the config} of SIZES."""
    from transformers import GPT2Config

    return {name: lambda size=size: GPT2Config(**size) for name, size in SIZES.items()}


def load(model, name=None, labels=None, random_init=None, tok=None):
    """Return the Network of a hub id or a local folder.

    With random_init the architecture is built without weights and without any
    network; its tokenizer then comes from the folder or from `tok`.
    """
    from transformers import GPT2ForSequenceClassification

    folder = hf.find_folder(model)
    tok_path = tokenizer.find(model, folder, tok, random_init)
    module = hf.load(model, folder, ("gpt2",), lambda *_: GPT2ForSequenceClassification, configs(), random_init, labels)
    config = module.config
    return text.describe(
        module, "gpt2-classifier", model, folder, name, random_init, tok_path,
        call=lambda m, ids, mask: m(input_ids=ids, attention_mask=mask, use_cache=False).logits,
        hooks=[f"transformer.h.{i}" for i in range(config.n_layer)], context=config.n_positions,
        classes=hf.own_labels(config), labels=labels)
