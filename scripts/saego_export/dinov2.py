"""Family dinov2: DINOv2 of Hugging Face's transformers, with or without registers."""

import torch

from . import ExportError, hf_vision

TYPES = ("dinov2", "dinov2_with_registers")


def configs():
    """Return {name: function that makes the config} of the published sizes."""
    from transformers import Dinov2Config, Dinov2WithRegistersConfig

    sizes = {"small": dict(hidden_size=384, num_attention_heads=6), "base": {},
             "large": dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16)}
    common = dict(image_size=518, patch_size=14)
    return {
        f"facebook/dinov2-{more}{name}": lambda make=make, size=size: make(**common, **size)
        for more, make in (("", Dinov2Config), ("with-registers-", Dinov2WithRegistersConfig)) for name, size in sizes.items()
    }


def load(model, name=None, labels=None, random_init=None):
    """Return the Network of a hub id or a local folder; with random_init, labels ask for a classifier."""
    import transformers as t

    def pick(config, classes):
        if config.model_type == "dinov2":
            return hf_vision.classifier_or(t.Dinov2Model, t.Dinov2ForImageClassification)(config, classes)
        return hf_vision.classifier_or(t.Dinov2WithRegistersModel, t.Dinov2WithRegistersForImageClassification)(config, classes)

    module, args = hf_vision.load("dinov2", model, name, labels, random_init, types=TYPES, pick=pick, sizes=configs(),
                                  processor=processor, adapt=fix_positions)
    config = module.config
    return hf_vision.network(args, module, "encoder.layer", config.model_type,
                             1 + getattr(config, "num_register_tokens", 0), labels)


def processor():
    """Return what the published checkpoints come with."""
    from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil

    return BitImageProcessorPil(size={"shortest_edge": 256}, image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])


def fix_positions(module, height, width):
    """Interpolate the position embeddings once, as the network does in each forward pass.

    It is trained on larger pictures than it is fed; the graph then needs no
    interpolation of its own, and has PyTorch's numbers.
    """
    embeddings = next(m for n, m in module.named_modules() if n.rpartition(".")[2] == "embeddings")
    patch = hf_vision.pair(module.config.patch_size)
    if height != width or height % patch[0] or width % patch[1]:
        raise ExportError(f"pictures of {height} x {width}: want a square of whole patches of {patch[0]} x {patch[1]}")
    patches = torch.zeros(1, 1 + (height // patch[0]) * (width // patch[1]), module.config.hidden_size)
    with torch.no_grad():
        fixed = embeddings.interpolate_pos_encoding(patches, height, width)
    embeddings.position_embeddings = torch.nn.Parameter(fixed.clone(), requires_grad=False)
