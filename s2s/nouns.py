"""German words: forms and compounds of known ones. Where every noun has a capital, names are told from nouns by them.

The rules are of thumb: docs/search.md says how often they are right.
"""

from collections.abc import Callable, Iterable

NOUNS_IN_CAPITALS = ("de",)
"""Languages in which every noun has a capital."""

IsWord = Callable[[str], bool]
"""Whether a word, in lower case, is known as it is."""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SHORTEST = 4
"""Letters of a part."""
_MOST_PARTS = 4
_LINKS = ("", *_listed("s n en es e er"))
"""What may stand between the parts of a compound."""
_VERB_ENDINGS = _listed("n en e")
_ENDINGS = _listed("e n en er es s em ern t te st in innen")
_SUFFIXES = _listed(
    "ung ungen heit heiten keit keiten schaft schaften ität itäten ion ionen ismus ist isten chen lein isch ische "
    "ischen lich los bar"
)
_ARTICLES = _listed("der die das dem den des zum zur im am beim vom ins ans ums aufs fürs durchs")
_COUNTS = _listed("viel mehr wenig etwas genug zwei drei vier fünf sechs sieben acht neun zehn")
_POSSESSIVES = _listed("ein kein mein dein sein unser euer")
_STEMS = _listed("ein kein mein dein sein ihr unser eur dies jed jen welch manch all viel")
_DETERMINERS = frozenset(
    [*_ARTICLES, *_COUNTS, *_POSSESSIVES, *(stem + ending for stem in _STEMS for ending in _listed("e en em er es"))]
)
_POINTING, _IS = frozenset(_listed("das dies")), frozenset(_listed("ist war sind waren wäre"))
"""`Ist das Priya?`: there it is no article."""


def is_after_determiner(before: str) -> bool:
    """Whether a text ends with an article or its like, behind which a common noun stands, and seldom a name."""
    *_, second, last = ["", "", *before.lower().split()]
    return before[-1:].isspace() and last in _DETERMINERS and not (last in _POINTING and second in _IS)


def is_formed(word: str, is_word: IsWord) -> bool:
    """Whether each part of a word between hyphens, in lower case, is known, or a form or a compound of known words."""
    return all(_is_compound(part, is_word, _MOST_PARTS) for part in word.split("-"))


def not_formed_of_others(words: Iterable[str], is_word: IsWord) -> list[str]:
    """Those that are not formed of shorter ones among them, nor of other known words; in order."""
    kept: set[str] = set()
    for word in sorted(words, key=lambda word: (len(word), word)):
        if not is_formed(word, lambda part: part in kept or is_word(part)):
            kept.add(word)
    return sorted(kept)


def _is_compound(word: str, is_word: IsWord, parts: int) -> bool:
    if _is_form(word, is_word):
        return True
    ends = range(_SHORTEST, len(word)) if parts > 1 else ()
    return any(
        is_word(word[:end]) and any(_may_follow(word[end:], link, is_word, parts - 1) for link in _LINKS)
        for end in ends
    )


def _may_follow(rest: str, link: str, is_word: IsWord, parts: int) -> bool:
    last = rest.removeprefix(link)
    if not rest.startswith(link):
        return False
    return last in _SUFFIXES or (len(last) >= _SHORTEST and _is_compound(last, is_word, parts))


def _is_form(word: str, is_word: IsWord) -> bool:
    """Whether a word is known with another ending: `Gärten`, `schlafe`, `Ärztinnen`."""
    stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
    known_without = any(
        is_word(stem + ending) for stem in stems if len(stem) >= _SHORTEST for ending in ("", *_VERB_ENDINGS)
    )
    return known_without or any(is_word(word + ending) for ending in ("", *_VERB_ENDINGS))
