"""A GRU over a whole sequence, with a gradient of its own, for processors.

PyTorch has a fused kernel for this on GPUs only. Elsewhere it records the dozen operations of every step, and on the
way back makes a matrix product for the weights' gradient at every step. Here only what a step must wait for is done
step by step, one matrix product and a few operations in place, forward and back; all else once for all steps.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


def gru(inputs: Tensor, state: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """All outputs h_1 … h_T [B, T, H] of a GRU layer (Cho et al. 2014).

    r_t = σ(W_r x_t + b_r + U_r h_{t-1} + c_r), z_t likewise; n_t = tanh(W_n x_t + b_n + r_t ⊙ (U_n h_{t-1} + c_n));
    h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}, with the reset gate behind the product, as in PyTorch.

    Args:
        inputs: x_1 … x_T, [B, T, input].
        state: h_0, [B, H].
        weights: W [3 H, input], U [3 H, H], b [3 H] and c [3 H], as `torch.nn.GRU` has them.
    """
    of_input, of_state, input_bias, state_bias = weights
    projected = functional.linear(inputs.transpose(0, 1), of_input, input_bias)
    outputs: Tensor = _Gru.apply(projected, state, of_state, state_bias)  # type: ignore[no-untyped-call]
    return outputs.transpose(0, 1)


class _Gru(torch.autograd.Function):
    """h_1 … h_T [T, B, H] from W x_t + b [T, B, 3 H], whose number format its products have; all else is more exact.

    With δ_t the loss's gradient at h_t, those at the sums inside of r_t, z_t and n_t and at U_n h_{t-1} + c_n are δ_t
    times factors, which are known for all steps before the way back begins.
    """

    @staticmethod
    def forward(ctx: Any, projected: Tensor, state: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        size, kind = weight.shape[1], projected.dtype
        exact = torch.promote_types(kind, torch.float32)
        weight, bias = weight.to(kind), bias.to(kind)
        gates = projected.to(exact, copy=True, memory_format=torch.contiguous_format)  # and later r, z and n
        heard = torch.empty_like(gates)  # U h_{t-1} + c
        states = gates.new_empty(len(gates) + 1, *state.shape)
        states[0] = state
        read = states if kind == exact else states.to(kind)
        for step, (sums, told) in enumerate(zip(gates, heard, strict=True)):
            told.copy_(torch.addmm(bias, read[step], weight.t()))
            both, new = sums.split([2 * size, size], dim=1)
            reset, update = both.add_(told[:, : 2 * size]).sigmoid_().split(size, dim=1)
            # tanh x = 2 σ(2 x) - 1: σ is four times as quick.
            new.addcmul_(reset, told[:, 2 * size :]).mul_(2).sigmoid_().mul_(2).sub_(1)
            torch.lerp(new, states[step], update, out=states[step + 1])
            if read is not states:
                read[step + 1] = states[step + 1]
        ctx.save_for_backward(gates, heard[..., 2 * size :], states, read, weight)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        gates, heard, states, read, weight = ctx.saved_tensors
        size, kind = weight.shape[1], weight.dtype
        reset, update, new = gates.split(size, dim=2)
        of_new = (1 - update) * (1 - new * new)
        of_heard = of_new * reset
        of_reset, of_update = of_heard * heard * (1 - reset), (states[:-1] - new) * update * (1 - update)
        factors = torch.stack([of_reset, of_update, of_heard], dim=2)
        sums = factors.new_empty(factors.shape, dtype=kind)  # the gradient at U h_{t-1} + c
        arriving, carried = torch.empty_like(of_new), torch.zeros_like(states[0])
        for step in reversed(range(len(grad))):
            total = torch.add(grad[step], carried, out=arriving[step])
            sums[step] = factors[step] * total[:, None]
            carried = torch.mm(sums[step].flatten(1), weight).to(total.dtype).addcmul_(total, update[step])
        sums = sums.flatten(2)
        rows = sums.flatten(0, 1)
        of_weight, of_bias = torch.mm(rows.t(), read[:-1].flatten(0, 1)), rows.sum(dim=0, dtype=gates.dtype)
        sums[..., 2 * size :] = arriving.mul_(of_new)  # the gradient at W x_t + b
        return sums, carried, of_weight.to(gates.dtype), of_bias
