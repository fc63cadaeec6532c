"""The decoder: predicts y_t from y_1 … y_{t-1} and the context.

Wiring `stacked`: the first layer reads y_{t-1} alone, and its output q_t is the query of the attention; the context c_t
enters the layers above and the output. The recurrence of the first layer does not depend on the context, so that
training runs whole sequences through fused kernels and one batched attention product.
"""

import torch
from torch import Tensor, nn

from s2s.config import ModelConfig
from s2s.model.attention import Memory, build_attention
from s2s.model.recurrent import Recurrent, locked_dropout

State = tuple[Tensor, ...]
"""One tensor [B, state_size] for each decoder layer."""


class Decoder(nn.Module):
    """Recurrent layers over the target with attention to the source.

    q_t = layer_1(y_{t-1}); c_t = attention(q_t, h), or the fixed c without attention;
    o_t = layer_n([… layer_2([q_t; c_t]) …; c_t]); features = tanh(W [o_t; c_t]) (Luong et al. 2015, equation 5).
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build the layers."""
        super().__init__()
        hidden, memory = config.hidden_size, config.hidden_size
        sizes = [config.embedding_size] + [hidden + memory] * (config.decoder_layers - 1)
        self.layers = nn.ModuleList(Recurrent(config.cell, size, hidden) for size in sizes)
        self.attention = build_attention(config.attention, hidden, memory)
        self.bridges = nn.ModuleList(nn.Linear(memory, layer.state_size) for layer in self._recurrent())
        self.combine = nn.Linear(hidden + memory, config.embedding_size)
        self.dropout = config.dropout

    def _recurrent(self) -> list[Recurrent]:
        return [layer for layer in self.layers if isinstance(layer, Recurrent)]

    def memory(self, states: Tensor, last: Tensor, mask: Tensor) -> Memory:
        """Make the memory of a source: the keys are projected here, once."""
        keys = self.attention.project(states) if self.attention is not None else states[:, :, :0]
        return Memory(states, keys, mask, last)

    def start(self, memory: Memory) -> State:
        """The state before the first step: s_0 = tanh(W c) for each layer (Bahdanau 2015, A.2.2)."""
        return tuple(torch.tanh(bridge(memory.last)) for bridge in self.bridges)

    def forward(
        self, embedded: Tensor, state: State, memory: Memory, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor | None, State]:
        """Read some target pieces, all at once or one by one.

        Args:
            embedded: the pieces y_{t-1}, [B, T, E].
            state: where to start from.
            memory: the encoded source.
            generator: for dropout, in training.

        Returns:
            features [B, T, E] for the output layer, attention weights [B, T, S] or None without attention, and the
            state after the last piece.
        """
        first, *above = self._recurrent()
        query, after = first(embedded, state[0])
        query = locked_dropout(query, self.dropout, generator)
        states = [after]
        weights = None
        if self.attention is not None:
            context, weights = self.attention(query, memory)
        else:
            context = memory.last[:, None, :].expand(-1, query.shape[1], -1)
        output = query
        for layer, before in zip(above, state[1:], strict=True):
            output, after = layer(torch.cat([output, context], dim=-1), before)
            output = locked_dropout(output, self.dropout, generator)
            states.append(after)
        features = torch.tanh(self.combine(torch.cat([output, context], dim=-1)))
        return locked_dropout(features, self.dropout, generator), weights, tuple(states)
