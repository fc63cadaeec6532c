"""What is asked of answers; nothing here knows which behaviour asks."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from s2s.result import END_PIECE, Translation
from tests.behaviours.words import ARTICLES, LENGTHS, NEGATIONS

if TYPE_CHECKING:
    from tests.behaviours.behaviour import Case

SHORTEST, LONGEST = 0.4, 2.5
"""Of the usual length in characters."""

SPARE = 12
"""English characters that an answer may be longer than that, and a quarter of them shorter: a few words vary most."""

_CHINESE = "\u3400-\u9fff"
_END = r"(?:[.!?。！？]|\.\.\.)+[\"'”’»)\]]*(?=\s|$|[" + _CHINESE + "A-Z¡¿])"


def words(text: str) -> list[str]:
    """Words without case and punctuation; each Chinese character is one."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.findall(rf"[{_CHINESE}]|[^\W_{_CHINESE}]+", text)


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of words that two texts have in common, whatever their order (Dice)."""
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / max(1, len(one) + len(other))


def longest_run(tokens: Sequence[str], shortest: int = 1) -> int:
    """How many times the same words, `shortest` to 20 of them, follow each other."""
    most = min(1, len(tokens))
    for period in range(shortest, min(20, len(tokens) // 2) + 1):
        equal = longest = 0
        for one, other in zip(tokens[period:], tokens, strict=False):
            equal = equal + 1 if one == other else 0
            if equal > longest:
                longest = equal
        most = max(most, longest // period + 1)
    return most


def is_loop(source: str, target: str) -> bool:
    """Whether the target says the same words three times in a row, or a phrase twice, and the source does not.

    A phrase is two words or more, or three Chinese characters: `nous nous` and `一个一个` are right. Where the source
    says something three times itself, one time more is no loop.
    """
    sides = words(source), words(target)
    phrase = 3 if re.search(f"[{_CHINESE}]", target) else 2
    again, twice = ([longest_run(side, shortest) for side in sides] for shortest in (1, phrase))
    return again[1] > max(2, again[0] + 1) or (again[0] <= 2 and twice[1] > max(1, twice[0]))


def ends_by_itself(answer: Translation) -> bool:
    """Whether the model came to its end in every sentence."""
    return all(END_PIECE in sentence.best.target_pieces[-1:] for sentence in answer.sentences)


def is_sound(case: "Case", answer: Translation) -> bool:
    """Whether an answer is one at all: words, not those of the source, an end, no loop, about the usual length.

    What the answer has to hold is left out of the length: an address is as long in Chinese as in English.
    """
    source, target = case.line.source, answer.target
    is_echo = words(source) == words(target) and target.strip() not in case.accepted
    return bool(words(target)) and not is_echo and not is_loop(source, target) and _is_usual(case, answer)


def _is_usual(case: "Case", answer: Translation) -> bool:
    source, target = (_without(text, case.holds) for text in (case.line.source, answer.target))
    from_english = LENGTHS[case.direction.target]
    usual, spare = len(source) * from_english / LENGTHS[case.direction.source], SPARE * from_english
    shortest, longest = SHORTEST * usual - spare / 4, LONGEST * usual + spare
    return ends_by_itself(answer) and shortest <= len(target) <= longest


def _without(text: str, patterns: Sequence[str]) -> str:
    for pattern in patterns:
        text = re.sub(pattern, "", text, flags=re.IGNORECASE)
    return text.strip()


def sound(_case: "Case", _answer: Translation, _plain: Translation) -> bool:
    """Nothing more than a sound answer."""
    return True


def same_words(_case: "Case", answer: Translation, plain: Translation) -> bool:
    """The answer is that of the plain text, word by word."""
    return words(answer.target) == words(plain.target)


def alike(case: "Case", answer: Translation, plain: Translation) -> bool:
    """Three words in four are those of the answer to the plain text, or of the reference."""
    return _shared(case, answer, plain) >= 0.75


def said(_case: "Case", answer: Translation, plain: Translation) -> bool:
    """Between quotation marks stand three words in four of the answer to what is said alone."""
    between = re.search(r"[\"“„«「](.+)[\"”“»」]", answer.target)
    return bool(between) and likeness(words(between[1]), words(plain.target)) >= 0.75


def mostly_alike(case: "Case", answer: Translation, plain: Translation) -> bool:
    """Two words in three are those of the answer to the plain text, or of the reference."""
    return _shared(case, answer, plain) >= 2 / 3


def _shared(case: "Case", answer: Translation, plain: Translation) -> float:
    """The greater share: another answer that is right as well is no fault."""
    others = (plain.target, case.line.reference)
    return max(likeness(words(answer.target), words(other)) for other in others)


def in_capitals(case: "Case", answer: Translation, plain: Translation) -> bool:
    """As `alike`, and at most twice as long."""
    return alike(case, answer, plain) and len(answer.target) <= 2 * len(plain.target)


def held(case: "Case", answer: Translation, _plain: Translation) -> bool:
    """What the answer has to hold is there."""
    return all(re.search(pattern, answer.target, flags=re.IGNORECASE) for pattern in case.holds)


def held_in_order(case: "Case", answer: Translation, plain: Translation) -> bool:
    """As `held`, in this order."""
    return held(case, answer, plain) and bool(re.search(".*".join(case.holds), answer.target, flags=re.DOTALL))


def only_that_changed(case: "Case", answer: Translation, plain: Translation) -> bool:
    """What was changed is in the answer; all other words are those of the answer to the plain text."""
    first, second = case.holds
    changed, unchanged = (_without(answer.target, [first]), _without(plain.target, [second]))
    is_there = re.search(first, answer.target) and re.search(second, plain.target)
    return bool(is_there) and words(changed) == words(unchanged)


def accepted(case: "Case", answer: Translation, _plain: Translation) -> bool:
    """The answer is one of the right ones, case and punctuation aside."""
    return words(answer.target) in map(words, case.accepted)


def accepted_as_a_word(case: "Case", answer: Translation, _plain: Translation) -> bool:
    """The answer is one of the right ones, articles, case and punctuation aside."""
    articles = ARTICLES[case.direction.target]
    bare = [[word for word in words(text) if word not in articles] for text in (answer.target, *case.accepted)]
    return bare[0] in bare[1:]


def negated(case: "Case", answer: Translation, plain: Translation) -> bool:
    """A word of negation is in the answer, and none in that to the plain text."""
    pattern = NEGATIONS[case.direction.target]
    found = [re.search(pattern, text, flags=re.IGNORECASE) for text in (answer.target, plain.target)]
    return bool(found[0]) and not found[1]


def asked(_case: "Case", answer: Translation, _plain: Translation) -> bool:
    """The answer ends as a question."""
    return answer.target.rstrip(' "”»').endswith(("?", "？"))


def exclaimed(case: "Case", answer: Translation, plain: Translation) -> bool:
    """The answer ends with an exclamation mark, that to the plain text does not, and the words are alike."""
    marks = ("!", "！")
    return (
        answer.target.rstrip().endswith(marks)
        and not plain.target.rstrip().endswith(marks)
        and alike(case, answer, plain)
    )


def same_lines(case: "Case", answer: Translation, _plain: Translation) -> bool:
    """As many lines, the blank ones where they were, each with as many sentences as the source's."""
    shapes = [[len(re.findall(_END, line)) for line in text.split("\n")] for text in (case.line.source, answer.target)]
    return shapes[0] == shapes[1]


def kept_or_warned(case: "Case", answer: Translation, plain: Translation) -> bool:
    """What cannot be translated is in the answer as it was, or a warning is given."""
    return held(case, answer, plain) or bool(answer.warnings)


def kept_or_warned_with_an_end(case: "Case", answer: Translation, plain: Translation) -> bool:
    """As `kept_or_warned`, and the answer is no runaway."""
    return kept_or_warned(case, answer, plain) and _has_end(case, answer)


def warned_with_an_end(case: "Case", answer: Translation, _plain: Translation) -> bool:
    """A warning is given, and the answer is no runaway."""
    return bool(answer.warnings) and _has_end(case, answer)


def _has_end(case: "Case", answer: Translation) -> bool:
    return ends_by_itself(answer) and not is_loop(case.line.source, answer.target)
