"""Family bert: encoders of Hugging Face's BERT, DistilBERT and RoBERTa, and folders of sentence-transformers.

A checkpoint that was saved with a classifier keeps it; every other one is the bare
encoder, whose folder has no logits.
"""

from . import hf, text, tokenizer

# Where the blocks are: the bare encoder's path, and the prefix of it below a classifier.
BLOCKS = {"bert": ("encoder.layer", "bert."), "distilbert": ("transformer.layer", "distilbert."),
          "roberta": ("encoder.layer", "roberta.")}


def configs():
    """Return {name: function that makes the config} of the published sizes."""
    from transformers import BertConfig, DistilBertConfig, RobertaConfig

    large = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
    roberta = dict(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5,
                   pad_token_id=1, bos_token_id=0, eos_token_id=2)
    return {
        "bert-base-uncased": BertConfig,
        "bert-base-cased": lambda: BertConfig(vocab_size=28996),
        "bert-large-uncased": lambda: BertConfig(**large),
        "distilbert-base-uncased": DistilBertConfig,
        "roberta-base": lambda: RobertaConfig(**roberta),
        "roberta-large": lambda: RobertaConfig(**roberta, **large),
        "all-MiniLM-L6-v2": lambda: BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    }


def load(model, name=None, labels=None, random_init=None, tok=None):
    """Return the Network of a hub id or a local folder; with random_init, labels ask for a classifier."""
    from transformers import AutoModel, AutoModelForSequenceClassification

    def pick(config, classes):
        return AutoModelForSequenceClassification if classes or hf.is_a(config, "ForSequenceClassification") else AutoModel

    folder = hf.find_folder(model)
    tok_path = tokenizer.find(model, folder, tok, random_init)
    module = hf.load(model, folder, tuple(BLOCKS), pick, configs(), random_init, labels)
    config = module.config
    blocks, below = BLOCKS[config.model_type]
    classifies = hasattr(module, "classifier")
    types = config.model_type == "bert"
    context = config.max_position_embeddings
    if config.model_type == "roberta":  # positions count from behind the padding's
        context -= config.pad_token_id + 1

    def call(m, ids, mask, *rest):
        out = m(input_ids=ids, attention_mask=mask, **({"token_type_ids": rest[0]} if rest else {}))
        return out.logits if classifies else None

    return text.describe(
        module, "bert", model, folder, name, random_init, tok_path, call=call,
        hooks=[f"{below if classifies else ''}{blocks}.{i}" for i in range(config.num_hidden_layers)], context=context,
        classes=hf.own_labels(config) if classifies else None, labels=labels, logits=classifies, types=types)
