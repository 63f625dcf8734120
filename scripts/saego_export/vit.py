"""Family vit: timm's VisionTransformer (ViT, DeiT, DINOv2), with the preprocessing of its own data config."""

import math
from pathlib import Path

import torch

from . import ExportError
from .network import Network, no_hub, pick_labels, scramble


def load(model, name=None, labels=None, random_init=None, image_size=None):
    """Return the Network of a timm name, a folder of timm's save_for_hf, or a weights file in such a folder.

    image_size is the side of the pictures, where not that of the data config: timm
    then interpolates the position embeddings.
    """
    path = Path(model)
    size = {"img_size": image_size} if image_size else {}
    if path.exists():
        module, own = local(path, random_init, labels, size)
    elif model.startswith((".", "/")):
        raise ExportError(f"model {model!r}: no such folder or file: pass a timm name or a folder with config.json")
    else:
        module, own = named(model, random_init, labels, size)
    if random_init is not None:
        scramble(module, random_init)
    base = (path.parent if path.is_file() else path).resolve().name if path.exists() else model
    suffix = "" if random_init is None else f"-random-{random_init}"
    return describe(module.eval().float(), name or base + suffix, labels, own, path, random_init, size)


def local(path, random_init, labels, size):
    """Load a folder, or the weights file that stands beside its config.json."""
    import timm

    folder = path.parent if path.is_file() else path
    if not (folder / "config.json").is_file():
        raise ExportError(f"model folder {str(folder)!r}: lacks config.json with architecture, model_args "
                          "and pretrained_cfg, as timm's save_for_hf writes it")
    kwargs = {"pretrained": random_init is None and path.is_dir()} | size
    if random_init is not None:
        torch.manual_seed(random_init)
        if labels:
            kwargs["num_classes"] = len(labels)
    elif path.is_file():
        kwargs["checkpoint_path"] = str(path)
    try:
        module = timm.create_model(f"local-dir:{folder}", **kwargs)
    except (RuntimeError, KeyError, ValueError, OSError, TypeError) as e:
        raise ExportError(f"model folder {str(folder)!r}: {(str(e).splitlines() or [repr(e)])[0]}") from e
    return module, module.pretrained_cfg.get("label_names")


def named(model, random_init, labels, size):
    """Load a timm name; without random_init its weights come from the hub."""
    import timm
    from timm.data import ImageNetInfo, infer_imagenet_subset

    plain = model.removeprefix("hf-hub:")
    if plain == model and not timm.is_model(model.split(".")[0]):
        raise ExportError(f"model {model!r}: timm has no model of that name, and it is no folder here")
    kwargs = ({"num_classes": len(labels)} if labels and random_init is not None else {}) | size
    torch.manual_seed(random_init or 0)
    try:
        module = timm.create_model(model, pretrained=random_init is None, **kwargs)
    except Exception as e:  # the hub's client raises errors of a dozen kinds
        raise no_hub(model, e) from e
    subset = infer_imagenet_subset(module)
    own = module.pretrained_cfg.get("label_names") or (ImageNetInfo(subset).label_names() if subset else None)
    return module, own


def describe(module, name, labels, own, path, random_init, size):
    import timm
    from timm.models.vision_transformer import VisionTransformer

    if not isinstance(module, VisionTransformer):
        raise ExportError(f"model {name!r}: is a {type(module).__name__}, not a VisionTransformer")
    if isinstance(own, dict):
        own = [own[k] for k in sorted(own, key=int)]
    data = timm.data.resolve_model_data_config(module, args=size)
    vision = preprocessing(module, name, data)
    height, width = vision["crop"]
    card = (path.parent if path.is_file() else path) / "card.md"
    return Network(
        family="vit", name=name, module=module, call=lambda m, pixels: m(pixels),
        hooks=[f"blocks.{i}" for i in range(len(module.blocks))],
        inputs=[{"name": "pixel_values", "dtype": "float32", "shape": ["batch", 3, height, width]}],
        dynamic={"batch": None},
        example=lambda batch, _seq, gen: (torch.randn(batch, 3, height, width, generator=gen),),
        shapes=[(1, 0), (2, 0), (3, 0)], golden=(2, 0),
        labels=pick_labels(labels, own, module.num_classes), libraries=["timm", "pillow"],
        logits=module.num_classes > 0, vision=vision,
        prepare=timm.data.create_transform(**data, is_training=False), files={"card.md": card} if path.exists() and card.is_file() else {}, random_init=random_init)


def preprocessing(module, name, data):
    """Return the Vision part of model.json: timm's evaluation transform of the data config, in numbers."""
    height, width = data["input_size"][1:]
    size = [math.floor(s / data["crop_pct"]) for s in (height, width)]
    mode = {"center": "shorter", "squash": "exact"}.get(data["crop_mode"])
    if mode is None or (mode == "shorter" and size[0] != size[1]):
        raise ExportError(f"model {name!r}: crop mode {data['crop_mode']!r} of {height}x{width} pictures "
                          "is not one that saego knows: center (square) or squash")
    if data["interpolation"] not in ("bilinear", "bicubic"):
        raise ExportError(f"model {name!r}: interpolation {data['interpolation']!r}: want bilinear or bicubic")
    if data["input_size"][0] != 3:
        raise ExportError(f"model {name!r}: takes {data['input_size'][0]} channels, want 3")
    return {"resize_mode": mode, "resize": size, "interpolation": data["interpolation"], "crop": [height, width],
            "mean": list(data["mean"]), "std": list(data["std"]),
            "prefix_tokens": module.num_prefix_tokens, "grid": list(module.patch_embed.grid_size)}
