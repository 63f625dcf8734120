"""Learning rates by torch's schedulers as sae-lens chains them, and its warm-up of coefficients."""

import itertools
import warnings

import torch
from sae_lens.training.optim import CoefficientScheduler, get_lr_scheduler

from . import files

SCHEDULERS = {"constant": (1,), "cosineannealing": (1,), "cosineannealingwarmrestarts": (1, 2, 3, 5)}  # with their cycles
WARM_UP, DECAY = (0, 1, 7, 30), (0, 1, 11, 20)
TOTALS = {50: (0.01, (0.001, 0.0)), 97: (3e-4, (3e-5, 1.1e-4))}  # steps: lr, its lr_end
COLUMNS = ("lr_scheduler_name", "total_training_steps", "lr", "lr_end", "lr_warm_up_steps", "lr_decay_steps", "n_restart_cycles")
COEFFICIENT_STEPS = 60
COEFFICIENTS = tuple(itertools.product((1.0, 5.0, 0.3), (0, 1, 7, 50)))  # final value, warm-up steps


def generate(root):
    """Writes learning_rates.safetensors and coefficients.safetensors."""
    accepted, refused, rates = [], [], []
    for setting in settings():
        try:
            rates.append(learning_rates(*setting))
            accepted.append(setting)
        except (ValueError, ZeroDivisionError) as err:
            refused.append((*setting, f"{type(err).__name__}: {err}"))
    config = {"columns": COLUMNS, "settings": accepted, "refused": refused}
    files.write(root / "learning_rates.safetensors", {"learning_rates": torch.cat(rates)}, config)
    values = {"coefficients": torch.stack([coefficients(*c) for c in COEFFICIENTS])}
    files.write(root / "coefficients.safetensors", values, {"columns": ("value", "warm_up_steps"), "settings": COEFFICIENTS})


def settings():
    for (name, cycles), (total, (lr, ends)) in itertools.product(SCHEDULERS.items(), TOTALS.items()):
        ends = ends[:1] if name == "constant" else ends  # which ignores it
        yield from itertools.product((name,), (total,), (lr,), ends, WARM_UP, DECAY, cycles)


def learning_rates(name, total, lr, lr_end, warm_up, decay, cycles):
    """The rate of every step, and of one more: a last batch that is not full makes total + 1 steps."""
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    with warnings.catch_warnings():  # torch's, of calls inside its SequentialLR
        warnings.simplefilter("ignore")
        scheduler = get_lr_scheduler(name, optimizer, total, lr, warm_up, decay, lr_end, cycles)
        rates = []
        for _ in range(total + 1):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    return files.series(rates)


def coefficients(value, warm_up):
    """The coefficient of every step."""
    scheduler = CoefficientScheduler(warm_up_steps=warm_up, final_value=value)
    values = []
    for _ in range(COEFFICIENT_STEPS):
        values.append(scheduler.value)
        scheduler.step()
    return files.series(values)
