"""Reasons to doubt a translation: each one a sentence that says why, and what to try.

Plain values and numpy; no PyTorch. The thresholds were chosen on the validation pairs of en-fr, those of what is read
back on 300 each of en-de and en-zh: each of them is met by at most one or two of these sentences in a hundred, and by
most inputs that are no English. How often each comes: docs/search.md.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from s2s.config import Task
from s2s.repeats import runs
from s2s.result import END_PIECE, Hypothesis, Sentence
from s2s.words import Words, words_of_pieces

UNLIKELY = 0.3
"""Mean (geometric) probability of a piece below which a translation is doubted."""

UNTOLD = 0.01
"""Mean (geometric) probability of a source piece, read back, below which a translation is doubted."""

TOLD = 0.5
"""The same of one source word, from which on it is not left out, whatever was looked at."""

REPEATS = 3
"""Times that the same pieces follow each other, or the same three come back."""

UNREAD = 0.2
"""Attention, over all target steps, below which a source word counts as unread."""

NAMED_WORDS = 5
"""Unread words that are named at most."""

_PHRASE = 3
_SHORTEST_WIDTH = 3  # of a word that is missed: `to` and `a` often have no word of their own in the target
_ARTICLES = ("the", "les", "des", "der", "die", "das", "den", "dem", "ein", "los", "las")
_AUXILIARIES = ("did", "does", "will", "would", "are", "was", "were", "has", "had", "have", "been")
_SMALL = frozenset(_ARTICLES + _AUXILIARIES)


def doubts_of(
    task: Task, sentence: Sentence, *, longest: int, limit: int, unknown: str = "", is_own_attention: bool = True
) -> Iterator[str]:
    """What speaks against the best hypothesis, by what the model is for; see the function of each task."""
    if task == "summarization":
        return doubts_of_summary(sentence, longest=longest, limit=limit)
    if task == "dialogue":
        return doubts_of_answer(sentence, longest=longest, limit=limit, unknown=unknown)
    return find_doubts(sentence, longest=longest, limit=limit, unknown=unknown, is_own_attention=is_own_attention)


def find_doubts(
    sentence: Sentence, *, longest: int, limit: int, unknown: str = "", is_own_attention: bool = True
) -> Iterator[str]:
    """What speaks against the best hypothesis of a sentence; some of it can be said only when it is complete.

    Args:
        sentence: source and hypotheses.
        longest: pieces of the longest source that the model was trained on.
        limit: pieces after which the search stops.
        unknown: characters that the model has no pieces for.
        is_own_attention: whether the weights are the model's own.
    """
    best, pieces = sentence.best, len(sentence.source_pieces)
    has_end = best.target_pieces[-1:] == (END_PIECE,)
    if _has_no_end(sentence, limit):
        yield (
            f"The model found no end and was stopped after {limit} pieces. The translation is hardly right; "
            "please try a shorter sentence or other words."
        )
    if pieces > longest:
        yield (
            f"This sentence has {pieces} pieces; the model was trained on at most {longest}. "
            "Shorter sentences are translated better."
        )
    if unknown:
        yield f"The model has not learnt these characters, and does not translate words that have them: {unknown}"
    if not has_end and len(best.target_pieces) < limit:
        return
    if (sure := confidence(best)) < UNLIKELY:
        yield (
            f"The model is unsure: it gave the pieces that it wrote a probability of {sure:.0%} on average. "
            "Please check the translation, or try other words."
        )
    elif best.read_back and (told := _mean_probability(best.read_back)) < UNTOLD:
        yield (
            "Read back, the translation does not say this: it gives the pieces of the source a probability of "
            f"{told:.1%} on average. Please check the translation, or try other words."
        )
    if is_repetitive(best.target_pieces, sentence.source_pieces):
        yield (
            "The translation says the same several times, and the source does not. "
            "Please try a shorter sentence or other words."
        )
    if is_own_attention and (words := unread_words(sentence)):
        names = ", ".join(f"“{word}”" for word in words)
        yield (
            f"No word of the translation looked at {names}: it may be left out. "
            "Please check the translation, or try a shorter sentence."
        )


def doubts_of_summary(sentence: Sentence, *, longest: int, limit: int) -> Iterator[str]:
    """What speaks against the best hypothesis of a text that was summed up.

    That most of the text is left out, and that other words would have done as well, is no fault of a summary.

    Args:
        sentence: source and hypotheses.
        longest: pieces of the longest source that the model was trained on.
        limit: pieces after which the search stops.
    """
    if _has_no_end(sentence, limit):
        yield (
            f"The model found no end and was stopped after {limit} pieces. The headline is hardly right; "
            "please try another text."
        )
    if (pieces := len(sentence.source_pieces)) > longest:
        yield (
            f"This text has {pieces} pieces; the model was trained on at most {longest}. "
            "Shorter texts are summed up better."
        )
    if _is_repetitive_whole(sentence):
        yield "The headline says the same several times. Please try a shorter text or other words."


def doubts_of_answer(sentence: Sentence, *, longest: int, limit: int, unknown: str = "") -> Iterator[str]:
    """What speaks against the best answer to a turn of a dialogue.

    That other answers would have done as well, and that much of the turn is not taken up, is no fault of an answer.

    Args:
        sentence: the turn, with the answer before it, and the answers.
        longest: pieces of the longest source that the model was trained on.
        limit: pieces after which the search stops.
        unknown: characters that the model has no pieces for.
    """
    if _has_no_end(sentence, limit):
        yield (
            f"The model found no end and was stopped after {limit} pieces. The answer is hardly right; "
            "please say it in other words."
        )
    if (pieces := len(sentence.source_pieces)) > longest:
        yield (
            f"With the answer before it, this has {pieces} pieces; the model was trained on at most {longest}. "
            "What is shorter is answered better."
        )
    if unknown:
        yield f"The model has not learnt these characters, and knows no words that have them: {unknown}"
    if _is_repetitive_whole(sentence):
        yield "The answer says the same several times. Please say it in other words."


def _has_no_end(sentence: Sentence, limit: int) -> bool:
    pieces = sentence.best.target_pieces
    return len(pieces) == limit and pieces[-1:] != (END_PIECE,)


def _is_repetitive_whole(sentence: Sentence) -> bool:
    pieces = sentence.best.target_pieces
    return pieces[-1:] == (END_PIECE,) and is_repetitive(pieces, sentence.source_pieces)


def confidence(hypothesis: Hypothesis) -> float:
    """The geometric mean of the probabilities of its pieces."""
    return _mean_probability(hypothesis.log_probs)


def _mean_probability(log_probs: Sequence[float]) -> float:
    return math.exp(math.fsum(log_probs) / max(1, len(log_probs)))


def is_repetitive(target_pieces: Sequence[str], source_pieces: Sequence[str]) -> bool:
    """Whether the target repeats pieces at least `REPEATS` times, and more often than the source does."""
    if max(Counter(target_pieces).values(), default=0) < REPEATS:  # most have no piece as often
        return False
    return repeats(target_pieces) >= max(REPEATS, repeats(source_pieces) + 1)


def repeats(pieces: Sequence[str]) -> int:
    """How many times the same pieces follow each other, or, if that is more, the same three are found anywhere."""
    pieces = [piece for piece in pieces if piece != END_PIECE]
    most = max(times for end, period, times in runs(pieces) if times < 2 or _has_letters(pieces[end - period : end]))
    phrases = Counter(tuple(pieces[start : start + _PHRASE]) for start in range(len(pieces) - _PHRASE + 1))
    return max([most, *(count for phrase, count in phrases.items() if _has_letters(phrase) and len(set(phrase)) > 1)])


def unread_words(sentence: Sentence) -> list[str]:
    """Words of the source that hardly any attention went to; none if the model has no attention.

    Words of one or two letters, articles and auxiliaries are left out: many languages do without them. So are words
    that a model of the other direction tells again from the translation, if one was asked and reads the same pieces.
    """
    attention = sentence.best.attention
    if attention is None:
        return []
    words = words_of_pieces(sentence.source_pieces)
    weights = [0.0] * len(words.texts)
    for word, weight in zip(words.of_pieces, attention.sum(axis=0).tolist(), strict=True):
        if word is not None:
            weights[word] += weight
    told = _told_words(words, sentence.best.read_back)
    bare = [_without_punctuation(word) for word in words.texts]
    missed = [
        word
        for number, (word, weight) in enumerate(zip(bare, weights, strict=True))
        if weight < UNREAD and _is_missed(word) and number not in told
    ]
    return list(dict.fromkeys(missed))[:NAMED_WORDS]


def _told_words(words: Words, read_back: Sequence[float] | None) -> set[int]:
    """The numbers of the source words that are likely after the translation."""
    if read_back is None or len(read_back) != len(words.of_pieces) + 1:  # `</s>`
        return set()
    log_probs: dict[int | None, list[float]] = {}
    for word, log_prob in zip(words.of_pieces, read_back, strict=False):
        log_probs.setdefault(word, []).append(log_prob)
    return {word for word, found in log_probs.items() if word is not None and _mean_probability(found) >= TOLD}


def _without_punctuation(word: str) -> str:
    kept = [place for place, character in enumerate(word) if character.isalnum()]
    return word[kept[0] : kept[-1] + 1] if kept else ""


def _is_missed(word: str) -> bool:
    """Whether a translation is expected to say it; a letter of the scripts without blanks counts as two."""
    return (
        word.lower() not in _SMALL and sum(2 if character >= "\u2e80" else 1 for character in word) >= _SHORTEST_WIDTH
    )


def _has_letters(pieces: Sequence[str]) -> bool:
    return any(map(str.isalnum, "".join(pieces)))
