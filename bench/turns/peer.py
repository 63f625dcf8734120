"""The peers' side of package turns: sae-lens and eai-sparsify, one step at a time.

    python bench/turns/peer.py

Answers commands, see serve.py. `op` is

    info    versions, threads and the processor as torch sees it, and the card where
            `device` is one
    open    makes an SAE and its trainer, see Session, for the first `count` rows of the
            file `rows` (n, d_in), which go round in batches of `batch` on the `device`
    steps   takes `n` steps: `seconds` and `loss` of each, and where `measure` is set
            `l0` and `explained_variance`, which are computed outside of the time
    import  loads a library, and does nothing with it
    close   forgets it
    memory  `peak`, in bytes, of this process, where the system says so

Needs requirements-parity.txt and, for sparsify, requirements-bench.txt.
"""

import dataclasses
import gc
import itertools
import os
import pathlib
import sys
import time
import warnings

os.environ.update(SPARSIFY_DISABLE_TRITON="1", TQDM_DISABLE="1", WANDB_MODE="disabled")
warnings.filterwarnings("ignore")

import torch  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "process"))
from serve import describe, peak, serve  # noqa: E402


class Peer:
    """The commands, and the session that they work on."""

    def __init__(self):
        self.threads, self.session = torch.get_num_threads(), None

    def __call__(self, op, job):
        match op:
            case "info":
                return describe("torch", "sae-lens", "eai-sparsify", "numpy", "transformers", device=job.get("device"))
            case "open":
                self.forget()
                torch._dynamo.reset()
                torch.set_num_threads(job.pop("threads", 0) or self.threads)
                x = read(job.pop("rows"), job.pop("count"), job.get("device", "cpu"))
                self.session = LIBRARIES[job.pop("library")](itertools.cycle(x.split(job["batch"])), **job)
            case "steps":
                return self.session.steps(job["n"], job.get("measure", False))
            case "import":
                LIBRARIES[job["library"]].load()
            case "close":
                self.forget()
            case "memory":
                return {"peak": peak()}
            case _:
                raise ValueError(f"op is {op!r}, which this script does not know")
        return {}

    def forget(self):
        self.session = None
        gc.collect()
        if torch.cuda.is_initialized():  # the other side wants the memory
            torch.cuda.empty_cache()


def read(path, count, device):
    """The first rows of a file. On a card they lie there, as those of sae-lens' store do."""
    with safe_open(path, "pt") as f:
        return f.get_slice("rows")[:count].to(device)


class Session:
    """An SAE in training.

    `batches` are the rows; `weights` is the file of the parameters, in sae-lens' names and
    shapes.
    """

    def __init__(self, batches, weights, device="cpu", matmul_precision="highest", autocast=False, compile=False, **settings):
        torch.set_float32_matmul_precision(matmul_precision)
        self.batches, self.device, self.autocast, self.compile = batches, device, autocast, compile
        self.make(load_file(weights), **settings)

    def wait(self):
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()

    def steps(self, n, measure):
        answer = {"seconds": [], "loss": [], "l0": [], "explained_variance": []}
        for _ in range(n):
            x = next(self.batches)
            self.wait()
            start = time.perf_counter()
            loss, out, l0 = self.step(x)
            self.wait()
            answer["seconds"].append(time.perf_counter() - start)
            answer["loss"].append(loss.item())
            if measure:
                answer["l0"].append(l0())
                answer["explained_variance"].append(explained(x, out))
        return answer


class SAELens(Session):
    """sae-lens: what SAETrainer.fit does for each step, with W&B off."""

    @staticmethod
    def load():
        from sae_lens.config import LoggingConfig, SAETrainerConfig
        from sae_lens.registry import get_sae_training_class
        from sae_lens.training.sae_trainer import SAETrainer

        return LoggingConfig, SAETrainerConfig, get_sae_training_class, SAETrainer

    def make(self, weights, batch, architecture, sae, trainer):
        LoggingConfig, SAETrainerConfig, get_sae_training_class, SAETrainer = self.load()
        make, config = get_sae_training_class(architecture)
        known = {field.name for field in dataclasses.fields(config) if field.init}
        settings = {key: value for key, value in sae.items() if key in known}
        if settings.get("k") == int(settings.get("k", 0)):
            settings["k"] = int(settings["k"])
        if not settings.get("pre_act_loss_coefficient"):
            settings.pop("pre_act_loss_coefficient", None)
        model = make(config(**settings)).to(self.device)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(weights[name])
        cfg = SAETrainerConfig(
            autocast=self.autocast, device=self.device, n_checkpoints=0, logger=LoggingConfig(log_to_wandb=False),
            train_batch_size_samples=batch, **trainer,
        )
        self.trainer = SAETrainer(cfg, model, self.batches)
        if self.compile:  # as LanguageModelSAETrainingRunner does for compile_sae
            model.training_forward_pass = torch.compile(model.training_forward_pass, backend="inductor")

    def step(self, x):
        t = self.trainer
        t.maybe_reset_sparsity()
        out = t.step(x)
        t._checkpoint_if_needed()
        t.n_training_steps += 1
        return out.loss, out.sae_out, lambda: out.feature_acts.bool().float().sum(-1).to_dense().mean().item()


class Sparsify(Session):
    """eai-sparsify: what Trainer.fit and its hook do for each step with loss_fn fvu."""

    def make(self, weights, batch, k, optimizer):
        from schedulefree import ScheduleFreeWrapper
        from sparsify import SparseCoder, SparseCoderConfig
        from sparsify.sign_sgd import SignSGD
        from transformers import get_linear_schedule_with_warmup

        d_in, d_sae = weights["W_enc"].shape
        model = SparseCoder(d_in, SparseCoderConfig(num_latents=d_sae, k=k), dtype=torch.float32)
        with torch.no_grad():
            model.encoder.weight.copy_(weights["W_enc"].T)
            model.encoder.bias.copy_(weights["b_enc"])
            model.W_dec.copy_(weights["W_dec"])
            model.b_dec.copy_(weights["b_dec"])
        scale = (model.num_latents / 2**14) ** 0.5
        self.schedulers = []
        if optimizer == "adam":
            self.optimizer = torch.optim.Adam(model.parameters(), lr=2e-4 / scale)
            self.schedulers = [get_linear_schedule_with_warmup(self.optimizer, 1000, 100_000)]
        else:
            self.optimizer = ScheduleFreeWrapper(SignSGD(model.parameters(), lr=5e-3 / scale), momentum=0.95)
            self.optimizer.train()
        self.model, self.since = model, torch.zeros(d_sae, dtype=torch.long)
        self.forward = torch.compile(model) if self.compile else model

    def step(self, x):
        self.model.set_decoder_norm_to_unit_norm()
        variance = (x - x.mean(0)).pow(2).sum()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.autocast):
            out = self.forward(x=x, y=x, dead_mask=None, total_variance=variance)
        fired = torch.zeros_like(self.since, dtype=torch.bool)
        fired[out.latent_indices.flatten()] = True
        (out.fvu + out.multi_topk_fvu / 8).backward()
        self.model.remove_gradient_parallel_to_decoder_directions()
        self.optimizer.step()
        self.optimizer.zero_grad()
        for scheduler in self.schedulers:
            scheduler.step()
        self.since += len(x)
        self.since[fired] = 0
        return out.fvu.detach(), out.sae_out, lambda: (out.latent_acts > 0).float().sum(1).mean().item()


LIBRARIES = {"sae-lens": SAELens, "sparsify": Sparsify}


@torch.no_grad()
def explained(x, out):
    """metrics/explained_variance, as both sides define it."""
    errors, spread = (out.float() - x).pow(2).sum(-1).mean(), (x - x.mean(0)).pow(2).sum(-1).mean()
    return (1 - errors / spread).item()


if __name__ == "__main__":
    serve(Peer())
