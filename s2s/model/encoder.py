"""The encoder: reads x_1 … x_n into states h_1 … h_n."""

import torch
from torch import Tensor, nn

from s2s.config import CellKind, ModelConfig
from s2s.model.recurrent import NO_DROPOUT, LockedDropout, Recurrent


class EncoderLayer(nn.Module):
    """One layer, in one direction or in both, whose states then stand side by side (Bahdanau 2015, 3.2)."""

    def __init__(self, cell: CellKind, input_size: int, hidden_size: int, bidirectional: bool) -> None:
        """Build a layer with `hidden_size` units, both directions together."""
        super().__init__()
        units = hidden_size // 2 if bidirectional else hidden_size
        self.forwards = Recurrent(cell, input_size, units)
        self.backwards = Recurrent(cell, input_size, units) if bidirectional else None

    def forward(self, inputs: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Read `inputs` [B, S, input]; the states [B, S, H] and where the reading ended, in each direction [B, H]."""
        states, _ = self.forwards(inputs, self.forwards.start(inputs))
        end = last_row(states, mask)
        if self.backwards is None:
            return states, end
        # Mirroring each row by index keeps whole tensors in the fused kernels; packed sequences would not.
        mirror = mirrored_positions(mask)
        mirrored, _ = self.backwards(take_rows(inputs, mirror), self.backwards.start(inputs))
        states = torch.cat([states, take_rows(mirrored, mirror)], dim=-1)
        return states, torch.cat([end, last_row(mirrored, mask)], dim=-1)


class Encoder(nn.Module):
    """Recurrent layers over the source."""

    def __init__(self, config: ModelConfig) -> None:
        """Build the layers."""
        super().__init__()
        sizes = [config.embedding_size] + [config.hidden_size] * (config.encoder_layers - 1)
        self.layers = nn.ModuleList(
            EncoderLayer(config.cell, size, config.hidden_size, config.bidirectional) for size in sizes
        )

    def forward(self, embedded: Tensor, mask: Tensor, dropout: LockedDropout = NO_DROPOUT) -> tuple[Tensor, Tensor]:
        """Read a batch of sources.

        Args:
            embedded: [B, S, E].
            mask: [B, S], True at real pieces.
            dropout: of this batch, in training.

        Returns:
            states [B, S, M] of the top layer, and where its reading ended, in each direction, [B, M].
        """
        states, end = embedded, embedded
        for number, layer in enumerate(self.layers):
            states, end = layer(states, mask)
            states = dropout(f"encoder {number}", states)
        return states, end


def last_row(values: Tensor, mask: Tensor) -> Tensor:
    """The values [B, units] at the last real position of `values` [B, S, units]."""
    last = (mask.sum(dim=1) - 1)[:, None, None].expand(-1, 1, values.shape[2])
    return values.gather(1, last).squeeze(1)


def mirrored_positions(mask: Tensor) -> Tensor:
    """For each row, the positions [B, S] that turn its real pieces around and leave the padding where it is."""
    positions = torch.arange(mask.shape[1], device=mask.device)[None, :].expand_as(mask)
    return torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - positions, positions)


def take_rows(values: Tensor, positions: Tensor) -> Tensor:
    """`values` [B, S, units] at `positions` [B, S] of their own row."""
    return values.gather(1, positions[:, :, None].expand_as(values))
