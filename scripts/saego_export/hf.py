"""Load a network of Hugging Face's transformers: from the hub, from a folder, or with random weights."""

from pathlib import Path

import torch

from . import ExportError
from .network import no_hub, scramble


def find_folder(model):
    """Return the local folder that model names, or None for a hub id."""
    folder = Path(model) if Path(model).is_dir() else None
    if folder is None and (model.startswith((".", "/")) or Path(model).exists()):
        raise ExportError(f"model {model!r}: no such folder: pass a hub id or a folder with config.json")
    if folder and not (folder / "config.json").is_file():
        raise ExportError(f"model folder {model!r}: lacks config.json: is it a Hugging Face folder?")
    return folder


def default_name(model, folder, random_init):
    base = folder.resolve().name if folder else model
    return base if random_init is None else f"{base}-random-{random_init}"


def load(model, folder, types, pick, sizes, random_init, labels=None):
    """Return the module of a hub id or folder, or with random_init of a name in sizes, in float32 and eval mode.

    pick(config, classes) returns the class to make; classes says whether class names
    were given for random weights. sizes gives a config for each name, without classes.
    """
    if random_init is None:
        module = pretrained(model, folder, types, pick)
    else:
        config = random_config(model, folder, types, sizes, labels)
        torch.manual_seed(random_init)
        make = pick(config, bool(labels))
        module = make.from_config(config) if hasattr(make, "from_config") else make(config)
        scramble(module, random_init)
    return module.eval().float()


def pretrained(model, folder, types, pick):
    from transformers import AutoConfig

    if folder and not any(folder.glob("*.safetensors")) and not any(folder.glob("*.bin")):
        raise ExportError(f"model folder {model!r}: lacks model.safetensors: "
                          "save it with save_pretrained, or pass --random-init SEED")
    try:
        config = demand(model, AutoConfig.from_pretrained(model), types)
        torch.manual_seed(0)  # for a head that the checkpoint lacks
        return pick(config, False).from_pretrained(model, config=config, dtype=torch.float32)
    except (OSError, ValueError, RuntimeError) as e:
        if folder:
            raise ExportError(f"model folder {model!r}: {str(e).splitlines()[0]}") from e
        raise no_hub(model, e) from e


def random_config(model, folder, types, sizes, labels):
    from transformers import AutoConfig

    if folder:
        try:
            return demand(model, AutoConfig.from_pretrained(folder), types)
        except (OSError, ValueError) as e:
            raise ExportError(f"model folder {model!r}: {str(e).splitlines()[0]}") from e
    if model not in sizes:
        raise ExportError(f"model {model!r}: no architecture of that name for --random-init: "
                          f"want one of {', '.join(sizes)} or a folder with config.json")
    config = sizes[model]()
    if labels:
        config.num_labels = len(labels)
    return config


def demand(model, config, types):
    """Return config, which must be of one of the model types, or the part of it that is read."""
    if config.model_type not in types:
        raise ExportError(f"model {model!r}: is of type {config.model_type!r}, not {' or '.join(types)}")
    return getattr(config, "vision_config", config)  # of CLIP, whose other half is not for pictures


def is_a(config, ending):
    """Tell whether the checkpoint was saved by a class with that ending of its name."""
    return any(a.endswith(ending) for a in config.architectures or [])


def own_labels(config):
    return [str(config.id2label[i]) for i in range(config.num_labels)]
