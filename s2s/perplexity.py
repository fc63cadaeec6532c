"""How well a model foresees given targets: perplexity a piece, by teacher forcing."""

import math
from collections.abc import Sequence

import torch

from s2s.corpora import Pair
from s2s.data import Corpus
from s2s.metrics import Score
from s2s.training.objective import objective
from s2s.translator import Translator

BATCH_TOKENS = 2000
"""Target pieces read at once, with padding."""


@torch.inference_mode()
def perplexity(translator: Translator, pairs: Sequence[Pair]) -> Score:
    """The exponential of the mean of −log p(y_t | y_1 … y_{t−1}, x) over all pieces y_t, `</s>` included.

    A piece is one of the model's own: figures of models with other pieces cannot be compared. A model that knew
    everything would have 1; one that knew nothing, the size of its vocabulary.

    Args:
        translator: what foresees; its own weights are asked, whatever its engine.
        pairs: sources as the model reads them, and their targets.

    Raises:
        DataError: no pair has pieces on both sides, as many as are taken at most.
    """
    corpus = Corpus(pairs, translator.pieces, translator.limits.pieces)
    losses = [
        objective(translator.model, corpus.batch(rows).to(translator.device), None)
        for rows in corpus.batches(BATCH_TOKENS, 0)
    ]
    value = math.exp(float(torch.stack(losses).sum()) / corpus.target_tokens)
    signature = f"nrefs:1|pieces:{translator.pieces.vocabulary_size}|pairs:{len(corpus.pairs)}|version:1"
    return Score("perplexity", value, None, signature)
