"""One recurrent layer, with one kind of state for all cells."""

import torch
from torch import Tensor, nn

from s2s.config import CellKind

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Recurrent(nn.Module):
    """Reads a sequence from left to right.

    rnn (Elman 1990): h_t = tanh(W x_t + U h_{t-1} + b).
    lstm (Hochreiter & Schmidhuber 1997) and gru (Cho 2014) as in PyTorch.

    The state is one tensor [B, state_size]; for an LSTM it is the output and the cell side by side.
    """

    def __init__(self, cell: CellKind, input_size: int, hidden_size: int) -> None:
        """Build a layer that reads vectors of `input_size` and writes vectors of `hidden_size`."""
        super().__init__()
        self.layer = CELLS[cell](input_size, hidden_size, batch_first=True)
        self.hidden_size = hidden_size
        self.state_size = 2 * hidden_size if cell == "lstm" else hidden_size

    def forward(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Read `inputs` [B, T, input] from `state` on; the outputs [B, T, H] and the last state."""
        parts = state.unsqueeze(0).split(self.hidden_size, dim=-1)
        if len(parts) == 1:
            outputs, last = self.layer(inputs, parts[0].contiguous())
            return outputs, last.squeeze(0)
        outputs, pair = self.layer(inputs, tuple(part.contiguous() for part in parts))
        return outputs, torch.cat(pair, dim=-1).squeeze(0)

    def start(self, inputs: Tensor) -> Tensor:
        """The zero state for a batch of `inputs`."""
        return inputs.new_zeros(inputs.shape[0], self.state_size)


def locked_dropout(values: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """Drop the same units at each step of a sequence (Gal & Ghahramani 2016).

    Args:
        values: [B, T, units].
        share: the part of the units that becomes 0; the others grow, so that the mean stays.
        generator: where the mask is drawn from; None means use, not training, and drops nothing.
    """
    if generator is None or share == 0:
        return values
    drawn = torch.rand(values.shape[0], 1, values.shape[2], generator=generator, device=values.device)
    return values * (drawn >= share).to(values.dtype).div_(1 - share)
