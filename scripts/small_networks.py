"""Small networks with random weights in folders of Hugging Face's form, for test_export.py."""

import json

import torch
import transformers as t
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SIZE = dict(hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32)
PICTURE = dict(image_size=32, patch_size=8)
TEXT = dict(max_position_embeddings=32)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


# case: (family, path of the blocks, tokenizer or processor, function of the vocabulary's size that makes the module)
CASES = {
    "bert": ("bert", "encoder.layer", "words", lambda v: t.BertModel(t.BertConfig(vocab_size=v, **SIZE, **TEXT))),
    "bert-classifier": ("bert", "bert.encoder.layer", "words", lambda v: t.BertForSequenceClassification(t.BertConfig(
        vocab_size=v, **SIZE, **TEXT, id2label={0: "neg", 1: "pos", 2: "mixed"}, label2id={"neg": 0, "pos": 1, "mixed": 2}))),
    "distilbert": ("bert", "transformer.layer", "words", lambda v: t.DistilBertModel(
        t.DistilBertConfig(vocab_size=v, **TEXT, dim=16, n_layers=3, n_heads=2, hidden_dim=32))),
    "roberta": ("bert", "encoder.layer", "roberta", lambda v: t.RobertaModel(
        t.RobertaConfig(vocab_size=v, **SIZE, max_position_embeddings=34, type_vocab_size=1, pad_token_id=1))),
    "gpt2-lm": ("causal-lm", "transformer.h", "bytes", lambda v: t.GPT2LMHeadModel(
        t.GPT2Config(vocab_size=v, n_positions=32, n_embd=16, n_layer=3, n_head=2))),
    "gpt-neox": ("causal-lm", "gpt_neox.layers", "bytes", lambda v: t.GPTNeoXForCausalLM(t.GPTNeoXConfig(vocab_size=v, **SIZE, **TEXT))),
    "llama": ("causal-lm", "model.layers", "bytes", lambda v: t.LlamaForCausalLM(
        t.LlamaConfig(vocab_size=v, **SIZE, **TEXT, num_key_value_heads=1))),
    "hf-vit": ("hf-vit", "vit.layers", "vit", lambda _: t.ViTForImageClassification(
        t.ViTConfig(**SIZE, **PICTURE, id2label={0: "a", 1: "b"}, label2id={"a": 0, "b": 1}))),
    "hf-deit": ("hf-vit", "layers", "deit", lambda _: t.DeiTModel(t.DeiTConfig(**SIZE, **PICTURE))),
    "dinov2": ("dinov2", "encoder.layer", "dinov2", lambda _: t.Dinov2Model(t.Dinov2Config(
        image_size=48, patch_size=8, hidden_size=16, num_hidden_layers=3, num_attention_heads=2))),
    "dinov2-registers": ("dinov2", "encoder.layer", "dinov2", lambda _: t.Dinov2WithRegistersModel(t.Dinov2WithRegistersConfig(
        image_size=48, patch_size=8, hidden_size=16, num_hidden_layers=3, num_attention_heads=2))),
    "clip": ("clip-vision", "vision_model.encoder.layers", "clip", lambda _: t.CLIPModel(t.CLIPConfig(
        text_config=dict(SIZE, vocab_size=99), vision_config=dict(SIZE, **PICTURE, projection_dim=8), projection_dim=8))),
    "clip-tower": ("clip-vision", "encoder.layers", "clip", lambda _: t.CLIPVisionModel(t.CLIPVisionConfig(**SIZE, **PICTURE))),
}

CROP = {"height": 32, "width": 32}
PROCESSORS = {
    "vit": dict(image_processor_type="ViTImageProcessor", size=CROP),
    "deit": dict(image_processor_type="DeiTImageProcessor", size={"height": 36, "width": 36}, crop_size=CROP),
    "dinov2": dict(image_processor_type="BitImageProcessor", size={"shortest_edge": 37}, crop_size=CROP,
                   image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]),
    "clip": dict(image_processor_type="CLIPImageProcessor", size={"shortest_edge": 32}, crop_size=CROP),
}


def family(case):
    return CASES[case][0] if case in CASES else case


def blocks(case):
    return {"gpt2-classifier": "transformer.h", "vit": "blocks"}.get(case) or CASES[case][1]


def word_piece(texts):
    """Return BERT's kind of tokenizer with the words and letters of texts."""
    normalizer, splitter = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    words = sorted({w for text in texts for w, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))})
    letters = sorted(set("".join(words)))
    names = dict.fromkeys(SPECIAL + letters + ["##" + c for c in letters] + words[::2])
    tok = Tokenizer(models.WordPiece({w: i for i, w in enumerate(names)}, unk_token="[UNK]"))
    tok.normalizer, tok.pre_tokenizer, tok.decoder = normalizer, splitter, decoders.WordPiece()
    tok.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tok.add_special_tokens(SPECIAL)
    return tok


def roberta(base):
    """Return the byte-level BPE of the file base as RoBERTa has it."""
    tok = Tokenizer.from_file(str(base))
    tok.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True, normalized=False)])
    ends = [(name, tok.token_to_id(name)) for name in ("</s>", "<s>")]
    tok.post_processor = processors.RobertaProcessing(*ends)
    return tok


TOKENIZERS = {"words": lambda texts, _: word_piece(texts), "roberta": lambda _, base: roberta(base),
              "bytes": lambda _, base: Tokenizer.from_file(str(base))}


def save(case, folder, base, texts):
    """Write the network of a case to a folder and return it; base is a file with a byte-level BPE."""
    folder.mkdir()
    _, _, beside, make = CASES[case]
    tok = TOKENIZERS[beside](texts, base) if beside in TOKENIZERS else None
    torch.manual_seed(0)
    module = make(tok and tok.get_vocab_size())
    with torch.no_grad():
        for p in module.parameters():  # no bias or token at zero
            p.add_(0.02 * torch.randn_like(p))
    module.save_pretrained(folder)
    if tok:
        tok.save(str(folder / "tokenizer.json"))
    else:
        (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSORS[beside]))
    return folder
