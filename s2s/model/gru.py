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
    """h_1 … h_T [T, B, H] from W x_t + b [T, B, 3 H], in whose number format its products are; all else is in float32.

    With δ_t the loss's gradient at h_t, those at the sums inside of r_t, z_t and n_t and at U_n h_{t-1} + c_n are δ_t
    times factors, which are known for all steps before the way back begins. Float64 stays float64.
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
        (both, new), (to_both, to_new) = (each.split([2 * size, size], dim=2) for each in (gates, heard))
        reset, update = both.split(size, dim=2)
        # What each step reads and writes, made at once: one by one it is a sixth of a small model's time.
        views = (read[:-1], heard, both, to_both, new, reset, to_new, states[:-1], update, states[1:], read[1:])
        for before, told, rz, to_rz, n, r, to_n, old, z, after, noted in zip(*views, strict=True):
            if kind == exact:
                torch.addmm(bias, before, weight.t(), out=told)
            else:
                told.copy_(torch.addmm(bias, before, weight.t()))
            rz.add_(to_rz).sigmoid_()
            n.addcmul_(r, to_n).tanh_()
            torch.lerp(n, old, z, out=after)
            if kind != exact:
                noted.copy_(after)
        ctx.save_for_backward(gates, to_new, states, read, weight)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        gates, to_new, states, read, weight = ctx.saved_tensors
        size, kind, exact = weight.shape[1], weight.dtype, gates.dtype
        reset, update, new = gates.split(size, dim=2)
        of_new = (1 - update).mul_(1 - new * new)
        factors = gates.new_empty(*of_new.shape[:2], 3, size)
        of_reset, of_update, of_heard = factors.unbind(2)
        torch.mul(of_new, reset, out=of_heard)
        torch.mul(of_heard, to_new, out=of_reset).mul_(1 - reset)
        torch.sub(states[:-1], new, out=of_update).mul_(update).mul_(1 - update)
        sums = torch.empty_like(factors, dtype=kind)  # the gradient at U h_{t-1} + c
        rows, arriving = sums.flatten(2), torch.empty_like(of_new)
        carried, room = torch.zeros_like(states[0]), torch.empty_like(factors[0])
        views = (grad, factors, sums, rows, arriving, update)
        for here, factor, at_sums, row, total, z in zip(*(reversed(each.unbind()) for each in views), strict=True):
            torch.add(here, carried, out=total)
            torch.mul(factor, total[:, None], out=at_sums if kind == exact else room)
            if kind != exact:
                at_sums.copy_(room)
            carried = torch.mm(row, weight).to(exact).addcmul_(total, z)
        flat = rows.flatten(0, 1)
        of_weight, of_bias = torch.mm(flat.t(), read[:-1].flatten(0, 1)), flat.sum(dim=0, dtype=exact)
        rows[..., 2 * size :] = arriving.mul_(of_new)  # now the gradient at W x_t + b
        return rows, carried, of_weight.to(exact), of_bias
