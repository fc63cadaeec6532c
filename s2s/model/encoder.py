"""The encoder: reads x_1 … x_n into states h_1 … h_n."""

import torch
from torch import Tensor, nn
from torch.nn import functional

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
    """Recurrent layers over the source; the upper ones may make a pyramid.

    Layer j of a pyramid reads [h_{2i}; h_{2i+1}] of layer j-1 as one, so that it writes half as many states (Chan et
    al. 2016, equation 5). A state that is left without a neighbour has zeros for one.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build the layers."""
        super().__init__()
        self.plain_layers = config.encoder_layers - config.pyramid_layers
        sizes = [config.embedding_size] + [config.hidden_size] * (self.plain_layers - 1)
        sizes += [2 * config.hidden_size] * config.pyramid_layers
        self.layers = nn.ModuleList(
            EncoderLayer(config.cell, size, config.hidden_size, config.bidirectional) for size in sizes
        )

    def forward(
        self, embedded: Tensor, mask: Tensor, dropout: LockedDropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read a batch of sources.

        Args:
            embedded: [B, S, E].
            mask: [B, S], True at real pieces.
            dropout: of this batch, in training.

        Returns:
            states [B, S', M] of the top layer; where its reading ended, in each direction, [B, M]; and the mask [B, S']
            of the states. S' is S, halved and rounded up by each layer of a pyramid.
        """
        states, end = embedded, embedded
        for number, layer in enumerate(self.layers):
            if number >= self.plain_layers:
                states, mask = neighbours(states, mask), halved(mask)
            states, end = layer(states, mask)
            states = dropout(f"encoder {number}", states)
        return states, end, mask


def neighbours(states: Tensor, mask: Tensor) -> Tensor:
    """States [B, S, H] side by side with the next one, [B, S/2, 2 H], zeros beside the last one of an odd number."""
    real = states.masked_fill(~mask[:, :, None], 0)
    even = functional.pad(real, (0, 0, 0, states.shape[1] % 2))
    return even.reshape(len(states), -1, 2 * states.shape[2])


def halved(mask: Tensor, times: int = 1) -> Tensor:
    """The mask [B, S/2] of states of which each stands for two of `mask` [B, S]; so `times` times."""
    return mask[:, :: 2**times]


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
