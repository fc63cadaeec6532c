"""The whole model: one table of embeddings, an encoder, a decoder; and its distribution over the pieces."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from s2s.config import ModelConfig
from s2s.errors import S2SError
from s2s.model.attention import Memory, State
from s2s.model.decoder import build_decoder
from s2s.model.encoder import Encoder
from s2s.model.recurrent import NO_DROPOUT, LockedDropout
from s2s.pieces import PADDING, START


class Prediction(NamedTuple):
    """What a step finds for each of N hypotheses."""

    log_probs: Tensor  # [N, V]
    attention: Tensor | None  # [N, S]; None without attention
    state: State  # each tensor [N, …]
    generated: Tensor | None = None  # [N], p_gen; None for a model that does not copy


class Seq2Seq(nn.Module):
    """Encoder-decoder with attention over one joint vocabulary (Sutskever 2014; Cho 2014; Bahdanau 2015).

    Source, target and output share one table of embeddings (Press & Wolf 2017). A source of continuous frames is
    projected to the same size instead.

    A model that copies is a pointer-generator (See et al. 2017, equation 9): its distribution is
    P(w) = p_gen P_vocab(w) + (1 - p_gen) Σ_{i: x_i = w} a_ti. See's extended vocabulary is not needed, since source and
    target share one vocabulary of pieces in which every text can be spelled, an unknown word too: by letters and bytes.
    """

    def __init__(self, config: ModelConfig) -> None:
        """Build a model with random weights."""
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size)
        self.frames = None if config.frame_size is None else nn.Linear(config.frame_size, config.embedding_size)
        self.encoder = Encoder(config)
        self.decoder = build_decoder(config)
        self.output_bias = nn.Parameter(torch.zeros(config.vocabulary_size))
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        with torch.no_grad():
            self.embedding.weight[PADDING].zero_()

    def embed(self, ids: Tensor) -> Tensor:
        """Pieces [B, T] as encoder and decoder read them, [B, T, E]."""
        # The output layer wants small rows, the recurrent layers want inputs near 1.
        embedded: Tensor = self.embedding(ids) * self.config.embedding_size**0.5
        return embedded

    def encode(self, source: Tensor, mask: Tensor, generator: torch.Generator | None = None) -> Memory:
        """Read a batch of sources into a memory.

        Args:
            source: ids [B, S], or frames [B, S, F] for a model with a `frame_size`.
            mask: [B, S], True at real pieces or frames.
            generator: for dropout, in training.

        Raises:
            S2SError: the source is not of the model's kind.
        """
        return self._encode(source, mask, LockedDropout(self.config.dropout, generator))

    def _encode(self, source: Tensor, mask: Tensor, dropout: LockedDropout) -> Memory:
        check_source(self.config, source, mask)
        memory = self.read(self.embed(source) if self.frames is None else self.frames(source), mask, dropout)
        return memory._replace(pieces=source) if self.config.copy else memory

    def read(self, embedded: Tensor, mask: Tensor, dropout: LockedDropout = NO_DROPOUT) -> Memory:
        """Read a batch of sources that are embedded already, [B, S, E]; otherwise as `encode`."""
        states, last, of_states = self.encoder(dropout("source", embedded), mask, dropout)
        return self.decoder.memory(states, last, of_states)

    def start(self, memory: Memory) -> State:
        """The decoder's state before the first step."""
        return self.decoder.start(memory)

    def step(self, previous: Tensor, state: State, memory: Memory) -> Prediction:
        """Predict one more piece of each hypothesis.

        Args:
            previous: the pieces y_{t-1}, ids [N]; the N / B hypotheses of a sentence stand side by side.
            state: the decoder's state, each tensor [N, …].
            memory: the encoded source of B sentences.
        """
        features, weights, state = self.decoder(self.embed(previous[:, None]), state, memory)
        pieces = memory.pieces
        if pieces is not None:
            pieces = pieces.repeat_interleave(len(previous) // len(pieces), 0)
        log_probs = self.log_probs(features, weights, pieces)[:, 0]
        generated = features[:, 0, -1].sigmoid() if self.config.copy else None
        return Prediction(log_probs, None if weights is None else weights[:, 0], state, generated)

    def forward(
        self, source: Tensor, source_mask: Tensor, target: Tensor, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Teacher forcing: predict each piece of a target from the right ones before it (Williams & Zipser 1989).

        Args:
            source: ids [B, S] or frames [B, S, F].
            source_mask: [B, S], True at real pieces or frames.
            target: ids [B, T], ending with `</s>`; what is fed to the decoder is the target shifted by one.
            generator: for dropout, in training.

        Returns:
            features [B, T, E or E + 1] (s2s/model/decoder.py) and attention weights [B, T, S] or None without
            attention, of which `log_probs` makes the distribution over the pieces; training does without it.
        """
        dropout = LockedDropout(self.config.dropout, generator)
        memory = self._encode(source, source_mask, dropout)
        embedded = dropout("target", self.embed(shifted(target)))
        features, weights, _ = self.decoder(embedded, self.start(memory), memory, dropout)
        return features, weights

    def free_running(
        self, source: Tensor, source_mask: Tensor, target: Tensor, gold_share: float, generator: torch.Generator
    ) -> tuple[Tensor, Tensor | None]:
        """Scheduled sampling: predict from right pieces and from the model's own, mixed (Bengio et al. 2015, 2.4).

        At each step, each row is fed the right piece y_{t-1} with probability `gold_share`, else one drawn from what
        the model predicted there. The first step is fed `<s>`. Gradients flow through the features, not the draw.
        With `gold_share` 1 it is `forward`, step by step.

        Args:
            source: ids [B, S] or frames [B, S, F].
            source_mask: [B, S], True at real pieces or frames.
            target: ids [B, T], ending with `</s>`.
            gold_share: the probability of a right piece, in [0, 1].
            generator: for dropout, for the choice and for the draw.

        Returns:
            As `forward`: features [B, T, E or E + 1] and attention weights [B, T, S] or None.
        """
        dropout = LockedDropout(self.config.dropout, generator)
        memory = self._encode(source, source_mask, dropout)
        state = self.start(memory)
        features: list[Tensor] = []
        weights: list[Tensor] = []
        for right in shifted(target).split(1, dim=1):
            fed = self._mix(right, features, weights, memory, gold_share, generator) if features else right
            step_features, step_weights, state = self.decoder(
                dropout("target", self.embed(fed)), state, memory, dropout
            )
            features.append(step_features)
            weights += [] if step_weights is None else [step_weights]
        return torch.cat(features, dim=1), torch.cat(weights, dim=1) if weights else None

    @torch.no_grad()
    def _mix(
        self,
        right: Tensor,
        features: list[Tensor],
        weights: list[Tensor],
        memory: Memory,
        gold_share: float,
        generator: torch.Generator,
    ) -> Tensor:
        log_probs = self.log_probs(features[-1], weights[-1] if weights else None, memory.pieces)
        own = torch.multinomial(log_probs[:, 0].exp(), 1, generator=generator)
        gold = torch.rand(right.shape, generator=generator, device=right.device) < gold_share
        return torch.where(gold, right, own)

    def logits(self, features: Tensor) -> Tensor:
        """Scores over the vocabulary, [..., V], before the softmax, of features [..., E]."""
        return functional.linear(features, self.embedding.weight, self.output_bias)

    def log_probs(self, features: Tensor, weights: Tensor | None, pieces: Tensor | None) -> Tensor:
        """Log-probabilities of every piece, [B, T, V].

        Args:
            features: [B, T, E], or [B, T, E + 1] of a model that copies.
            weights: attention [B, T, S] or None; only copying reads it.
            pieces: the ids of the source, [B, S], of a model that copies.
        """
        written, gate = features.split([self.config.embedding_size, int(self.config.copy)], dim=-1)
        scores = self.logits(written)
        log_probs = scores.to(torch.promote_types(scores.dtype, torch.float32)).log_softmax(dim=-1)
        if not self.config.copy:
            return log_probs
        assert weights is not None
        assert pieces is not None
        gate, ids = gate.to(weights.dtype), pieces[:, None, :].expand(weights.shape)
        copied = torch.zeros_like(log_probs).scatter_add(2, ids, weights * (-gate).sigmoid())
        smallest = torch.finfo(copied.dtype).tiny  # what is not in the source cannot be copied, and 0 has no logarithm
        return torch.logaddexp(log_probs + functional.logsigmoid(gate), copied.clamp(min=smallest).log())

    def parameter_count(self) -> int:
        """Number of weights, shared ones once."""
        return sum(parameter.numel() for parameter in self.parameters())


def shifted(target: Tensor) -> Tensor:
    """What is fed to predict `target` [B, T]: each piece's predecessor, and `<s>` before the first."""
    return functional.pad(target[:, :-1], (1, 0), value=START)


def check_source(config: ModelConfig, source: Tensor, mask: Tensor) -> None:
    """Raise an S2SError if `source` is not what a model of `config` reads: ids [B, S], or frames [B, S, F]."""
    size = config.frame_size
    if size is None:
        wanted, fits = "ids [B, S]", source.ndim == 2 and not source.is_floating_point()
    else:
        wanted, fits = f"frames [B, S, {size}]", source.is_floating_point() and source.shape[2:] == (size,)
    if not fits or mask.shape != source.shape[:2]:
        found = f"{str(source.dtype).removeprefix('torch.')} {list(source.shape)} with a mask {list(mask.shape)}"
        raise S2SError(
            f"this model (frame_size = {size}) reads {wanted} with a mask [B, S], got {found}: "
            "give it such a source, or take a model made for yours"
        )
