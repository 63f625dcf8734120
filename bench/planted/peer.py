"""Trains with sae-lens what bench/planted trains with saego: peer.py DIR, which main.go calls.

Reads rows.safetensors and cases.json, and writes, for each case and seed, the folder
sae-lens/NAME-SEED as SAETrainer's SAE saves its inference form, and seconds.json.
"""

import dataclasses
import json
import os
import pathlib
import sys
import time

os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE", TQDM_DISABLE="1")

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from sae_lens.config import LoggingConfig, SAETrainerConfig  # noqa: E402
from sae_lens.registry import get_sae_training_class  # noqa: E402
from sae_lens.training.sae_trainer import SAETrainer  # noqa: E402


def main(folder):
    torch.set_num_threads(1)
    x = load_file(folder / "rows.safetensors")["x"]
    seconds = {}
    for case in json.loads((folder / "cases.json").read_text()):
        rows = x[: len(x) - case["held"]]
        for seed in case["seeds"]:
            name = f"{case['name']}-{seed}"
            torch.manual_seed(seed)
            sae, seconds[name] = train(case, rows)
            sae.save_inference_model(folder / "sae-lens" / name)
    (folder / "sae-lens" / "seconds.json").write_text(json.dumps(seconds))


def train(case, rows):
    """Trains one SAE on the rows in their order, and says how long it took."""
    trainer = SAETrainerConfig(logger=LoggingConfig(log_to_wandb=False), **case["trainer"])
    batches = iter(rows.split(trainer.train_batch_size_samples))
    run = SAETrainer(trainer, build(case), batches)
    start = time.perf_counter()
    sae = run.fit()
    return sae, time.perf_counter() - start


def build(case):
    """Returns the untrained SAE, of those settings that its architecture has."""
    settings = dict(case["sae"], l1_warm_up_steps=case["warm_up_steps"], l0_warm_up_steps=case["warm_up_steps"])
    if settings["k"] == int(settings["k"]):
        settings["k"] = int(settings["k"])
    sae_class, config_class = get_sae_training_class(settings["architecture"])
    known = {field.name for field in dataclasses.fields(config_class) if field.init}
    return sae_class(config_class(**{key: value for key, value in settings.items() if key in known}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
