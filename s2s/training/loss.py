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

from s2s.device import numbers_at_a_time

ROWS = 1024
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
        wanted, kind = any(ctx.needs_input_grad), features.dtype
        exact, table = torch.promote_types(kind, torch.float32), weight.to(kind)
        parts = [features, weight, bias] + [part for part in (gate, copied) if part is not None]
        grads = [torch.zeros_like(part, dtype=exact) for part in parts] if wanted else []
        loss = torch.zeros((), dtype=exact, device=features.device)
        step = max(1, numbers_at_a_time(features.device, ROWS * len(table)) // len(table))
        for start in range(0, len(features), ROWS):
            block = slice(start, start + ROWS)
            scores = torch.mm(features[block], table.t())
            for place in range(0, len(scores), step):
                some = slice(place, min(place + step, len(scores)))
                rows = slice(start + some.start, start + some.stop)
                copying = None if gate is None or copied is None else Copying(gate[rows, None], copied[rows, None])
                found = _Rows(scores[some].to(exact).add_(bias), right[rows, None], smoothing, copying)
                loss += found.loss
                if wanted:
                    difference = found.difference()
                    grads[2] += difference.sum(dim=0)
                    scores[some] = difference
                    for grad, values in zip(grads[3:], found.of_copying(), strict=True):
                        grad[rows] = values.squeeze(1)
            if wanted:
                grads[0][block] = torch.mm(scores, table)
                grads[1] += torch.mm(scores.t(), features[block])
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


class _Rows:
    """Loss and gradients of some rows, few enough for the processor's cache; of their scores, which are used up."""

    def __init__(self, scores: Tensor, right: Tensor, smoothing: float, copying: Copying | None) -> None:
        of_right, mean = scores.gather(1, right), scores.mean(dim=1, keepdim=True)
        highest = scores.amax(dim=1, keepdim=True)
        self.right, self.smoothing, self.copying = right, smoothing, copying
        self.exponentials = scores.sub_(highest).exp_()
        self.total = self.exponentials.sum(dim=1, keepdim=True)
        log_total = self.total.log() + highest
        self.log_right, self.share = of_right - log_total, torch.ones_like(mean)
        if copying is not None:
            self.log_right, self.share = _mixed(self.log_right, copying.gate.to(scores.dtype), copying.copied)
        self.loss = -((1 - smoothing) * self.log_right + smoothing * (mean - log_total)).sum()

    def difference(self) -> Tensor:
        """The gradient at the scores, [N, V]."""
        smoothing, pull = self.smoothing, (1 - self.smoothing) * self.share
        difference = self.exponentials.mul_((pull + smoothing) / self.total).sub_(
            smoothing / self.exponentials.shape[1]
        )
        return difference.scatter_add_(1, self.right, -pull)

    def of_copying(self) -> list[Tensor]:
        """The gradients at gate and copied, [N, 1] each, of a model that copies."""
        if self.copying is None:
            return []
        opened = self.copying.gate.to(self.share.dtype).sigmoid()
        inverse = (-self.log_right).clamp(max=MOST).exp()
        return [(1 - self.smoothing) * (opened - self.share), (1 - self.smoothing) * (opened - 1) * inverse]
