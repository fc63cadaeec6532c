"""One recurrent layer, with one kind of state for all cells, and the dropout that goes with it."""

import torch
from torch import Tensor, nn

from s2s.config import CellKind
from s2s.model.gru import gru

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
        self.cell = cell
        self.layer = CELLS[cell](input_size, hidden_size, batch_first=True)
        self.hidden_size = hidden_size
        self.state_size = 2 * hidden_size if cell == "lstm" else hidden_size

    def forward(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Read `inputs` [B, T, input] from `state` on; the outputs [B, T, H] and the last state."""
        if inputs.shape[1] == 1:
            after = self._step(inputs[:, 0], state)
            return self.output(after)[:, None], after
        if self.cell == "gru" and inputs.device.type == "cpu":
            outputs = gru(inputs, state, self.layer.all_weights[0])
            return outputs, outputs[:, -1]
        parts = state.unsqueeze(0).split(self.hidden_size, dim=-1)
        if len(parts) == 1:
            outputs, last = self.layer(inputs, parts[0].contiguous())
            return outputs, last.squeeze(0)
        outputs, pair = self.layer(inputs, tuple(part.contiguous() for part in parts))
        return outputs, torch.cat(pair, dim=-1).squeeze(0)

    def _step(self, inputs: Tensor, state: Tensor) -> Tensor:
        # For a single step, the fused kernels of a whole sequence take longer to prepare than to run.
        weights = self.layer.all_weights[0]
        if self.cell == "lstm":
            return torch.cat(torch.lstm_cell(inputs, state.split(self.hidden_size, dim=-1), *weights), dim=-1)
        return (torch.gru_cell if self.cell == "gru" else torch.rnn_tanh_cell)(inputs, state, *weights)

    def start(self, inputs: Tensor) -> Tensor:
        """The zero state for a batch of `inputs`."""
        return inputs.new_zeros(inputs.shape[0], self.state_size)

    def output(self, state: Tensor) -> Tensor:
        """The output [B, H] that a state holds."""
        return state[:, : self.hidden_size]


class LockedDropout:
    """Drops the same units at each step of a sequence (Gal & Ghahramani 2016).

    It belongs to one batch and is an argument, no part of a model. Each place in the network draws its mask when it is
    first reached and keeps it, so that reading a sequence at once and step by step drop the same units.
    """

    def __init__(self, share: float, generator: torch.Generator | None = None) -> None:
        """Drop `share` of the units, drawn from `generator`; None means use, not training, and drops nothing."""
        self.share, self.generator = share, generator
        self._masks: dict[str, Tensor] = {}

    def __call__(self, place: str, values: Tensor) -> Tensor:
        """`values` [B, T, units] without the dropped units of `place`; the others grow, so that the mean stays."""
        if self.generator is None or self.share == 0:
            return values
        if place not in self._masks:
            drawn = torch.rand(values.shape[0], 1, values.shape[2], generator=self.generator, device=values.device)
            self._masks[place] = (drawn >= self.share).to(values.dtype).div_(1 - self.share)
        return values * self._masks[place]


NO_DROPOUT = LockedDropout(0.0)
