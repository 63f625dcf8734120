"""What the families for pictures of Hugging Face's transformers share."""

from pathlib import Path

import torch

from . import ExportError, hf
from .network import Network, no_hub, pick_labels

INTERPOLATION = {2: "bilinear", 3: "bicubic"}  # PIL's numbers


def load(family, model, name, labels, random_init, *, types, pick, sizes, processor, adapt=None):
    """Return the module, and Network's arguments as far as they follow from the files.

    processor() makes the published image processor, for random weights without a
    preprocessor_config.json; adapt(module, height, width) fits the module to its pictures.
    """
    folder = hf.find_folder(model)
    module = hf.load(model, folder, types, pick, sizes, random_init, labels)
    prepare = find_processor(model, folder, random_init, processor)
    vision = preprocessing(prepare, model)
    height, width = vision["crop"]
    if adapt:
        adapt(module, height, width)
    elif [height, width] != pair(module.config.image_size):
        raise ExportError(f"model {model!r}: preprocessor_config.json makes pictures of {height} x {width}, "
                          f"the network takes {module.config.image_size}")
    patch = pair(module.config.patch_size)
    vision["grid"] = [height // patch[0], width // patch[1]]
    card = Path(model) / "card.md"
    return module, dict(
        family=family, name=name or hf.default_name(model, folder, random_init), module=module,
        inputs=[{"name": "pixel_values", "dtype": "float32", "shape": ["batch", 3, height, width]}],
        dynamic={"batch": None},
        example=lambda batch, _seq, gen: (torch.randn(batch, 3, height, width, generator=gen),),
        shapes=[(1, 0), (2, 0), (3, 0)], golden=(2, 0), libraries=["transformers", "pillow"], vision=vision,
        prepare=lambda picture: torch.from_numpy(prepare(images=picture, return_tensors="np")["pixel_values"][0]),
        files={"card.md": card} if folder and card.is_file() else {}, random_init=random_init)


def network(args, module, blocks, below, prefix_tokens, labels):
    """Return the Network; blocks is the path of the blocks in the bare tower, below what precedes it under a classifier."""
    classifies = type(module).__name__.endswith("ForImageClassification")
    path = f"{below}.{blocks}" if classifies else blocks
    count = len(module.get_submodule(path))
    args["vision"]["prefix_tokens"] = prefix_tokens
    own = hf.own_labels(module.config) if classifies else None
    return Network(
        **args, call=lambda m, pixels: m(pixel_values=pixels).logits if classifies else m(pixel_values=pixels),
        hooks=[f"{path}.{i}" for i in range(count)], logits=classifies,
        labels=pick_labels(labels, own, len(own or ())))


def classifier_or(bare, classifier):
    """Return a pick for hf.load: classifier where the checkpoint is one, or classes were given for random weights."""
    return lambda config, classes: classifier if classes or hf.is_a(config, "ForImageClassification") else bare


def find_processor(model, folder, random_init, default):
    """Return the image processor, on PIL: saego's pixels are PIL's."""
    from transformers import AutoImageProcessor

    if random_init is not None and not (folder and (folder / "preprocessor_config.json").is_file()):
        return default()
    try:
        return AutoImageProcessor.from_pretrained(model, backend="pil")
    except (OSError, ValueError) as e:
        if folder:
            raise ExportError(f"model folder {model!r}: preprocessor_config.json: {str(e).splitlines()[0]}") from e
        raise no_hub(model, e) from e


def pair(size):
    """Return [height, width] of a size that a config gives as a number or as both."""
    return [size, size] if isinstance(size, int) else list(size)


def preprocessing(p, model):
    """Return the Vision part of model.json but for the tokens: what the processor p does, in numbers."""
    size, crop = dict(p.size), dict(p.crop_size or {}) if getattr(p, "do_center_crop", False) else {}
    mode, resize = "exact", [size.get("height"), size.get("width")]
    if set(size) == {"shortest_edge"}:
        mode, resize = "shorter", [size["shortest_edge"]] * 2
    out = [crop.get("height"), crop.get("width")] if crop else resize
    faults = [text for wrong, text in (
        (not p.do_resize or None in resize, f"resizes to {size}"),
        (not crop and mode == "shorter", "keeps the aspect and does not crop"),
        (None not in resize and None not in out and any(c > r for c, r in zip(out, resize)), f"crops {out} from {resize}"),
        (int(p.resample) not in INTERPOLATION, f"resamples by PIL's filter {p.resample}"),
        (not p.do_rescale or abs(p.rescale_factor * 255 - 1) > 1e-9, f"scales pixels by {p.rescale_factor}"),
        (getattr(p, "do_pad", None), "pads"),
    ) if wrong]
    if faults:
        raise ExportError(f"model {model!r}: its image processor {', '.join(faults)}, which saego does not do")
    mean, std = (list(p.image_mean), list(p.image_std)) if p.do_normalize else ([0.0] * 3, [1.0] * 3)
    vision = {"resize_mode": mode, "resize": resize, "interpolation": INTERPOLATION[int(p.resample)], "crop": out,
              "mean": mean, "std": std}
    return vision | ({"crop_rounding": "floor"} if crop else {})
