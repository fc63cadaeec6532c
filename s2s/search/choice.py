"""The choice of the next pieces: the best of a beam, or drawn."""

import torch
from torch import Tensor

from s2s.config import SearchConfig
from s2s.search.beams import Beams, Choice
from s2s.search.scoring import length_penalty
from s2s.text import PADDING


def likeliest(ids: Tensor, log_probs: Tensor) -> Choice:
    """Greedy: the likeliest piece of the only hypothesis of each sentence.

    Args:
        ids: pieces by falling log-probability, [A, 1, C].
        log_probs: theirs.
    """
    return Choice(None, ids[..., 0], log_probs[..., 0])


def best_of_beam(ids: Tensor, log_probs: Tensor, beams: Beams, config: SearchConfig) -> Choice:
    """The K best continuations of each sentence's beam, best first (Graves 2012; Sutskever 2014).

    One that has ended keeps its place until better ones push it out (the beam of Bahdanau's and Sutskever's decoders).

    Args:
        ids: the likeliest pieces of each hypothesis, [A, K, C].
        log_probs: theirs.
        beams: the hypotheses.
        config: how lengths are compared.
    """
    beam, width = ids.shape[1:]
    stay = log_probs.new_full((width,), -torch.inf)
    stay[0] = 0.0
    gains = torch.where(beams.ended[..., None], stay, log_probs)
    counts = beams.counts + (~beams.ended).to(beams.counts.dtype)
    scores = (beams.sums[..., None] + gains) / length_penalty(counts, config)[..., None]
    chosen = scores.flatten(1).topk(beam, dim=1).indices
    parents = chosen // width
    tokens = ids.flatten(1).gather(1, chosen).masked_fill(beams.ended.gather(1, parents), PADDING)
    return Choice(parents, tokens, gains.flatten(1).gather(1, chosen))


def drawn(log_probs: Tensor, uniforms: Tensor, beams: Beams, config: SearchConfig) -> Choice:
    """Each hypothesis goes on with a piece drawn from what the model says.

    The likeliest `top_k` pieces (Fan et al. 2018), of them the fewest that hold the share `top_p` (Holtzman et al.
    2020), by their probabilities to the power of 1 / temperature.

    Args:
        log_probs: [A, K, V].
        uniforms: the random numbers, in [0, 1), [A, K].
        beams: the hypotheses.
        config: temperature, top_k, top_p.
    """
    count = log_probs.shape[2]
    top = (log_probs / config.temperature).topk(min(config.top_k or count, count), dim=-1)
    shares = top.values.softmax(dim=-1)
    sums = shares.cumsum(dim=-1)
    kept = (sums - shares < config.top_p) & (shares > 0)
    total = torch.where(kept, shares, 0.0).sum(dim=-1, keepdim=True)
    place = (sums <= uniforms[..., None] * total).sum(dim=-1, keepdim=True)
    place = place.minimum(kept.sum(dim=-1, keepdim=True) - 1)
    tokens = top.indices.gather(2, place)
    gains = log_probs.gather(2, tokens).squeeze(2).masked_fill(beams.ended, 0.0)
    return Choice(None, tokens.squeeze(2).masked_fill(beams.ended, PADDING), gains)
