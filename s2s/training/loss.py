"""Cross-entropy of the output layer with label smoothing, and its gradient, in one go.

The output layer is the largest part of a small model, and its scores [N, V] the largest tensor of a training. The
usual chain (scores, log-softmax, loss, and back) writes and reads that tensor about ten times. Here some rows at a time
become scores, probabilities and gradient in place, so that next to the three matrix products almost nothing remains.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

ROWS = 256
"""Rows of scores in memory at a time."""


def smoothed_cross_entropy(features: Tensor, weight: Tensor, bias: Tensor, right: Tensor, smoothing: float) -> Tensor:
    """−Σ_n Σ_v q_nv log p_nv, with p = softmax(features · weightᵀ + bias), summed over all rows.

    q is 1 − ε at the right piece and ε / V more everywhere (Szegedy 2016, section 7).

    Args:
        features: what the output layer reads, [N, E].
        weight: the output layer's, [V, E].
        bias: the output layer's, [V].
        right: ids of the right pieces, [N].
        smoothing: ε.
    """
    loss: Tensor = _SmoothedCrossEntropy.apply(features, weight, bias, right, smoothing)  # type: ignore[no-untyped-call]
    return loss


class _SmoothedCrossEntropy(torch.autograd.Function):
    """The gradient is known as soon as the probabilities are: p − q, times weight and features."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, right: Tensor, smoothing: float) -> Tensor:
        wanted = any(ctx.needs_input_grad)
        exact = torch.promote_types(features.dtype, torch.float32)
        grads = [torch.zeros_like(part, dtype=exact) for part in (features, weight, bias)] if wanted else []
        loss = torch.zeros((), dtype=exact, device=features.device)
        for start in range(0, len(features), ROWS):
            rows = slice(start, start + ROWS)
            part, ids = features[rows], right[rows, None]
            scores = functional.linear(part, weight, bias).to(exact)
            expected = (1 - smoothing) * scores.gather(1, ids) + smoothing * scores.mean(dim=1, keepdim=True)
            highest = scores.amax(dim=1, keepdim=True)
            probabilities = scores.sub_(highest).exp_()
            total = probabilities.sum(dim=1, keepdim=True)
            loss += (total.log() + highest - expected).sum()
            if wanted:
                difference = probabilities.div_(total).sub_(smoothing / scores.shape[1])
                difference.scatter_add_(1, ids, torch.full_like(total, smoothing - 1))
                grads[0][rows] = torch.mm(difference, weight)
                grads[1] += torch.mm(difference.t(), part)
                grads[2] += difference.sum(dim=0)
        ctx.save_for_backward(*grads)
        ctx.types = features.dtype, weight.dtype, bias.dtype
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, loss: Tensor) -> tuple[Tensor | None, ...]:
        grads = ((grad * loss).to(kind) for grad, kind in zip(ctx.saved_tensors, ctx.types, strict=True))
        return *grads, None, None
