"""A GRU over a whole sequence, with a gradient of its own, for processors.

PyTorch has a fused kernel for this on GPUs only; elsewhere it records every step's dozen operations, and its backward
pass makes a matrix product for the weights' gradient at every step. Here only what each step must wait for is done step
by step, one matrix product and a few operations in place, forward and back; all else is done once for all steps.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


def gru(inputs: Tensor, state: Tensor, weights: list[Tensor]) -> Tensor:
    """All outputs [B, T, H] of a GRU layer that reads `inputs` [B, T, input] from `state` [B, H] on.

    r_t, z_t = σ(W x_t + b + U h_{t-1} + c); n_t = tanh(W_n x_t + b_n + r_t ⊙ (U_n h_{t-1} + c_n));
    h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t-1} (Cho et al. 2014; the reset gate after the product, as in cuDNN and PyTorch).

    Args:
        inputs: [B, T, input].
        state: h_0.
        weights: W [3 H, input], U [3 H, H], b and c [3 H], as `torch.nn.GRU` has them.
    """
    of_input, of_state, input_bias, state_bias = weights
    projected = functional.linear(inputs.transpose(0, 1), of_input, input_bias)
    outputs: Tensor = _Gru.apply(projected, state, of_state, state_bias)  # type: ignore[no-untyped-call]
    return outputs.transpose(0, 1)


class _Gru(torch.autograd.Function):
    """h_1 … h_T [T, B, H] of W x_t + b [T, B, 3 H]; products in the number format of these, all else in float32 at least.

    With δ the loss's gradient at h_t, those at the sums in r_t, z_t, n_t and at U_n h_{t-1} + c_n are δ times factors
    that are known for all steps before the first is gone back.
    """

    @staticmethod
    def forward(ctx: Any, projected: Tensor, state: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        steps, batch, _ = projected.shape
        size, kind = weight.shape[1], projected.dtype
        exact = torch.promote_types(kind, torch.float32)
        weight, bias = weight.to(kind), bias.to(kind)
        gates = projected.to(exact, copy=True, memory_format=torch.contiguous_format)
        hidden = torch.empty(steps, batch, 3 * size, dtype=exact)
        states = torch.empty(steps + 1, batch, size, dtype=exact)
        states[0] = state
        read = states if kind == exact else states.to(kind)
        transposed = weight.t()
        both, new = gates.split([2 * size, size], dim=2)
        sums = zip(
            both.unbind(),
            both[..., :size].unbind(),
            both[..., size:].unbind(),
            new.unbind(),
            hidden.unbind(),
            hidden[..., : 2 * size].unbind(),
            hidden[..., 2 * size :].unbind(),
            read.unbind(),
            states.unbind(),
            states[1:].unbind(),
            read[1:].unbind(),
        )
        for opened, reset, update, fresh, heard, to_gates, to_new, before, old, after, note in sums:
            if kind == exact:
                torch.addmm(bias, before, transposed, out=heard)
            else:
                heard.copy_(torch.addmm(bias, before, transposed))
            opened.add_(to_gates).sigmoid_()
            fresh.addcmul_(reset, to_new).mul_(2).sigmoid_().mul_(2).sub_(1)
            torch.lerp(fresh, old, update, out=after)
            if kind != exact:
                note.copy_(after)
        ctx.save_for_backward(gates, hidden, states, read, weight)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        gates, hidden, states, read, weight = ctx.saved_tensors
        size, kind, exact = weight.shape[1], weight.dtype, gates.dtype
        reset, update, new = gates.split(size, dim=2)
        of_new = (1 - update) * (1 - new * new)
        factors = torch.stack(
            [
                of_new * hidden[..., 2 * size :] * reset * (1 - reset),
                (states[:-1] - new) * update * (1 - update),
                of_new * reset,
            ],
            dim=2,
        )
        whole = torch.empty_like(states[1:])
        sums = torch.empty(gates.shape, dtype=kind)
        carried = torch.zeros_like(states[0])
        for arriving, factor, total, kept, step in zip(
            reversed(grad.unbind()),
            reversed(factors.unbind()),
            reversed(whole.unbind()),
            reversed(update.unbind()),
            reversed(sums.unbind()),
        ):
            torch.add(arriving, carried, out=total)
            if kind == exact:
                torch.mul(factor, total[:, None], out=step.view(factor.shape))
                carried = torch.addmm(total * kept, step, weight)
            else:
                step.view(factor.shape).copy_(factor * total[:, None])
                carried = torch.mm(step, weight).to(exact).addcmul_(total, kept)
        flat = sums.flatten(0, 1)
        of_weight = torch.mm(flat.t(), read[:-1].flatten(0, 1)).to(exact)
        of_bias = flat.sum(dim=0, dtype=exact)
        sums[..., 2 * size :] = whole.mul_(of_new)
        return sums, carried, of_weight, of_bias
