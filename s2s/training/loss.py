"""Cross-entropy of the output layer with label smoothing, and its gradient, in one go.

The output layer is the largest part of a small model, and its scores [N, V] the largest tensor of a training. The
usual chain (scores, log-softmax, loss, and back) writes and reads that tensor about ten times. Here some rows at a time
become scores, probabilities and gradient in place, so that next to the three matrix products almost nothing remains.

That a model copies changes nothing of this: its loss needs two numbers of a row, and its gradient is that of a row
without copying, but times the share of the right piece's probability which was generated.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

ROWS = 256
"""Rows of scores in memory at a time."""

MOST = 60.0
"""The exponent of the largest gradient: where the right piece is less likely than exp(-60), it grows no further."""


class Copying(NamedTuple):
    """What the loss of a model that copies needs beside its output layer."""

    gate: Tensor  # [N], of which σ makes p_gen
    copied: Tensor  # [N], Σ_{i: x_i = y} a_i: the attention to where the right piece stands in the source


def smoothed_cross_entropy(
    features: Tensor, weight: Tensor, bias: Tensor, right: Tensor, smoothing: float, copying: Copying | None = None
) -> Tensor:
    """−Σ_n Σ_v q_nv log p_nv, with p = softmax(features · weightᵀ + bias), summed over all rows.

    q is 1 − ε at the right piece and ε / V more everywhere (Szegedy 2016, section 7).

    With copying, the right piece y has the probability σ(gate) p_y + (1 − σ(gate)) copied instead (See et al. 2017,
    equation 9); the ε is still spread over what the output layer says, which is all that can write every piece.

    Args:
        features: what the output layer reads, [N, E].
        weight: the output layer's, [V, E].
        bias: the output layer's, [V].
        right: ids of the right pieces, [N].
        smoothing: ε.
        copying: of a model that copies.
    """
    gate, copied = copying or (None, None)
    loss: Tensor = _SmoothedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        features, weight, bias, right, smoothing, gate, copied
    )
    return loss


def _mixed(log_probs: Tensor, gate: Tensor, copied: Tensor) -> tuple[Tensor, Tensor]:
    """log(σ(gate) p + (1 - σ(gate)) copied) of log_probs log p, and how much of it was generated; all [N, 1]."""
    generated = log_probs + functional.logsigmoid(gate)
    mixed = torch.logaddexp(generated, functional.logsigmoid(-gate) + copied.log())
    return mixed, (generated - mixed).exp()


class _SmoothedCrossEntropy(torch.autograd.Function):
    """The gradient is known as soon as the probabilities are: p − q, times weight and features.

    With copying, of the right piece's term only the share r = σ(gate) p_y / P(y) is the output layer's: its gradient is
    ((1 − ε) r + ε) p − ((1 − ε) r at y, and ε / V everywhere).
    """

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        right: Tensor,
        smoothing: float,
        gate: Tensor | None,
        copied: Tensor | None,
    ) -> Tensor:
        wanted = any(ctx.needs_input_grad)
        exact = torch.promote_types(features.dtype, torch.float32)
        kind = features.dtype
        table = weight.to(kind)
        parts = [features, weight, bias] + [part for part in (gate, copied) if part is not None]
        grads = [torch.zeros_like(part, dtype=exact) for part in parts] if wanted else []
        loss = torch.zeros((), dtype=exact, device=features.device)
        for start in range(0, len(features), ROWS):
            rows = slice(start, start + ROWS)
            part, ids = features[rows], right[rows, None]
            scores = torch.mm(part, table.t()).to(exact).add_(bias)
            of_right, mean = scores.gather(1, ids), scores.mean(dim=1, keepdim=True)
            highest = scores.amax(dim=1, keepdim=True)
            probabilities = scores.sub_(highest).exp_()
            total = probabilities.sum(dim=1, keepdim=True)
            log_total = total.log() + highest
            log_right, pull = of_right - log_total, torch.full_like(total, 1 - smoothing)
            if gate is not None and copied is not None:
                opening = gate[rows, None].to(exact)
                log_right, share = _mixed(log_right, opening, copied[rows, None])
                pull *= share
                if wanted:
                    opened = opening.sigmoid()
                    grads[3][rows] = ((1 - smoothing) * (opened - share)).squeeze(1)
                    grads[4][rows] = ((1 - smoothing) * (opened - 1) * (-log_right).clamp(max=MOST).exp()).squeeze(1)
            loss -= ((1 - smoothing) * log_right + smoothing * (mean - log_total)).sum()
            if wanted:
                difference = probabilities.mul_((pull + smoothing) / total).sub_(smoothing / scores.shape[1])
                difference.scatter_add_(1, ids, -pull)
                grads[2] += difference.sum(dim=0)
                difference = difference.to(kind)
                grads[0][rows] = torch.mm(difference, table)
                grads[1] += torch.mm(difference.t(), part)
        ctx.save_for_backward(*grads)
        ctx.types = [part.dtype for part in parts]
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, loss: Tensor) -> tuple[Tensor | None, ...]:
        # In place, since the weight's is large; autograd refuses a second way back, which would find them changed.
        grads = [grad.mul_(loss).to(kind) for grad, kind in zip(ctx.saved_tensors, ctx.types, strict=True)]
        of_copying = grads[3:] or [None, None]
        return *grads[:3], None, None, *of_copying
