"""A saved translation, read again: checked as anything from outside."""

import json
import math
from typing import Any

from s2s.config import from_plain
from s2s.downloads.picture import Picture
from s2s.errors import ConfigError, DataError
from s2s.result import Hypothesis, Sentence, Translation
from s2s.view import View

MOST_BYTES = 8_000_000
"""Of a file that is read."""

_BROKEN = "This is no saved translation: {}. Please choose a .json file that was saved here."


def read_json(content: str | bytes) -> Picture:
    """The picture that `to_json` wrote; one without `shown`, as the API gives it, shows the first sentence.

    Raises:
        DataError: it is none, or a damaged one; the message says what is wrong.
    """
    if len(content) > MOST_BYTES:
        raise DataError(f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are read.")
    try:
        values = json.loads(content)
        shown = values.pop("shown", {})
        translation = Translation.from_json(json.dumps(values))
        _check(translation)
        view = from_plain(View, shown.get("view", {}))
        picture = Picture(
            translation=translation, number=int(shown.get("sentence", 0)), rank=int(shown.get("rank", 0)), view=view
        )
        if min(picture.number, picture.rank) < 0:
            raise DataError("it shows a sentence before the first")
        assert picture.hypothesis
        return picture
    except ConfigError as error:
        raise DataError(_BROKEN.format(error)) from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError, DataError) as error:
        reason = str(error) if isinstance(error, DataError) else f"{type(error).__name__}: {error}"
        raise DataError(_BROKEN.format(f"{reason:.120}")) from None


def _check(translation: Translation) -> None:
    texts = [translation.source, translation.target, translation.model, translation.revision, *translation.warnings]
    _need(translation.sentences, "it has no sentences")
    for sentence in translation.sentences:
        texts += [sentence.source, *sentence.source_pieces, *sentence.warnings, *sentence.carried]
        _need(sentence.hypotheses, "a sentence has no hypothesis")
        for hypothesis in sentence.hypotheses:
            texts += [hypothesis.target, *hypothesis.target_pieces]
            _check_hypothesis(sentence, hypothesis)
    _need(all(isinstance(text, str) for text in texts), "a text is none")
    _need(isinstance(translation.settings, dict), "its settings are no table")


def _check_hypothesis(sentence: Sentence, hypothesis: Hypothesis) -> None:
    count = len(hypothesis.target_pieces)
    numbers = [hypothesis.score, *hypothesis.log_probs, *(hypothesis.read_back or ())]
    _need(all(isinstance(number, int | float) and math.isfinite(number) for number in numbers), "a number is none")
    _need(len(hypothesis.log_probs) == count, "pieces and log-probabilities are not the same number")
    if hypothesis.attention is not None:
        shape = (count, len(sentence.source_pieces))
        _need(hypothesis.attention.shape == shape, f"the attention is no table of {shape[0]} by {shape[1]}")
        whole = ((hypothesis.attention >= 0) & (hypothesis.attention <= 1)).all()
        _need(whole, "a weight is not between 0 and 1")


def _need(condition: Any, reason: str) -> None:
    if not condition:
        raise DataError(reason)
