"""Word alignments of training pairs, `0-0 1-2`, as links between pieces.

A word is what stands between blanks, and each character of a script without blanks (Chinese, Japanese, Thai, …) is one
of its own, however SentencePiece cuts them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from s2s.pieces import END
from s2s.text import PieceModel
from s2s.words import ONE_WORD, spelled


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where each word of a text begins and ends."""
    return [match.span() for match in ONE_WORD.finditer(text)]


def read_links(links: str) -> list[tuple[int, int]]:
    """The pairs of numbers of `0-0 1-2`: source word, target word."""
    ends = (link.split("-") for link in links.split())
    return [(int(source), int(target)) for source, target in ends]


def words_of(pieces: Sequence[str]) -> list[range]:
    """For each piece the numbers of the words that it holds letters of.

    A mark of a word's start that stands alone belongs to the word behind it.
    """
    texts = spelled(pieces)
    whole = "".join(texts)
    numbers: list[int] = []  # of the word at each character, or behind it
    for number, (_, end) in enumerate(word_spans(whole)):
        numbers += [number] * (end - len(numbers))
    numbers += numbers[-1:] * (len(whole) - len(numbers))
    found, begin = [], 0
    for text in texts:
        letters = text.strip()
        first = (
            begin + text.index(letters) if letters else max(0, begin - (not text))
        )  # without text: as the one before
        found.append(range(numbers[first], numbers[first + max(0, len(letters) - 1)] + 1) if numbers else range(0))
        begin += len(text)
    return found


def piece_links(links: str, pieces: PieceModel, source: Sequence[int], target: Sequence[int]) -> list[tuple[int, int]]:
    """Links between words as links between the pieces that hold them; what is out of range is dropped.

    Args:
        links: `0-0 1-2`.
        pieces: names the ids.
        source: S ids.
        target: T ids, with or without `</s>`, which is never linked.

    Returns:
        Each linked source and target piece once.
    """
    return place_links(links, pieces_of_words(pieces, source), pieces_of_words(pieces, target))


def place_links(
    links: str, source: Mapping[int, Sequence[int]], target: Mapping[int, Sequence[int]]
) -> list[tuple[int, int]]:
    """Links between words as links between the places that each word has on its side; each one once."""
    found = {
        (row, column)
        for first, second in read_links(links)
        for row in source.get(first, ())
        for column in target.get(second, ())
    }
    return sorted(found)


def pieces_of_words(pieces: PieceModel, ids: Sequence[int]) -> dict[int, list[int]]:
    """For each word the places of its pieces among `ids`; `</s>` is of none."""
    found: dict[int, list[int]] = defaultdict(list)
    for piece, words in enumerate(words_of(pieces.pieces([token for token in ids if token != END]))):
        for word in words:
            found[word].append(piece)
    return found
