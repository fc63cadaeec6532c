"""What a behaviour is, and how a suite of them is run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from s2s.result import Translation
from tests.behaviours.checks import is_sound


class Direction(NamedTuple):
    """The languages of a model."""

    source: str
    target: str


class Line(NamedTuple):
    """A text, and one right translation: with it the suite's own tests prove that a check can be passed."""

    source: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """One input, and what is known of its answer."""

    direction: Direction
    line: Line
    plain: Line | None = None
    """What the answer is compared with the answer to."""
    holds: tuple[str, ...] = ()
    """Patterns that the answer has to hold, all of them."""
    accepted: tuple[str, ...] = ()
    """The right answers, where there are so few."""

    @property
    def sources(self) -> tuple[str, ...]:
        """What has to be translated."""
        return (self.line.source,) if self.plain is None else (self.line.source, self.plain.source)


Check = Callable[[Case, Translation, Translation], bool]
"""Whether a case is passed: by the answer, and the answer to the plain text (the same one where there is none)."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """One thing that a translator should do, after CheckList (Ribeiro et al. 2020)."""

    name: str
    kind: Literal["MFT", "INV", "DIR"]
    """Minimum functionality, invariance, or a change of the answer in one direction."""
    asks: str
    cases: Callable[[Direction], list[Case]]
    """The cases of a direction; none where the source's language has no such thing."""
    check: Check
    has_meaning: bool = True
    """Whether the input is language; if so, the answer has to be sound, whatever else is asked."""

    def passes(self, case: Case, answer: Translation, plain: Translation) -> bool:
        """Whether a case is passed."""
        if self.has_meaning and not is_sound(case, answer):
            return False
        return self.check(case, answer, plain)


class Outcome(NamedTuple):
    """A case and what became of it."""

    case: Case
    answer: Translation
    plain: Translation
    passed: bool


def run(
    behaviours: Iterable[Behaviour], direction: Direction, translate: Callable[[Sequence[str]], Sequence[Translation]]
) -> dict[str, list[Outcome]]:
    """Translate all texts of all cases, each once, and judge them; behaviours without cases are left out."""
    cases = {behaviour: behaviour.cases(direction) for behaviour in behaviours}
    texts = list(dict.fromkeys(text for found in cases.values() for case in found for text in case.sources))
    answers = dict(zip(texts, translate(texts), strict=True))
    outcomes: dict[str, list[Outcome]] = {}
    for behaviour, found in cases.items():
        for case in found:
            answer, plain = answers[case.sources[0]], answers[case.sources[-1]]
            outcome = Outcome(case, answer, plain, behaviour.passes(case, answer, plain))
            outcomes.setdefault(behaviour.name, []).append(outcome)
    return outcomes
