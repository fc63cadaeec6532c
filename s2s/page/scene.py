"""What the browser draws of a translation: plain values, worked out here, so that the browser only draws."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean
from typing import Any, Literal

import numpy as np

from s2s.carried import places
from s2s.colours import colour_scales
from s2s.config import require
from s2s.downloads import Picture, file_stem
from s2s.figures import attention_spec
from s2s.page.messages import in_both_languages
from s2s.punctuation import half_width
from s2s.quotations import find_retold
from s2s.result import Hypothesis, Sentence, Translation
from s2s.text import PieceModel
from s2s.view import View, grid_of
from s2s.words import merge_attention, words_of_pieces

Phase = Literal["busy", "done"]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Which part of a translation the visitor looks at."""

    sentence: int = 0
    rank: int = 0
    """Of the hypothesis; 0 is the best."""
    view: View = field(default_factory=lambda: View(units="words"))

    def __post_init__(self) -> None:
        require(self.sentence >= 0, f"sentence must be at least 0, got {self.sentence}")
        require(self.rank >= 0, f"rank must be at least 0, got {self.rank}")


def build_scene(
    translation: Translation, pieces: PieceModel | None, asked: str, shown: Shown, phase: Phase
) -> dict[str, Any]:
    """The scene of a translation that is written or complete.

    Args:
        translation: what has been written so far.
        pieces: of the model; None if it is not at hand, so that nobody knows where the source's words stand.
        asked: the text as it stands in the box of the page.
        shown: what is looked at; a sentence or a hypothesis that there is not (yet) becomes the last one.
        phase: `busy` keeps room for the rows to come.
    """
    picture = picture_of(translation, shown)
    sentence, hypothesis, view = picture.sentence, picture.hypothesis, picture.view
    grid = grid_of(sentence, picture.rank, view)
    is_written = phase == "busy" and picture.number == len(translation.sentences) - 1
    rows = math.ceil(1.2 * len(grid.sources)) + 2 if grid and is_written else 0
    return {
        "phase": phase,
        "asked": asked,
        "model": translation.model,
        "revision": translation.revision,
        "settings": dict(translation.settings),
        "shown": {"sentence": picture.number, "rank": picture.rank, "view": asdict(shown.view)},
        "units": view.units,
        "has_words": _has_words(sentence),
        "source_words": list(_source_words(translation, pieces, asked)) if pieces else [],
        "answer": list(_answer(translation, picture)),
        "figure": attention_spec(sentence, picture.rank, view, rows),
        "colours": colour_scales(view),
        "columns": list(grid.source_words) if grid else [],
        "rows": list(grid.target_words) if grid else [],
        "weights": word_weights(sentence, hypothesis),
        "sentences": [each.source for each in translation.sentences],
        "versions": [_version(each) for each in sentence.hypotheses],
        "warnings": [in_both_languages(warning) for warning in translation.warnings],
        "milliseconds": translation.timing_ms,
        "origin": picture.origin(),
        "file_stem": file_stem(picture),
    }


def picture_of(translation: Translation, shown: Shown) -> Picture:
    """What of a translation is shown; a sentence or a hypothesis that there is not becomes the last one."""
    number = min(shown.sentence, len(translation.sentences) - 1)
    sentence = translation.sentences[number]
    rank = min(shown.rank, len(sentence.hypotheses) - 1)
    view = shown.view if _has_words(sentence) else replace(shown.view, units="pieces")
    return Picture(translation=translation, number=number, rank=rank, view=view)


def _version(hypothesis: Hypothesis) -> dict[str, Any]:
    """Its text, and the mean log-probability of a piece of it, and of a piece of the source after it."""
    told = hypothesis.read_back
    return {
        "target": hypothesis.target,
        "score": fmean(hypothesis.log_probs),
        "read_back": None if told is None else fmean(told),
    }


def _has_words(sentence: Sentence) -> bool:
    """Whether the model's pieces say where words begin; letters do not."""
    return any(piece.startswith("▁") for piece in sentence.source_pieces)


def _source_words(translation: Translation, pieces: PieceModel, asked: str) -> Iterator[list[int]]:
    """Where each word of the source stands in the box: sentence, word, begin, end."""
    begin = 0
    for number, sentence in enumerate(translation.sentences):
        begin = asked.find(sentence.source, begin)
        if begin < 0:  # a text that is summed up loses its line breaks
            return
        for word, (first, last) in enumerate(word_spans(sentence, pieces)):
            yield [number, word, begin + first, begin + last]
        begin += len(sentence.source)


def source_parts(sentence: Sentence, pieces: PieceModel) -> list[list[Any]]:
    """The source of one sentence in parts that follow each other: [text], or [text, 0, word] for a word."""
    parts: list[list[Any]] = []
    done = 0
    for word, (begin, end) in enumerate(word_spans(sentence, pieces)):
        parts += [[sentence.source[done:begin]]] if begin > done else []
        parts.append([sentence.source[begin:end], 0, word])
        done = end
    return parts + ([[sentence.source[done:]]] if done < len(sentence.source) else [])


def word_spans(sentence: Sentence, pieces: PieceModel) -> list[tuple[int, int]]:
    """Where each word of a sentence's source begins and ends in its text, without blanks around it."""
    reading = pieces.read(sentence.source)
    at = places(reading.text, reading.carried)
    at = [reading.places[place] for place in at] if reading.places else at
    _, spans = pieces.encode_spans(reading.text)
    words = words_of_pieces(sentence.source_pieces)
    found: dict[int, tuple[int, int]] = {}
    for word, (begin, end) in zip(words.of_pieces, spans, strict=True):
        if word is not None:
            first, last = found.get(word, (at[begin], at[end]))
            found[word] = min(first, at[begin]), max(last, at[end])
    return [_trimmed(sentence.source, *found[word]) for word in range(len(words.texts))]


def _trimmed(text: str, begin: int, end: int) -> tuple[int, int]:
    inner = text[begin:end]
    return begin + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())


def _answer(translation: Translation, picture: Picture) -> Iterator[list[Any]]:
    """The target in parts that follow each other: [text], or [text, sentence, word, probability] for a word."""
    begin = 0
    for index, sentence in enumerate(translation.sentences):
        place, end = find_retold(translation.target, sentence.best.target, begin)
        if place > begin:
            yield [translation.target[begin:place]]
        rank = picture.rank if index == picture.number else 0
        yield from sentence_parts(sentence, index, rank, translation.target[place:end] if rank == 0 else None)
        begin = max(begin, end)
    if begin < len(translation.target):
        yield [translation.target[begin:]]


def sentence_parts(sentence: Sentence, index: int, rank: int, told: str | None = None) -> Iterator[list[Any]]:
    """One hypothesis in parts that follow each other: [text], or [text, `index`, word, probability] for a word.

    `told` is the hypothesis as it stands in the whole target, if that is another text.
    """
    hypothesis = sentence.hypotheses[rank]
    rest = hypothesis.target if told is None else told
    words = words_of_pieces(hypothesis.target_pieces)
    for word, (text, probability) in enumerate(zip(words.texts, word_probabilities(hypothesis), strict=True)):
        written = sentence.written(text)
        place, end = _find_word(half_width(rest), half_width(written))
        if place < 0:  # a character that is not yet complete
            continue
        if place:
            yield [rest[:place]]
        yield [rest[place:end], index, word, probability]
        rest = rest[end:]
    if rest:
        yield [rest]


def _find_word(text: str, word: str) -> tuple[int, int]:
    """Where the next word stands in what is left of a text: as it is, or as the ends of a sentence may be."""
    place = text.find(word) if word else -1
    return (place, place + len(word)) if place >= 0 else find_retold(text, word)


def word_probabilities(hypothesis: Hypothesis) -> list[float]:
    """How likely the model found each word when it wrote it: the product of its pieces' probabilities."""
    words = words_of_pieces(hypothesis.target_pieces)
    sums = [0.0] * len(words.texts)
    for word, log_prob in zip(words.of_pieces, hypothesis.log_probs, strict=True):
        if word is not None:
            sums[word] += log_prob
    return [round(math.exp(total), 4) for total in sums]


def word_weights(sentence: Sentence, hypothesis: Hypothesis) -> list[list[float]]:
    """Attention between words [target, source], for tinting them; empty without attention."""
    if hypothesis.attention is None:
        return []
    source, target = words_of_pieces(sentence.source_pieces), words_of_pieces(hypothesis.target_pieces)
    weights: list[list[float]] = np.round(
        merge_attention(hypothesis.attention, source, target).astype(np.float64), 3
    ).tolist()
    return weights
