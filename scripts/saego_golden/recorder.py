"""SAETrainer of sae-lens, watched: what each step saw and did.

The step itself is sae-lens' own. The recorder reads the state before and after
it, and listens at the three calls whose result sae-lens throws away or changes:
the forward pass, the gradient norm at clipping, the learning rate in the
optimizer's step.
"""

from unittest import mock

import torch
from sae_lens.training.sae_trainer import SAETrainer

from . import saes
from .margins import margin


class Recorder(SAETrainer):
    """SAETrainer that keeps a dict per step in `steps`, and the unfolded parameters in `final`."""

    def __init__(self, *args):
        super().__init__(*args)
        self.steps, self.final = [], {}
        self.optimizer.register_step_pre_hook(self._note_rate)

    def _note_rate(self, optimizer, *_):
        self.steps[-1]["learning_rate"] = optimizer.param_groups[0]["lr"]

    def _train_step(self, sae, sae_in):
        self.steps.append({"dead_before": int(self.dead_neurons.sum())})
        self.steps[-1] |= {f"{name}_coefficient": value for name, value in self.get_coefficients().items()}
        forward = mock.patch.object(type(sae), "training_forward_pass", self._forward(sae))
        with forward, mock.patch("torch.nn.utils.clip_grad_norm_", self._clip):
            out = super()._train_step(sae=sae, sae_in=sae_in)
        self.steps[-1] |= self._log(out)
        self.final = saes.parameters(self.sae) | saes.buffers(self.sae)
        return out

    def _forward(self, sae):
        """The class' own pass, bound to sae, that also notes how far from a tie it was."""
        original = sae.training_forward_pass

        def watched(_, step_input):
            out = original(step_input)
            self.steps[-1]["margin"] = margin(sae, out, step_input.dead_neuron_mask)
            return out

        return watched

    def _clip(self, parameters, limit, clip=torch.nn.utils.clip_grad_norm_):
        norm = clip(parameters, limit)
        self.steps[-1]["grad_norm"] = float(norm)
        return norm

    @torch.no_grad()
    def _log(self, out):
        """sae-lens' log line of this step, without its group names and without what is of the next step."""
        log = self.build_train_step_log_dict(output=out, n_training_samples=self.n_training_samples)
        return {key.split("/")[1]: value for key, value in log.items() if not key.startswith("details/")}
