"""How far a forward pass is from the points where rounding decides the result.

A ReLU's gradient jumps at 0, a threshold's at the threshold and at the edges of its
band, a top-k's selection at a tie. A golden case nearer to such a point than
float32's rounding would fail in a correct implementation.
"""

import torch


@torch.no_grad()
def margin(sae, out, dead):
    """Smallest distance from a jump in the pass that gave out, relative to the median pre-activation.

    Call it before sae's parameters change."""
    h = out.hidden_pre.detach()
    size = h.abs().median()  # not the largest: silent latents lie far below all others
    return float(min(GAPS[sae.cfg.architecture()](sae, out, h, dead)) / size)


def standard(sae, out, h, dead):
    return [h.abs().min()]


def gated(sae, out, h, dead):
    """The gate's pre-activation, the losses' one (sae-lens makes it without runtime normalisation), open magnitudes."""
    gate = without_state(sae, sae.process_sae_in(out.sae_in)) @ sae.W_enc + sae.b_gate
    losses = (out.sae_in - sae.b_dec * sae.cfg.apply_b_dec_to_input) @ sae.W_enc + sae.b_gate
    return [gate.abs().min(), losses.abs().min(), smallest(h[gate > 0].abs())]


def without_state(sae, value):
    """value, after forgetting what runtime normalisation of the input left in sae."""
    for name in ("ln_mu", "ln_std", "x_norm_coeff"):
        sae.__dict__.pop(name, None)
    return value


def jumprelu(sae, out, h, dead):
    """The threshold, and both edges of the straight-through estimator's band around it."""
    above, half = h - sae.threshold, sae.bandwidth / 2
    return [above.abs().min(), (above - half).abs().min(), (above + half).abs().min()]


def topk(sae, out, h, dead):
    chosen = h.topk(sae.cfg.k, dim=-1).values
    return [edge(h, sae.cfg.k), chosen.abs().min(), auxiliary(sae, h, dead)]


def abstopk(sae, out, h, dead):
    return [edge(h.abs(), sae.cfg.k), auxiliary(sae, h.abs(), dead)]


def batchtopk(sae, out, h, dead):
    """The boundary over the flattened batch, or the ReLU if all positive values are chosen.

    Then the threshold follows a value near 0, whose relative error must be small, too."""
    flat, k = h.relu().flatten(), int(sae.cfg.k * len(h))
    selection = edge(flat, k) if int((flat > 0).sum()) >= k else min(h.abs().min(), smallest(flat[flat > 0]) / 300)
    return [selection, auxiliary(sae, h, dead)]


def matryoshka_batchtopk(sae, out, h, dead):
    gaps = batchtopk(sae, out, h, dead)
    if sae.cfg.use_matryoshka_aux_loss:  # picks among the dead of each level
        ends = sae.cfg.matryoshka_widths
        gaps[1:] = [auxiliary(sae, h[:, a:b], dead[a:b]) for a, b in zip([0, *ends], ends)]
    return gaps


def auxiliary(sae, h, dead):
    """The auxiliary loss takes the largest d_in / 2 among the dead latents."""
    return edge(h[:, dead], sae.cfg.d_in // 2)


def edge(h, k):
    """Smallest gap between the k-th and the next value along the last axis."""
    if k >= h.shape[-1]:
        return torch.tensor(torch.inf)
    top = h.topk(k + 1, dim=-1).values
    return (top[..., k - 1] - top[..., k]).min()


def smallest(values):
    return values.min() if values.numel() else torch.tensor(torch.inf)


GAPS = {f.__name__: f for f in (standard, gated, jumprelu, topk, abstopk, batchtopk, matryoshka_batchtopk)}
