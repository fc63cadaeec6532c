"""Another word: other translations of one sentence, each of which leaves another one at some step.

A branch keeps the first pieces of its parent, then something is different (a piece that the visitor chose, or weights
that the visitor gave), and from there the model goes on by itself. The values here never change: `grow` gives a new
tree, so that one may lie in a visitor's state, and its turns alone, which are short, in an address.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from s2s.config import SearchConfig, from_plain
from s2s.constraints import Constraints, known_ids
from s2s.errors import ConfigError, TextError
from s2s.result import Sentence, Translation
from s2s.text import check_text
from s2s.translator import Translator

MOST_BRANCHES = 40
"""Branches of one tree."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Where a branch leaves another one, and how."""

    parent: int
    """The number of that branch; 0 is the model's own translation."""
    step: int
    """So many of its pieces are kept."""
    pieces: tuple[str, ...] = ()
    """What stands behind them."""
    attention: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    """By step, from `step` on: weights [S] that are used instead of the model's own."""

    def to_plain(self) -> dict[str, Any]:
        """Plain values, ready for JSON; only what is there."""
        values: dict[str, Any] = {"parent": self.parent, "step": self.step}
        if self.pieces:
            values["pieces"] = list(self.pieces)
        if self.attention:
            values["attention"] = [[step, list(row)] for step, row in sorted(self.attention.items())]
        return values

    @classmethod
    def from_plain(cls, values: Any) -> "Turn":
        """The turn that `to_plain` described; a ConfigError says what is wrong with something else."""
        try:
            turn = cls(
                parent=values["parent"],
                step=values["step"],
                pieces=tuple(values.get("pieces", ())),
                attention={step: tuple(map(float, row)) for step, row in values.get("attention", ())},
            )
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"A branch is described by parent, step and pieces or attention; got {values!r:.80} ({error})."
            ) from None
        numbers, texts = (turn.parent, turn.step, *turn.attention), turn.pieces
        if not (all(type(number) is int for number in numbers) and all(isinstance(text, str) for text in texts)):
            raise ConfigError(
                f"The parent and the steps of a branch are whole numbers, its pieces texts; got {values!r:.80}."
            )
        return turn


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One translation, and the turn that led to it; the model's own translation has none."""

    turn: Turn | None
    sentence: Sentence


@dataclass(frozen=True, kw_only=True)
class Branches:
    """All translations of one sentence so far; a branch stands behind its parent."""

    model: str
    revision: str
    config: SearchConfig
    """How the model goes on."""
    branches: tuple[Branch, ...]

    def __getitem__(self, number: int) -> Branch:
        """The branch of that number; a ConfigError if there is none."""
        if not 0 <= number < len(self.branches):
            raise ConfigError(f"There is no branch {number}: they are numbered from 0 to {len(self.branches) - 1}.")
        return self.branches[number]

    def __len__(self) -> int:
        return len(self.branches)

    @property
    def source(self) -> str:
        """The sentence that is translated."""
        return self.branches[0].sentence.source

    def find(self, turn: Turn) -> int | None:
        """The number of the branch that a turn led to, if it was taken."""
        return next((number for number, branch in enumerate(self.branches) if branch.turn == turn), None)

    def given(self, number: int) -> dict[int, tuple[float, ...]]:
        """By step, the weights that one branch was given: its own, and those of the pieces that it kept."""
        turn = self[number].turn
        if turn is None:
            return {}
        kept = {step: row for step, row in self.given(turn.parent).items() if step < turn.step}
        return kept | dict(turn.attention)

    def constraints(self, turn: Turn) -> Constraints:
        """What holds for the target behind a turn.

        Raises:
            ConfigError: the turn does not fit the tree.
        """
        parent = self[turn.parent].sentence.best.target_pieces
        if not 0 <= turn.step < len(parent):
            raise ConfigError(
                f"A branch leaves this translation at a step from 0 to {len(parent) - 1}, got {turn.step}."
            )
        if any(step < turn.step for step in turn.attention):
            raise ConfigError(f"Weights can be given from step {turn.step} on, where the branch begins.")
        given = {step: row for step, row in self.given(turn.parent).items() if step < turn.step}
        return Constraints(prefix_pieces=(*parent[: turn.step], *turn.pieces), attention=given | dict(turn.attention))

    def undone(self) -> "Branches":
        """The tree without its last branch, which has no others behind it; the model's own translation stays."""
        return replace(self, branches=self.branches[:-1]) if len(self) > 1 else self

    def to_plain(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "model": self.model,
            "revision": self.revision,
            "config": asdict(self.config),
            "branches": [
                {"turn": branch.turn and branch.turn.to_plain(), "sentence": branch.sentence.to_plain()}
                for branch in self.branches
            ],
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Branches":
        """The tree that `to_plain` described."""
        return cls(
            model=values["model"],
            revision=values["revision"],
            config=from_plain(SearchConfig, values["config"]),
            branches=tuple(
                Branch(
                    turn=Turn.from_plain(item["turn"]) if item["turn"] else None,
                    sentence=Sentence.from_plain(item["sentence"]),
                )
                for item in values["branches"]
            ),
        )

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What leads from the first branch to all others: enough to grow the same tree again."""
        return tuple(branch.turn for branch in self.branches if branch.turn is not None)


def plant(translation: Translation, number: int = 0) -> Branches:
    """A tree of one branch: sentence `number` of a translation, as the model wrote it."""
    settings = {name: value for name, value in translation.settings.items() if name != "engine"}
    return Branches(
        model=translation.model,
        revision=translation.revision,
        config=from_plain(SearchConfig, settings),
        branches=(Branch(turn=None, sentence=translation.sentences[number]),),
    )


def grow(translator: Translator, branches: Branches, turn: Turn, time_limit_seconds: float | None = None) -> Branches:
    """Take a turn: `branches` with one more, in which the model went on from there. A turn twice taken is one branch.

    Raises:
        ConfigError: the turn does not fit, the tree is full, or another model made it.
        TextError: a piece is none of the model's, or weights are wrong.
        DeadlineError: the time is over.
    """
    if (translator.description.name, translator.revision) != (branches.model, branches.revision):
        raise ConfigError(
            f"These translations are of {branches.model} ({branches.revision}), the model at hand is "
            f"{translator.description.name} ({translator.revision}). Please translate the sentence again."
        )
    if branches.find(turn) is not None:
        return branches
    if len(branches) >= MOST_BRANCHES:
        raise ConfigError(f"There are {MOST_BRANCHES} translations already. Please begin anew with the sentence.")
    constraints = branches.constraints(turn)
    translation = translator.translate(branches.source, branches.config, constraints, time_limit_seconds)
    grown = Branch(turn=turn, sentence=translation.sentences[0])
    return replace(branches, branches=(*branches.branches, grown))


def grow_all(
    translator: Translator, branches: Branches, turns: Iterable[Turn], time_limit_seconds: float | None = None
) -> Branches:
    """Take some turns, one after the other, all of them within the time limit; raises as `grow`."""
    ends = None if time_limit_seconds is None else time.monotonic() + time_limit_seconds
    for turn in turns:
        branches = grow(translator, branches, turn, None if ends is None else max(0.0, ends - time.monotonic()))
    return branches


def typed_pieces(translator: Translator, source: str, text: str) -> tuple[str, ...]:
    """The pieces of what a visitor typed, as a part of a target of `source`.

    Raises:
        TextError: it is no text, or the model has no pieces for it.
    """
    text = check_text(text, translator.limits.characters)
    ids = known_ids(translator.read(source).alike(text), translator.pieces)
    if not ids:
        raise TextError("Nothing of this can be written by the model. Please type a word.")
    return tuple(translator.pieces.pieces(ids))
