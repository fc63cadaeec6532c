"""The whole model: one table of embeddings, an encoder, a decoder."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from s2s.config import ModelConfig
from s2s.model.attention import Memory
from s2s.model.decoder import Decoder, State
from s2s.model.encoder import Encoder
from s2s.model.recurrent import locked_dropout
from s2s.text import PADDING, START


class Seq2Seq(nn.Module):
    """Encoder-decoder with attention over one joint vocabulary (Sutskever 2014; Cho 2014; Bahdanau 2015).

    Source, target and output share one table of embeddings (Press & Wolf 2017).
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build a model with random weights."""
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.output_bias = nn.Parameter(torch.zeros(config.vocabulary_size))
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        with torch.no_grad():
            self.embedding.weight[PADDING].zero_()

    def _embed(self, ids: Tensor, generator: torch.Generator | None) -> Tensor:
        # The output layer wants small rows, the recurrent layers want inputs near 1.
        embedded = self.embedding(ids) * self.config.embedding_size**0.5
        return locked_dropout(embedded, self.config.dropout, generator)

    def encode(self, source: Tensor, mask: Tensor, generator: torch.Generator | None = None) -> Memory:
        """Read a batch of sources, ids [B, S] with their mask, into a memory."""
        states, last = self.encoder(self._embed(source, generator), mask, generator)
        return self.decoder.memory(states, last, mask)

    def start(self, memory: Memory) -> State:
        """The decoder's state before the first step."""
        return self.decoder.start(memory)

    def step(self, previous: Tensor, state: State, memory: Memory) -> tuple[Tensor, Tensor | None, State]:
        """Predict one more piece of each target.

        Args:
            previous: the pieces y_{t-1}, ids [B].
            state: the decoder's state.
            memory: the encoded source.

        Returns:
            log_probs [B, V], attention weights [B, S] or None without attention, and the new state.
        """
        features, weights, state = self.decoder(self._embed(previous[:, None], None), state, memory)
        log_probs = self.logits(features[:, 0]).float().log_softmax(dim=-1)
        return log_probs, None if weights is None else weights[:, 0], state

    def forward(
        self, source: Tensor, source_mask: Tensor, target: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Teacher forcing: predict each piece of a target from the right ones before it (Williams & Zipser 1989).

        Args:
            source: ids [B, S].
            source_mask: [B, S], True at real pieces.
            target: ids [B, T], ending with `</s>`; what is fed to the decoder is the target shifted by one.
            generator: for dropout, in training.

        Returns:
            features [B, T, E], from which `logits` makes scores over the vocabulary (for training, only at the real
            positions), and attention weights [B, T, S] or None without attention.
        """
        memory = self.encode(source, source_mask, generator)
        shifted = functional.pad(target[:, :-1], (1, 0), value=START)
        features, weights, _ = self.decoder(self._embed(shifted, generator), self.start(memory), memory, generator)
        return features, weights

    def logits(self, features: Tensor) -> Tensor:
        """Scores over the vocabulary, [..., V], before the softmax, of features [..., E]."""
        return functional.linear(features, self.embedding.weight, self.output_bias)

    def parameter_count(self) -> int:
        """Number of weights, shared ones once."""
        return sum(parameter.numel() for parameter in self.parameters())
