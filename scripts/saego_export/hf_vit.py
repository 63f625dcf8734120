"""Family hf-vit: ViT and DeiT of Hugging Face's transformers."""

from . import hf_vision

PREFIX_TOKENS = {"vit": 1, "deit": 2}  # CLS; CLS and distillation


def configs():
    """Return {name: function that makes the config} of the published sizes."""
    from transformers import DeiTConfig, ViTConfig

    small = dict(hidden_size=384, intermediate_size=1536, num_attention_heads=6)
    return {
        "google/vit-base-patch16-224": ViTConfig,
        "google/vit-base-patch32-224": lambda: ViTConfig(patch_size=32),
        "facebook/deit-base-distilled-patch16-224": DeiTConfig,
        "facebook/deit-small-distilled-patch16-224": lambda: DeiTConfig(**small),
    }


def load(model, name=None, labels=None, random_init=None):
    """Return the Network of a hub id or a local folder; with random_init, labels ask for a classifier."""
    import transformers as t

    def pick(config, classes):
        if config.model_type == "vit":
            return hf_vision.classifier_or(t.ViTModel, t.ViTForImageClassification)(config, classes)
        if any(a.endswith("WithTeacher") for a in config.architectures or []):  # the bare tower is the same
            return t.DeiTModel
        return hf_vision.classifier_or(t.DeiTModel, t.DeiTForImageClassification)(config, classes)

    def processor():
        from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
        from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

        return DeiTImageProcessorPil() if "deit" in model else ViTImageProcessorPil()

    module, args = hf_vision.load("hf-vit", model, name, labels, random_init, types=tuple(PREFIX_TOKENS), pick=pick,
                                  sizes=configs(), processor=processor)
    kind = module.config.model_type
    return hf_vision.network(args, module, "layers", kind, PREFIX_TOKENS[kind], labels)
