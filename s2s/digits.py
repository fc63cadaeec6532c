"""Strings of spoken digits, made by joining clips of single ones: `3_theo_14.wav 0.20s 7_theo_22.wav` → `three seven`.

The clips are those of the Free Spoken Digit Dataset, {digit}_{speaker}_{number}.wav. Which clips are for training,
validation and test follows from their numbers, so that no recording is heard in two of them.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from s2s.corpora import Pair
from s2s.errors import DataError

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LONGEST = 6
"""Digits of a string at most."""
TEST_NUMBERS, VALID_NUMBERS = range(10), range(10, 14)
"""Of the clips of each digit and speaker; the others are for training."""
LONGEST_PAUSE = 0.4
"""Seconds between two digits; a third of them follow each other at once."""


class Clip(NamedTuple):
    """One recording of one digit."""

    name: str
    digit: int
    speaker: str
    number: int


def read_names(names: Iterable[str]) -> list[Clip]:
    """What the names of clips say.

    Raises:
        DataError: a name is of another form.
    """
    clips = []
    for name in names:
        found = re.fullmatch(r"(?:.*/)?(\d)_(\w+)_(\d+)\.\w+", name)
        if found is None:
            raise DataError(f"expected clips that are named like 7_theo_22.wav, found {name}")
        clips.append(Clip(name, int(found[1]), found[2], int(found[3])))
    return clips


def choose_clips(clips: Sequence[Clip], test_speakers: Sequence[str]) -> dict[str, list[Clip]]:
    """The clips of `train`, `valid` and `test`.

    With `test_speakers`, the test has all clips of them, and the other splits none; else it has clips of all speakers
    that no other split has.

    Raises:
        DataError: a speaker is not there, or a split has no clips.
    """
    speakers = {clip.speaker for clip in clips}
    unknown = sorted(set(test_speakers) - speakers)
    if unknown:
        raise DataError(f"data.test_speakers: there is no speaker {unknown[0]}; known: {', '.join(sorted(speakers))}")
    chosen: dict[str, list[Clip]] = {"train": [], "valid": [], "test": []}
    for clip in clips:
        known = clip.speaker not in test_speakers
        if not known or (not test_speakers and clip.number in TEST_NUMBERS):
            chosen["test"].append(clip)
        elif clip.number in VALID_NUMBERS:
            chosen["valid"].append(clip)
        elif clip.number not in TEST_NUMBERS:
            chosen["train"].append(clip)
    for split, found in chosen.items():
        if not found:
            raise DataError(f"no clip is left for {split}: the digits need clips numbered from 0 to 14 and more")
    return chosen


def make_digits(
    clips: Sequence[Clip], count: int, seed: int, lengths: Sequence[int] = range(1, LONGEST + 1)
) -> list[Pair]:
    """So many strings with one speaker each, and the words that are heard; as many of each of the `lengths`."""
    generator = random.Random(seed)
    by_speaker: dict[str, dict[int, list[Clip]]] = defaultdict(lambda: defaultdict(list))
    for clip in clips:
        by_speaker[clip.speaker][clip.digit].append(clip)
    pairs = []
    for row in range(count):
        digits = by_speaker[generator.choice(list(by_speaker))]
        spoken = [generator.choice(digits[generator.choice(list(digits))]) for _ in range(lengths[row % len(lengths)])]
        parts = [_pause(generator, always=True)]
        for clip in spoken:
            parts += [clip.name, _pause(generator)]
        parts[-1] = _pause(generator, always=True)
        target = " ".join(WORDS[clip.digit] for clip in spoken)
        links = " ".join(f"{number}-{number}" for number in range(len(spoken)))
        pairs.append(Pair(" ".join(filter(None, parts)), target, links))
    return pairs


def _pause(generator: random.Random, *, always: bool = False) -> str:
    seconds = generator.uniform(0, LONGEST_PAUSE)
    return f"{seconds:.2f}s" if always or generator.random() > 1 / 3 else ""
