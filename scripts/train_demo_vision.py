#!/usr/bin/env python3
"""Train the demo's vision model: a small timm VisionTransformer that names drawn shapes.

The pictures are made by the repository (go run ./internal/demo/gen); nothing is downloaded:

    go run ./internal/demo/gen --pictures 12000 --seed 101 --output .deps/demo-vision/train
    go run ./internal/demo/gen --pictures 2000 --seed 102 --output .deps/demo-vision/held-out
    python scripts/train_demo_vision.py --data .deps/demo-vision/train \\
        --held-out .deps/demo-vision/held-out --output .deps/demo-vision-hf

The class is the shape. Further heads, dropped on saving, read colour and texture off the class token, and the
covered share and the shape off each patch token: they make the network keep what the shape alone would let it forget,
and let so small a network learn in minutes. The result is a folder as timm saves it, config.json and model.safetensors,
for scripts/export_onnx.py. Exit code 1, and nothing saved, if the held-out accuracy stays below --want.
"""

import argparse
import json
import math
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from timm.layers import build_sincos2d_pos_embed
from timm.models._hub import save_for_hf
from timm.models.vision_transformer import VisionTransformer

FACTORS = ("shape", "colour", "texture")
SIZE, PATCH = 64, 8
DATA_CONFIG = {
    "input_size": (3, SIZE, SIZE),
    "interpolation": "bilinear",
    "crop_pct": 1.0,
    "crop_mode": "center",
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
}


def load(folder):
    """Reads a set written by gen: uint8 pictures (n, 3, SIZE, SIZE), factor names by factor, shares (n, patches)."""
    root = Path(folder) / "pictures"
    lines = [json.loads(line) for line in (root / "factors.jsonl").read_text().splitlines()]
    pictures = np.stack([np.asarray(Image.open(root / line["path"]).convert("RGB")) for line in lines])
    if pictures.shape[1:] != (SIZE, SIZE, 3) or any(line["grid"] != SIZE // PATCH for line in lines):
        sys.exit(f"train_demo_vision: {folder}: want pictures of {SIZE} x {SIZE} with a grid of {SIZE // PATCH}")
    names = {factor: [line[factor] for line in lines] for factor in FACTORS}
    shares = torch.tensor([line["share"] for line in lines])
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(), names, shares


def normalise(pictures):
    return (pictures.float() / 255 - 0.5) / 0.5


class Net(torch.nn.Module):
    """The ViT with the heads that only training sees."""

    def __init__(self, args, classes):
        super().__init__()
        self.vit = VisionTransformer(**args)
        dim = args["embed_dim"]
        # Learnt positions start as waves: from noise, most of the training goes into finding which patches are neighbours.
        waves = build_sincos2d_pos_embed([SIZE // PATCH, SIZE // PATCH], dim=dim)
        with torch.no_grad():
            self.vit.pos_embed[0, 1:] = waves
        self.colour = torch.nn.Linear(dim, classes["colour"])
        self.texture = torch.nn.Linear(dim, classes["texture"])
        self.patch = torch.nn.Linear(dim, 1 + classes["shape"])

    def forward(self, pictures):
        tokens = self.vit.forward_features(pictures)
        cls = tokens[:, 0]
        heads = {"shape": self.vit.forward_head(tokens), "colour": self.colour(cls), "texture": self.texture(cls)}
        return heads, self.patch(tokens[:, 1:])


def loss_of(heads, patches, targets, shares):
    """The weighted sum over the heads; the shape counts in the patches that it touches."""
    loss = F.cross_entropy(heads["shape"], targets["shape"], label_smoothing=0.02)
    for factor in ("colour", "texture"):
        loss = loss + 0.3 * F.cross_entropy(heads[factor], targets[factor])
    of_patch = F.cross_entropy(patches[..., 1:].transpose(1, 2), targets["shape"][:, None].expand_as(shares),
                               reduction="none")
    weight = (shares > 0).float()
    loss = loss + (of_patch * weight).sum() / weight.sum()
    return loss + F.binary_cross_entropy_with_logits(patches[..., 0], shares)


def turned(pictures, shares, way):
    """One of the eight turns and flips of a square, which no factor's value depends on."""
    covered = shares.view(-1, SIZE // PATCH, SIZE // PATCH)
    if way >= 4:
        pictures, covered = pictures.flip(-1), covered.flip(-1)
    return torch.rot90(pictures, way % 4, (-2, -1)), torch.rot90(covered, way % 4, (-2, -1)).flatten(1)


def train(net, pictures, targets, shares, args, report):
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.lr, weight_decay=0.05)
    steps = math.ceil(len(pictures) / args.batch) * args.epochs
    warm_up = steps // 20 + 1
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm_up, 0.5 * (1 + math.cos(math.pi * s / steps)) + 1e-3))
    generator = torch.Generator().manual_seed(args.seed)
    for epoch in range(args.epochs):
        net.train()
        total = 0.0
        for rows in torch.randperm(len(pictures), generator=generator).split(args.batch):
            batch, covered = turned(pictures[rows], shares[rows], torch.randint(8, (), generator=generator).item())
            heads, patches = net(normalise(batch))
            loss = loss_of(heads, patches, {f: t[rows] for f, t in targets.items()}, covered)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(rows)
        report(epoch, total / len(pictures))


@torch.no_grad()
def accuracies(net, pictures, targets):
    net.eval()
    right = dict.fromkeys(FACTORS, 0)
    for rows in torch.arange(len(pictures)).split(256):
        heads, _ = net(normalise(pictures[rows]))
        for factor in FACTORS:
            right[factor] += (heads[factor].argmax(1) == targets[factor][rows]).sum().item()
    return {factor: n / len(pictures) for factor, n in right.items()}


CARD = """# Demo vision model

A small network for saego's demo: names the shape in a drawn picture, one of {labels}.

- Architecture: timm VisionTransformer, {depth} layers, width {dim}, {heads} heads, {size} x {size} pixels in patches of
  {patch} x {patch}, class token, {parameters:,} parameters.
- Trained from scratch on {n:,} pictures drawn by `internal/demo/gen` (seed 101): {epochs} epochs of AdamW, batch {batch},
  learning rate {lr:g}, seed {seed}, by `scripts/train_demo_vision.py`. Heads for colour, texture and patches taught it
  beside the class and are not part of it.
- Accuracy on {held:,} pictures of another seed (102): **{accuracy:.1%}**.
- Commands:
  `go run ./internal/demo/gen --pictures {n} --seed 101 --output .deps/demo-vision/train`,
  `go run ./internal/demo/gen --pictures {held} --seed 102 --output .deps/demo-vision/held-out`,
  `python scripts/train_demo_vision.py --data .deps/demo-vision/train --held-out .deps/demo-vision/held-out
  --output .deps/demo-vision-hf --epochs {epochs} --batch {batch} --lr {lr:g} --seed {seed}`,
  `python scripts/export_onnx.py --family vit --model .deps/demo-vision-hf --name saego-demo-vision
  --output internal/demo/vision`
"""


def card(args, vit, labels, pictures, held_pictures, accuracy):
    return CARD.format(labels=", ".join(labels), depth=args.depth, dim=args.dim, heads=args.heads, size=SIZE, patch=PATCH,
                       parameters=sum(p.numel() for p in vit.parameters()), n=len(pictures), epochs=args.epochs,
                       batch=args.batch, lr=args.lr, seed=args.seed, held=len(held_pictures), accuracy=accuracy)


def save(vit, model_args, labels, text, output):
    """Writes timm's folder with its card; it appears whole or not at all."""
    vit.pretrained_cfg = {"architecture": "vit_base_patch16_224", "num_classes": len(labels),
                          "first_conv": "patch_embed.proj", "classifier": "head", **DATA_CONFIG}
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        save_for_hf(vit, temporary, safe_serialization=True, data_config=DATA_CONFIG,
                    model_args={k: v for k, v in model_args.items() if k != "num_classes"},
                    model_config={"label_names": labels})
        (temporary / "card.md").write_text(text, encoding="utf-8")
        if output.exists():
            shutil.rmtree(output)
        temporary.rename(output)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder written by gen: the training pictures")
    parser.add_argument("--held-out", required=True, help="folder written by gen with another seed")
    parser.add_argument("--output", required=True, type=Path, help="timm folder to write")
    parser.add_argument("--dim", type=int, default=96)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--want", type=float, default=0.97, help="least held-out accuracy that is saved")
    return parser.parse_args()


def main():
    args = arguments()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    pictures, names, shares = load(args.data)
    held_pictures, held_names, _ = load(args.held_out)
    index = {factor: {v: i for i, v in enumerate(sorted(set(names[factor])))} for factor in FACTORS}
    targets, held_targets = ({f: torch.tensor([index[f][v] for v in n[f]]) for f in FACTORS}
                             for n in (names, held_names))
    model_args = {"img_size": SIZE, "patch_size": PATCH, "embed_dim": args.dim, "depth": args.depth,
                  "num_heads": args.heads, "num_classes": len(index["shape"])}
    net = Net(model_args, {factor: len(values) for factor, values in index.items()})
    started = time.monotonic()

    def report(epoch, loss):
        held = accuracies(net, held_pictures[:500], {f: t[:500] for f, t in held_targets.items()})
        print(f"epoch {epoch + 1}: loss {loss:.4f}, held-out", {f: round(a, 4) for f, a in held.items()},
              f"{time.monotonic() - started:.0f} s", flush=True)

    train(net, pictures, targets, shares, args, report)
    held = accuracies(net, held_pictures, held_targets)
    print(f"held-out accuracy on {len(held_pictures)} pictures:", {f: round(a, 4) for f, a in held.items()})
    if held["shape"] < args.want:
        sys.exit(f"train_demo_vision: accuracy {held['shape']:.4f} is below {args.want}: train longer (--epochs)")
    labels = list(index["shape"])
    text = card(args, net.vit, labels, pictures, held_pictures, held["shape"])
    save(net.vit, model_args, labels, text, args.output)


if __name__ == "__main__":
    main()
