"""Changes to training pairs, made anew each time a pair is seen, so that the model meets what people really type.

A recipe gives each kind a share of the pairs: `[data.augmentation] lowercase = 0.1`. A kind is one function; another
one is added by `AUGMENTATIONS["name"] = function` before the recipe is trained.
"""

import random
import re
import string
from collections.abc import Callable, Mapping, Sequence

from s2s.corpora import Pair
from s2s.dialogue import has_context, with_context
from s2s.errors import ConfigError
from s2s.links import read_links, word_spans
from s2s.names import chinese, is_chinese, made_up, rename

Augmentation = Callable[[Pair, random.Random], Pair]


def lowercase(pair: Pair, _: random.Random) -> Pair:
    """The source without capitals; the target stays as it should be."""
    return pair._replace(source=pair.source.lower())


def titlecase(pair: Pair, _: random.Random) -> Pair:
    """The source With A Capital In Front Of Every Word."""
    return pair._replace(source=re.sub(r"(?<![\w'’])\w", lambda match: match[0].upper(), pair.source))


def drop_punctuation(pair: Pair, _: random.Random) -> Pair:
    """Both sides without their final punctuation."""
    source, target = (side.rstrip(".!?。！？… \u00a0\u202f") for side in (pair.source, pair.target))
    return pair._replace(source=source, target=target) if source and target else pair


def phrase(pair: Pair, generator: random.Random) -> Pair:
    """One word of a pair, or a few, with what its links say is their translation; the pair itself if there are none.

    Source words i … j and target words k … l belong together if no link leaves them (Och & Ney 2004, section 3).
    """
    links = read_links(pair.links)
    sides = word_spans(pair.source), word_spans(pair.target)
    first = generator.randrange(len(sides[0]))
    last = min(first + generator.choice((0, 0, 0, 1, 1, 2, 3)), len(sides[0]) - 1)
    columns = [column for row, column in links if first <= row <= last]
    if not columns or max(columns) - min(columns) > last - first + 2:
        return pair
    begin, end = min(columns), max(columns)
    if end >= len(sides[1]) or any(begin <= column <= end and not first <= row <= last for row, column in links):
        return pair
    source = pair.source[sides[0][first][0] : sides[0][last][1]].strip(_SIGNS)
    target = pair.target[sides[1][begin][0] : sides[1][end][1]].strip(_SIGNS)
    return Pair(source, target) if source and target else pair


_SIGNS = string.punctuation + string.whitespace + "«»“”‘’„…。，！？、；："


def typos(pair: Pair, generator: random.Random) -> Pair:
    """A slip of the finger in the source: a letter left out, doubled, exchanged with the next one, or another one."""
    source = pair.source
    letters = [
        index for index, character in enumerate(source[:-1]) if character.isalpha() and source[index + 1].isalpha()
    ]
    if not letters:
        return pair
    index = generator.choice(letters)
    one, two = source[index], source[index + 1]
    slip = generator.choice(["", one + one, generator.choice(string.ascii_lowercase)])
    slip, width = generator.choice([(slip, 1), (two + one, 2)])
    return pair._replace(source=source[:index] + slip + source[index + width :])


def quotes(pair: Pair, _: random.Random) -> Pair:
    """The source with the quotation marks and apostrophes that telephones type."""
    source = re.sub(r'"([^"]*)"', "“\\1”", pair.source).replace("'", "’")
    return pair._replace(source=source)


def names(pair: Pair, generator: random.Random) -> Pair:
    """Another name where both sides have the same one, often one that nobody has."""
    name = made_up(generator)
    written = [name, name]
    if generator.random() < 0.5:
        letters, characters = chinese(generator)
        written = [characters if is_chinese(side) else letters for side in (pair.source, pair.target)]
    return _renamed(pair, written[0], written[1]) or pair


def carried(pair: Pair, generator: random.Random) -> Pair:
    """Something that is carried over (s2s/carried.py) where both sides have the same name, else at their ends."""
    thing = generator.choice(THINGS)
    return _renamed(pair, thing, thing) or pair._replace(
        source=f"{pair.source} {thing}", target=f"{pair.target} {thing}"
    )


def _renamed(pair: Pair, source: str, target: str) -> Pair | None:
    sides = rename(pair.source, pair.target, (source, target))
    return None if sides is None else pair._replace(source=sides[0], target=sides[1])


def speed(pair: Pair, generator: random.Random) -> Pair:
    """A sound that is played slower and lower, or faster and higher (Ko et al. 2015)."""
    return pair._replace(source=f"{generator.uniform(0.85, 1.18):.2f}x {pair.source}")


def noise(pair: Pair, generator: random.Random) -> Pair:
    """A sound with noise, 5 to 40 dB quieter."""
    return pair._replace(source=f"{generator.uniform(5, 40):.0f}dB {pair.source}")


THINGS = ("😀", "https://example.org", "name@example.org", "#topic", "@handle", "2024", "3.14", "10:30")
"""One of each kind: what they are is no matter, since the model sees a placeholder."""

AUGMENTATIONS: dict[str, Augmentation] = {
    "lowercase": lowercase,
    "titlecase": titlecase,
    "phrase": phrase,
    "drop_punctuation": drop_punctuation,
    "typos": typos,
    "quotes": quotes,
    "names": names,
    "carried": carried,
    "speed": speed,
    "noise": noise,
}
CONCATENATE, PASSAGE = "concatenate", "passage"
"""The kinds that need several pairs: one is followed by another, or by two to five, so that longer texts are seen."""
CONTEXT = "context"
"""For dialogues: a turn that stands alone gets the answer of any pair before it, so that a subject may change."""
_MOST_FOLLOWING = 5


def check_augmentation(shares: Mapping[str, float]) -> None:
    """Raise a ConfigError if a kind is unknown or a share is none."""
    known = [*AUGMENTATIONS, CONCATENATE, PASSAGE, CONTEXT]
    for name, share in shares.items():
        if name not in known:
            raise ConfigError(f"unknown augmentation {name}; known: {', '.join(known)}")
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
            raise ConfigError(f"data.augmentation.{name} must be a share in [0, 1], got {share!r}")


def augment(pairs: Sequence[Pair], shares: Mapping[str, float], generator: random.Random) -> list[Pair]:
    """Change some of the pairs, each kind by its share; the number of pairs stays."""
    changed = []
    for pair in pairs:
        if generator.random() < shares.get(CONCATENATE, 0.0):
            pair = concatenate(pair, generator.choice(pairs))
        if PASSAGE in shares and generator.random() < shares[PASSAGE]:
            for _ in range(generator.randint(2, _MOST_FOLLOWING)):
                pair = concatenate(pair, generator.choice(pairs))
        if (
            CONTEXT in shares
            and not pair.links
            and not has_context(pair.source)
            and generator.random() < shares[CONTEXT]
        ):
            pair = pair._replace(source=with_context(pair.source, generator.choice(pairs).target))
        for name, share in shares.items():
            if name in AUGMENTATIONS and generator.random() < share:
                pair = AUGMENTATIONS[name](pair, generator)
        changed.append(pair)
    return changed


def concatenate(first: Pair, second: Pair) -> Pair:
    """Two pairs as one; links are kept if both have them."""
    links = ""
    if first.links and second.links:
        rows, columns = len(word_spans(first.source)), len(word_spans(first.target))
        moved = (f"{row + rows}-{column + columns}" for row, column in read_links(second.links))
        links = " ".join([first.links, *moved])
    return Pair(f"{first.source} {second.source}", f"{first.target} {second.target}", links)
