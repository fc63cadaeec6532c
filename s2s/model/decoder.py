"""The decoder: predicts y_t from y_1 … y_{t-1} and the context c_t.

Two wirings. In `stacked` the recurrence of the first layer does not depend on the context, so that training runs whole
sequences through fused kernels and one batched attention product. In `input-feeding`, the textbook forms, the context
enters the recurrence, which therefore runs step by step; which form it is follows from the attention kind.

Beside its source and its target so far, a decoder knows nothing: what one step hands to the next is its state, an
argument and a result.
"""

import torch
from torch import Tensor, nn

from s2s.config import ModelConfig
from s2s.model.attention import Memory, State
from s2s.model.attention_kinds import build_attention
from s2s.model.recurrent import NO_DROPOUT, LockedDropout, Recurrent


class Decoder(nn.Module):
    """The frame that all wirings share; a wiring says what reads what.

    Its state holds one tensor [B, state_size] for each layer; then, with attention that looks back, what it reads
    [B, S], or, with Luong's input feeding, the last attentional vector [B, E].

    A model that copies also asks at each step whether the piece is generated or copied: with probability
    p_gen = σ(w · [c_t; s_t; x_t] + b) it is generated (See et al. 2017, equation 8), from the context, from what the
    top layer wrote and from the piece before. Its features have one more number, last: what goes into σ.
    """

    def __init__(self, config: ModelConfig, first: int, above: int, combined: int) -> None:
        """Build the layers; `first`, `above` and `combined` are what the layers and the last step read, in numbers."""
        super().__init__()
        sizes = [first] + [above] * (config.decoder_layers - 1)
        self.layers = nn.ModuleList(Recurrent(config.cell, size, config.hidden_size) for size in sizes)
        self.attention = build_attention(config)
        self.bridges = nn.ModuleList(nn.Linear(config.hidden_size, layer.state_size) for layer in self._recurrent())
        self.combine = nn.Linear(combined, config.embedding_size)
        self.gate = nn.Linear(2 * config.hidden_size + config.embedding_size, 1) if config.copy else None

    def _recurrent(self) -> list[Recurrent]:
        return [layer for layer in self.layers if isinstance(layer, Recurrent)]

    def _with_gate(self, features: Tensor, context: Tensor, output: Tensor, piece: Tensor) -> Tensor:
        """The features [B, T, E], and for a model that copies [B, T, E + 1]."""
        if self.gate is None:
            return features
        return torch.cat([features, self.gate(torch.cat([context, output, piece], dim=-1))], dim=-1)

    def memory(self, states: Tensor, last: Tensor, mask: Tensor) -> Memory:
        """Make the memory of a source: the keys are projected here, once."""
        return Memory(states, self.attention.project(states), mask, last)

    def start(self, memory: Memory) -> State:
        """The state before the first step: s_0 = tanh(W c) for each layer (Bahdanau 2015, A.2.2)."""
        layers = (torch.tanh(bridge(memory.last)) for bridge in self.bridges)
        return *layers, *self.attention.start(memory)

    def forward(
        self, embedded: Tensor, state: State, memory: Memory, dropout: LockedDropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor | None, State]:
        """Read some target pieces, all at once or one by one.

        Args:
            embedded: the pieces y_{t-1}, [B, T, E].
            state: where to start from.
            memory: the encoded source.
            dropout: of this batch, in training.

        Returns:
            features [B, T, E or E + 1] for the output layer, attention weights [B, T, S] or None without attention, and
            the state after the last piece.
        """
        raise NotImplementedError


class StackedDecoder(Decoder):
    """The context enters above the first layer.

    q_t = layer_1(y_{t-1}); c_t = attention(q_t, h), or the fixed c without attention;
    o_t = layer_n([… layer_2([q_t; c_t]) …; c_t]); features = tanh(W [o_t; c_t]) (Luong et al. 2015, equation 5).
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build the layers."""
        both = config.hidden_size + config.hidden_size  # an output and a context
        super().__init__(config, first=config.embedding_size, above=both, combined=both)

    def forward(
        self, embedded: Tensor, state: State, memory: Memory, dropout: LockedDropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor | None, State]:
        """All steps of a layer at once."""
        first, *above = self._recurrent()
        output, after = first(embedded, state[0])
        output = dropout("decoder 0", output)
        states = [after]
        context, weights, handed_on = self.attention(output, memory, state[len(self.layers) :])
        for number, layer in enumerate(above, 1):
            output, after = layer(torch.cat([output, context], dim=-1), state[number])
            output = dropout(f"decoder {number}", output)
            states.append(after)
        features = torch.tanh(self.combine(torch.cat([output, context], dim=-1)))
        features = self._with_gate(dropout("features", features), context, output, embedded)
        return features, weights, (*states, *handed_on)


class InputFeedingDecoder(Decoder):
    """The context enters the recurrence, so that all layers take one step after the other."""

    def forward(
        self, embedded: Tensor, state: State, memory: Memory, dropout: LockedDropout = NO_DROPOUT
    ) -> tuple[Tensor, Tensor | None, State]:
        """One step after the other."""
        features, weights = [], []
        for piece in embedded.split(1, dim=1):
            step_features, step_weights, state = self.step(piece, state, memory, dropout)
            features.append(step_features)
            weights += [] if step_weights is None else [step_weights]
        return torch.cat(features, dim=1), torch.cat(weights, dim=1) if weights else None, state

    def step(
        self, piece: Tensor, state: State, memory: Memory, dropout: LockedDropout
    ) -> tuple[Tensor, Tensor | None, State]:
        """Read one piece y_{t-1}, [B, 1, E]; results as in `forward`, with T = 1."""
        raise NotImplementedError


class BahdanauDecoder(InputFeedingDecoder):
    """Look, then move: for `bahdanau` and `location` attention, and for none.

    c_t = attention(s_{t-1}, h); s_t = layers(s_{t-1}, [y_{t-1}; c_t]); features = tanh(W [s_t; c_t; y_{t-1}])
    (Bahdanau et al. 2015, section 3.1 and A.2.2, with tanh for the maxout layer; Chorowski et al. 2015). Without
    attention c_t = c at every step, in the recurrence and in the output (Cho et al. 2014, section 2.2).

    With several layers, s_t is what the top one writes. The lowest reads y_{t-1}, each other one what the layer below
    it writes, and all of them c_t beside it.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build the layers."""
        piece, both = config.embedding_size, config.hidden_size + config.hidden_size
        super().__init__(config, first=piece + config.hidden_size, above=both, combined=both + piece)

    def step(
        self, piece: Tensor, state: State, memory: Memory, dropout: LockedDropout
    ) -> tuple[Tensor, Tensor | None, State]:
        """Look with s_{t-1}, then move to s_t."""
        layers = self._recurrent()
        query = layers[-1].output(state[len(layers) - 1])[:, None]
        context, weights, handed_on = self.attention(query, memory, state[len(layers) :])
        output, states = piece, []
        for number, layer in enumerate(layers):
            output, after = layer(torch.cat([output, context], dim=-1), state[number])
            output = dropout(f"decoder {number}", output)
            states.append(after)
        features = dropout("features", torch.tanh(self.combine(torch.cat([output, context, piece], dim=-1))))
        return self._with_gate(features, context, output, piece), weights, (*states, *handed_on)


class LuongDecoder(InputFeedingDecoder):
    """Move, then look: for the `luong-…` kinds and `scaled-dot`.

    s_t = layers(s_{t-1}, [y_{t-1}; h̃_{t-1}]); c_t = attention(s_t, h); the attentional vector h̃_t = tanh(W [s_t; c_t])
    is both the features and a part of the next input (Luong et al. 2015, section 3.3 and equation 5); h̃_0 = 0.

    With several layers, only the lowest reads [y_{t-1}; h̃_{t-1}], each other one what the layer below it writes, and
    s_t is what the top one writes. What dropout drops of h̃_t is missing in the next input too.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build the layers."""
        both = config.hidden_size + config.hidden_size
        super().__init__(config, first=2 * config.embedding_size, above=config.hidden_size, combined=both)

    def start(self, memory: Memory) -> State:
        """The layers' states and h̃_0."""
        return *super().start(memory), memory.last.new_zeros(len(memory.last), self.combine.out_features)

    def step(
        self, piece: Tensor, state: State, memory: Memory, dropout: LockedDropout
    ) -> tuple[Tensor, Tensor | None, State]:
        """Move to s_t, then look with it."""
        *before, attentional = state
        output, states = torch.cat([piece, attentional[:, None]], dim=-1), []
        for number, layer in enumerate(self._recurrent()):
            output, after = layer(output, before[number])
            output = dropout(f"decoder {number}", output)
            states.append(after)
        context, weights, _ = self.attention(output, memory)
        features = dropout("features", torch.tanh(self.combine(torch.cat([output, context], dim=-1))))
        return self._with_gate(features, context, output, piece), weights, (*states, features[:, 0])


def build_decoder(config: ModelConfig) -> Decoder:
    """The decoder of `config`: its wiring and, for input feeding, the form that its attention kind comes from."""
    if config.wiring == "stacked":
        return StackedDecoder(config)
    return BahdanauDecoder(config) if config.attention in ("none", "bahdanau", "location") else LuongDecoder(config)
