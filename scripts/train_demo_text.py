#!/usr/bin/env python3
"""Train the small text classifier that saego embeds for its demo.

The network has the architecture of Hugging Face's GPT2ForSequenceClassification
and a byte-level BPE of its own, learnt from the same reviews. It learns real
movie reviews (IMDB) from scratch; 4,000 reviews, chosen by a hash of their id,
are held out, and the accuracy on them goes into the folder's card.md.

    python scripts/train_demo_text.py --data train.jsonl.gz --output FOLDER
    python scripts/export_onnx.py --family gpt2-classifier --model FOLDER --output internal/demo/text

A text classifier usually learns from one loss per text, at its last token. Here
each position is asked for the label, so that every prefix of a review is an
example: training from scratch takes minutes instead of hours, and short texts
work too. A language-model loss on a quarter of the positions keeps the
activations rich.
"""

import argparse
import gzip
import hashlib
import json
import math
import random
import re
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch.nn import functional as F
from transformers import GPT2Config, GPT2ForSequenceClassification

EOT = "<|endoftext|>"
LABELS = ["neg", "pos"]
LM_WEIGHT = 1.0
LM_STRIDE = 4  # the language-model loss sees one position in so many


def read_reviews(path):
    """Return [{id, text, label}] of a JSONL file (optionally .gz), line breaks of HTML removed."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    for i, r in enumerate(rows):
        r["text"] = re.sub(r"(<br\s*/?>\s*)+", " ", r["text"]).strip()
        r["id"] = str(r.get("id", i))
    return rows


def split(rows, held_out):
    """Hold out the reviews whose ids have the smallest hashes: the same ones whatever the order."""
    by_hash = sorted(rows, key=lambda r: hashlib.sha256(r["id"].encode()).digest())
    return by_hash[held_out:], by_hash[:held_out]


def train_tokenizer(texts, vocab_size):
    """Learn a byte-level BPE laid out as GPT-2's: 256 bytes, merges in order, <|endoftext|> last."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learner.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=vocab_size - 1, special_tokens=[], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    learnt = json.loads(learner.to_str())["model"]
    vocab = {**learnt["vocab"], EOT: len(learnt["vocab"])}
    tok = Tokenizer(models.BPE(vocab, [tuple(m) for m in learnt["merges"]]))
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.post_processor = processors.ByteLevel(trim_offsets=False)
    tok.decoder = decoders.ByteLevel()
    tok.add_special_tokens([EOT])
    assert tok.token_to_id(EOT) == vocab_size - 1, "the end-of-text token must be last"
    return tok


def encode(tok, texts):
    """Return the token ids of each text, unpadded."""
    return [e.ids for e in tok.encode_batch_fast(texts)]


class Crops:
    """Random pieces of reviews, a batch of one length bucket at a time.

    A piece starts at the review's head or at one of its sentences, and is taken
    in lower case now and then, since the demo's reviews are written so.
    """

    def __init__(self, tok, rows, seed, tokens_per_batch):
        self.rng = random.Random(seed)
        self.labels = [r["label"] for r in rows]
        self.ids = [encode(tok, [r["text"] for r in rows]), encode(tok, [r["text"].lower() for r in rows])]
        ends = {i for t, i in tok.get_vocab().items() if t and t[-1] in ".!?"}
        self.starts = [[self._starts(ids, ends) for ids in version] for version in self.ids]
        self.tokens, self.pad, self.order = tokens_per_batch, tok.token_to_id(EOT), []

    @staticmethod
    def _starts(ids, ends):
        return [0] + [i + 1 for i, t in enumerate(ids[:-8]) if t in ends]

    def _draw(self, length):
        if not self.order:
            self.order = list(range(len(self.labels)))
            self.rng.shuffle(self.order)
        i, low = self.order.pop(), int(self.rng.random() < 0.3)
        start = self.rng.choice(self.starts[low][i]) if self.rng.random() < 0.5 else 0
        return self.ids[low][i][start:start + length], self.labels[i]

    def batch(self):
        """Return ids (batch, length), valid (batch, length) and labels (batch,)."""
        length = self.rng.choice([96, 160, 256])
        pieces = [self._draw(length) for _ in range(self.tokens // length)]
        width = max(len(p) for p, _ in pieces)
        ids = torch.full((len(pieces), width), self.pad)
        valid = torch.zeros(len(pieces), width)
        for row, (piece, _) in enumerate(pieces):
            ids[row, :len(piece)] = torch.tensor(piece)
            valid[row, :len(piece)] = 1
        return ids, valid, torch.tensor([label for _, label in pieces])


def new_model(tok, layers, width, heads, context):
    """Return an untrained classifier; end of text is its padding."""
    eot = tok.token_to_id(EOT)
    return GPT2ForSequenceClassification(GPT2Config(
        vocab_size=tok.get_vocab_size(), n_positions=context, n_embd=width, n_layer=layers, n_head=heads,
        resid_pdrop=0.0, embd_pdrop=0.1, attn_pdrop=0.0, num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)), label2id={n: i for i, n in enumerate(LABELS)},
        bos_token_id=eot, eos_token_id=eot, pad_token_id=eot))


def losses(model, ids, valid, labels):
    """Return the label loss over every position and the language-model loss.

    Padding is on the right and attention is causal, so no mask is needed: what
    stands at a padded position is dropped by its weight.
    """
    hidden = model.transformer(input_ids=ids).last_hidden_state
    logits = model.score(hidden).float()
    per = F.cross_entropy(logits.flatten(0, 1), labels.repeat_interleave(ids.shape[1]), reduction="none")
    ramp = torch.clamp((torch.arange(ids.shape[1]) + 1) / 48, max=1.0)  # a first word says little
    weight = valid * ramp
    label_loss = (per.view_as(valid) * weight).sum() / weight.sum()
    offset = int(torch.randint(LM_STRIDE, ()))
    now, following = hidden[:, offset:-1:LM_STRIDE], ids[:, offset + 1::LM_STRIDE]
    words = F.cross_entropy((now @ model.transformer.wte.weight.T).float().flatten(0, 1),
                            following.flatten(), reduction="none")
    seen = valid[:, offset + 1::LM_STRIDE].flatten()
    return label_loss, (words * seen).sum() / seen.sum()


@torch.no_grad()
def accuracy(model, encoded, labels, context):
    """Return the share of texts whose class is right, read as the exported network is read."""
    model.eval()
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]))
    right = 0
    for lo in range(0, len(order), 50):
        chunk = order[lo:lo + 50]
        rows = [encoded[i][:context] for i in chunk]
        width = max(map(len, rows))
        pad = model.config.pad_token_id
        ids = torch.tensor([r + [pad] * (width - len(r)) for r in rows])
        mask = torch.tensor([[1] * len(r) + [0] * (width - len(r)) for r in rows])
        guess = model(input_ids=ids, attention_mask=mask).logits.argmax(-1)
        right += int((guess == torch.tensor([labels[i] for i in chunk])).sum())
    model.train()
    return right / len(order)


def optimizer(model, lr):
    """AdamW without decay on vectors; the two embeddings decay as the matrices do."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1},
                              {"params": vectors, "weight_decay": 0.0}], lr=lr, betas=(0.9, 0.98))


def schedule(step, steps, warm_up=100):
    """Linear warm-up, then a cosine to a hundredth."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up)))


def fit(model, crops, args, probe):
    """Train for args.steps steps; print the losses and the accuracy on a few held-out reviews."""
    opt, begun = optimizer(model, args.lr), time.time()
    model.train()
    for step in range(args.steps):
        for group in opt.param_groups:
            group["lr"] = args.lr * schedule(step, args.steps)
        ids, valid, labels = crops.batch()
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            label_loss, lm_loss = losses(model, ids, valid, labels)
        (label_loss + LM_WEIGHT * lm_loss).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad(set_to_none=True)
        if (step + 1) % 200 == 0:
            print(f"step {step + 1} label {label_loss.item():.3f} lm {lm_loss.item():.3f} "
                  f"held-out {accuracy(model, *probe, args.context):.3f} seconds {time.time() - begun:.0f}", flush=True)


CARD = """# Demo text classifier

A small network for saego's demo: sentiment of movie reviews, `neg` or `pos`.

- Architecture: GPT2ForSequenceClassification, {layers} layers, width {width}, {heads} heads, context {context},
  vocabulary {vocab} (byte-level BPE learnt from the same reviews), {params:,} parameters.
- Trained from scratch on {trained:,} labelled reviews of the training half of IMDB (aclImdb v1, Maas et al., 2011):
  {steps:,} steps of about {tokens:,} tokens, AdamW, seed {seed}, by `scripts/train_demo_text.py`.
- Accuracy on {held_out:,} reviews held out by the hash of their id: **{full:.1%}** on the first {context} tokens,
  {short:.1%} on the first 32. Reviews of one film may stand on both sides of that split.
- Command: `{command}`
- The texts of IMDB are not contained here, only weights and a vocabulary of word pieces derived from them.
  It is a teaching model for demonstrations; do not judge people's texts with it.
"""


def save(folder, model, tok, card):
    """Write an HF folder with its tokenizer and card."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tok.save(str(folder / "tokenizer.json"))
    (folder / "card.md").write_text(card, encoding="utf-8")


def parse_args():
    p = argparse.ArgumentParser(description="Train saego's demo text classifier on IMDB reviews.")
    p.add_argument("--data", type=Path, required=True, help="JSONL or JSONL.gz with the fields id, text and label (0, 1)")
    p.add_argument("--output", type=Path, required=True, help="Hugging Face folder to write")
    p.add_argument("--steps", type=int, default=1400)
    p.add_argument("--tokens-per-batch", type=int, default=4096)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--vocab", type=int, default=4096)
    p.add_argument("--layers", type=int, default=4)
    p.add_argument("--width", type=int, default=128)
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--context", type=int, default=256)
    p.add_argument("--held-out", type=int, default=4000)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True, help="multiply in bfloat16")
    return p.parse_args()


def main():
    args = parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    train, held = split(read_reviews(args.data), args.held_out)
    tok = train_tokenizer([r["text"] for r in train], args.vocab)
    crops = Crops(tok, train, args.seed, args.tokens_per_batch)
    held_ids, held_labels = encode(tok, [r["text"] for r in held]), [r["label"] for r in held]
    model = new_model(tok, args.layers, args.width, args.heads, args.context)
    params = sum(p.numel() for p in model.parameters())
    print(f"train {len(train)} held-out {len(held)} vocabulary {tok.get_vocab_size()} parameters {params}", flush=True)
    fit(model, crops, args, (held_ids[:500], held_labels[:500]))
    full = accuracy(model, held_ids, held_labels, args.context)
    short = accuracy(model, held_ids, held_labels, 32)
    print(f"held-out accuracy {full:.4f} over {len(held)} reviews; first 32 tokens {short:.4f}")
    command = (f"python scripts/train_demo_text.py --data train.jsonl.gz --output FOLDER "
               f"--steps {args.steps} --seed {args.seed}")
    save(args.output, model, tok, CARD.format(
        **{k: getattr(args, k) for k in ("layers", "width", "heads", "context", "steps", "seed")},
        vocab=args.vocab, params=params, trained=len(train), tokens=args.tokens_per_batch,
        held_out=len(held), full=full, short=short, command=command))


if __name__ == "__main__":
    main()
