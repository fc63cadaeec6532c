"""The choice of the next pieces: the best of a beam, or drawn."""

import numpy as np
import torch

from s2s.config import SearchConfig
from s2s.pieces import PADDING
from s2s.search.beams import Beams, Choice
from s2s.search.scoring import Array, Numbers, length_penalty


def greatest(values: Numbers, count: int) -> tuple[Array, Array]:
    """The places and the values of the `count` greatest along the last axis, greatest first; all, if there are fewer.

    Of an array, the greatest is sought `count` times, each time without those before: for a few of thousands, NumPy's
    vectorised search is several times as quick as PyTorch's partial sort. Of equals the first one is taken.

    Args:
        values: [A, K, X], contiguous; not changed in the end (while it works, what was found is marked).
        count: C.

    Returns:
        places [A, K, C] and values [A, K, C]; where nothing above -inf is left, places may come twice.
    """
    count = min(count, values.shape[2])
    if not isinstance(values, np.ndarray):
        top = values.topk(count, dim=-1)
        return top.indices.numpy(force=True), top.values.numpy(force=True)
    sentences, beam, width = values.shape
    rows = values.reshape(-1, width)
    flat = rows.reshape(-1)
    first = np.arange(0, len(flat), width)
    places = np.empty((count, len(rows)), np.int64)
    found = np.empty((count, len(rows)), flat.dtype)
    for rank in range(count):
        if rank:
            flat[places[rank - 1] + first] = -np.inf
        rows.argmax(axis=1, out=places[rank])
        flat.take(places[rank] + first, out=found[rank])
    for rank in reversed(range(count - 1)):
        flat[places[rank] + first] = found[rank]
    return (places.T.reshape(sentences, beam, count), found.T.reshape(sentences, beam, count))


def renewed(top: tuple[Array, Array], values: Numbers, rows: Array) -> tuple[Array, Array]:
    """`top`, which `greatest` has found, after the `values` of some `rows` of the A K have changed."""
    places, found = (part.copy() for part in top)
    at = rows if isinstance(values, np.ndarray) else torch.from_numpy(rows).to(values.device)
    again = greatest(values.reshape(1, -1, values.shape[2])[:, at], places.shape[2])
    for part, news in zip((places, found), again, strict=True):
        part.reshape(-1, part.shape[2])[rows] = news
    return places, found


def likeliest(ids: Array, log_probs: Array) -> Choice:
    """Greedy: the likeliest piece of the only hypothesis of each sentence.

    Args:
        ids: pieces by falling log-probability, [A, 1, C].
        log_probs: theirs.
    """
    return Choice(None, ids[..., 0], log_probs[..., 0])


def best_of_beam(ids: Array, log_probs: Array, beams: Beams, config: SearchConfig) -> Choice:
    """The K best continuations of each sentence's beam, best first (Graves 2012; Sutskever 2014).

    One that has ended keeps its place until better ones push it out (the beam of Bahdanau's and Sutskever's decoders).

    Args:
        ids: the likeliest pieces of each hypothesis, [A, K, C].
        log_probs: theirs.
        beams: the hypotheses.
        config: how lengths are compared.
    """
    sentences, beam, width = ids.shape
    gains, scores, have_ended = log_probs, beams.sums[..., None] + log_probs, beams.ended.any(axis=1, keepdims=True)
    if have_ended.any():
        stay = np.full(width, -np.inf, log_probs.dtype)
        stay[0] = 0
        gains = np.where(beams.ended[..., None], stay, log_probs)
        penalty = length_penalty(beams.counts + ~beams.ended, config)
        # Where none has ended, all are of one length.
        scores = (beams.sums[..., None] + gains) / np.where(have_ended, penalty, 1)[..., None]
    chosen = np.argsort(-scores.reshape(sentences, -1), axis=1, kind="stable")[:, :beam]
    parents, at = chosen // width, chosen + np.arange(0, scores.size, beam * width)[:, None]
    tokens = ids.take(at)
    tokens[np.take_along_axis(beams.ended, parents, 1)] = PADDING
    return Choice(parents, tokens, gains.take(at))


def drawn(log_probs: Numbers, uniforms: Array, beams: Beams, config: SearchConfig) -> Choice:
    """Each hypothesis goes on with a piece drawn from what the model says.

    The likeliest `top_k` pieces (Fan et al. 2018), of them the fewest that hold the share `top_p` (Holtzman et al.
    2020), by their probabilities to the power of 1 / temperature.

    Args:
        log_probs: [A, K, V].
        uniforms: the random numbers, in [0, 1), [A, K].
        beams: the hypotheses.
        config: temperature, top_k, top_p.
    """
    log_probs = torch.as_tensor(log_probs)
    count = log_probs.shape[2]
    top = (log_probs / config.temperature).topk(min(config.top_k or count, count), dim=-1)
    shares = top.values.softmax(dim=-1)
    sums = shares.cumsum(dim=-1)
    kept = (sums - shares < config.top_p) & (shares > 0)
    total = torch.where(kept, shares, 0.0).sum(dim=-1, keepdim=True)
    place = (sums <= torch.from_numpy(uniforms).to(sums.device)[..., None] * total).sum(dim=-1, keepdim=True)
    place = place.minimum(kept.sum(dim=-1, keepdim=True) - 1)
    tokens = top.indices.gather(2, place)
    gains = log_probs.gather(2, tokens).squeeze(2).numpy(force=True)
    ids = tokens.squeeze(2).numpy(force=True)
    return Choice(None, np.where(beams.ended, PADDING, ids), np.where(beams.ended, np.float32(0), gains))
