"""sae-lens' side of bench/autocast: trains from given weights on given rows.

    python bench/autocast/saelens.py JOB.json

JOB.json has `architecture`, `autocast`, and the settings of the SAE and of the
trainer in sae-lens' names; tensors.safetensors beside it the rows `train` and
`held` (n, d_in) and the parameters to start from. Prints JSON: the loss of every
step, and explained variance and L0 of the held-out rows at the end, both in
float32. Needs scripts/requirements-parity.txt.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.registry import get_sae_training_class
from sae_lens.training.sae_trainer import SAETrainer

DATA = ("train", "held")


class Recorder(SAETrainer):
    """Keeps the loss of every step."""

    def step(self, batch):
        out = super().step(batch)
        self.losses.append(out.loss.item())
        return out


def main():
    torch.set_num_threads(1)
    path = pathlib.Path(sys.argv[1])
    job, tensors = json.loads(path.read_text()), load_file(path.with_name("tensors.safetensors"))
    make, config = get_sae_training_class(job["architecture"])
    sae = make(config(dtype="float32", device="cpu", normalize_activations="none", **job["sae"]))
    with torch.no_grad():
        for name, parameter in sae.named_parameters():
            parameter.copy_(tensors[name])
    cfg = SAETrainerConfig(autocast=job["autocast"], device="cpu", n_checkpoints=0, logger=LoggingConfig(log_to_wandb=False), **job["trainer"])
    trainer = Recorder(cfg, sae, iter(tensors["train"].split(cfg.train_batch_size_samples)))
    trainer.losses = []
    trainer.fit()
    print(json.dumps({"loss": trainer.losses} | measure(sae, tensors["held"])))


@torch.no_grad()
def measure(sae, x):
    features = sae.encode(x)
    errors = (sae.decode(features) - x).double().square().sum()
    total = (x - x.mean(0)).double().square().sum()
    return {"explained_variance": (1 - errors / total).item(), "l0": (features > 0).float().sum(1).mean().item()}


if __name__ == "__main__":
    main()
