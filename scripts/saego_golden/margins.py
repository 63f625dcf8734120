"""How far a forward pass is from the points where rounding decides the result.

A ReLU's gradient jumps at 0, a top-k's selection at a tie. A golden case nearer
to such a point than float32's rounding would fail in a correct implementation.
"""

import torch


def margin(sae, hidden_pre, dead):
    """Smallest distance, over all rows, from a jump; relative to the median pre-activation."""
    h = hidden_pre.detach()
    size = h.abs().median()  # not the largest: silent latents lie far below all others
    if sae.cfg.architecture() == "standard":
        return float(h.abs().min() / size)
    chosen = h.topk(sae.cfg.k, dim=-1).values
    gaps = [edge(h, sae.cfg.k), chosen.abs().min()]
    if int(dead.sum()) > 0:
        gaps.append(edge(h[:, dead], sae.cfg.d_in // 2))  # the auxiliary loss picks among the dead
    return float(min(gaps) / size)


def edge(h, k):
    """Smallest gap between the k-th and the next value of a row."""
    if k >= h.shape[-1]:
        return torch.tensor(torch.inf)
    top = h.topk(k + 1, dim=-1).values
    return (top[:, k - 1] - top[:, k]).min()
