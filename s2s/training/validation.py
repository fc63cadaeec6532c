"""A look at the validation pairs: the loss over all of them, and scores of greedy translations of some."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import TypeVar

import torch

from s2s.config import SearchConfig
from s2s.corpora import Pair
from s2s.data import Corpus
from s2s.metrics import score_pairs
from s2s.model import Seq2Seq
from s2s.recipe_sections import DataConfig
from s2s.search import search
from s2s.training.objective import objective

TRANSLATED = 500
"""Validation pairs that are translated for the scores."""

_Item = TypeVar("_Item")


class Validation:
    """The validation pairs of a training."""

    def __init__(self, pairs: Sequence[Pair], corpus: Corpus, config: DataConfig, batch_tokens: int) -> None:
        """Take them, and `corpus`, which has them as a training reads them."""
        self.pairs, self.corpus, self.config = list(pairs), corpus, config
        self._batches = corpus.batches(batch_tokens, 0)

    def look(self, model: Seq2Seq, threads: Executor, number_format: torch.dtype) -> dict[str, float]:
        """Loss (nats a piece), share of exact matches, and BLEU and chrF, or for speech WER, of `model`."""
        device = next(model.parameters()).device

        def loss_of(indices: list[int]) -> float:
            with torch.inference_mode():
                batch = self.corpus.batch(indices).to(device)
                return float(objective(model, batch, None, number_format=number_format))

        loss = sum(threads.map(loss_of, self._batches)) / self.corpus.target_tokens
        pairs = self.pairs[:TRANSLATED]
        written = threads.map(lambda part: self._translate(model, part), _chunks(pairs, 50))
        hypotheses = [text for part in written for text in part]
        references = [pair.target for pair in pairs]
        scores = score_pairs(hypotheses, references, self.config, resamples=1)
        exact = sum(map(str.__eq__, hypotheses, references)) / len(pairs)
        return {
            "validation_loss": round(loss, 4),
            "exact_match": round(exact, 4),
            **{score.name: round(score.value, 2) for score in scores},
        }

    def _translate(self, model: Seq2Seq, pairs: Sequence[Pair]) -> list[str]:
        readings, source, mask = self.corpus.read(pairs)
        device = next(model.parameters()).device
        *_, trace = search(model, source.to(device), mask.to(device), SearchConfig(beam_size=1, alternatives=1))
        write = self.corpus.pieces.write
        return [write(trace.hypothesis(row).ids, reading) for row, reading in enumerate(readings)]


def merit(entry: dict[str, float]) -> list[float]:
    """What the best weights are chosen by, the higher the better: BLEU, or fewer wrong words; then a smaller loss."""
    return [entry.get("BLEU", 0.0) - entry.get("WER", 0.0), -entry["validation_loss"]]


def _chunks(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
