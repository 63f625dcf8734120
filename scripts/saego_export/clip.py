"""Family clip-vision: the vision tower of Hugging Face's CLIP.

A checkpoint of the whole CLIP, or of the tower with its projection, has its blocks
at vision_model.encoder.layers; one of the bare tower at encoder.layers.
"""

from . import hf_vision

TYPES = ("clip", "clip_vision_model")


def configs():
    """Return {name: function that makes the config} of the published sizes."""
    from transformers import CLIPVisionConfig

    large = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, projection_dim=768)
    sizes = {"base-patch32": {}, "base-patch16": dict(patch_size=16), "large-patch14": dict(patch_size=14, **large)}
    return {f"openai/clip-vit-{name}": lambda size=size: CLIPVisionConfig(**size) for name, size in sizes.items()}


def load(model, name=None, labels=None, random_init=None):
    """Return the Network of a hub id or a local folder."""
    import transformers as t

    def pick(config, _classes):
        return t.CLIPVisionModel if "CLIPVisionModel" in (config.architectures or []) else t.CLIPVisionModelWithProjection

    def processor():
        from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

        return CLIPImageProcessorPil()

    module, args = hf_vision.load("clip-vision", model, name, labels, random_init, types=TYPES, pick=pick,
                                  sizes=configs(), processor=processor)
    blocks = "encoder.layers" if isinstance(module, t.CLIPVisionModel) else "vision_model.encoder.layers"
    return hf_vision.network(args, module, blocks, "", 1, labels)
