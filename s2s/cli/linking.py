"""The verb that links words."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from s2s.alignment import Links, Symmetrization, links_of, symmetrize, to_pharaoh, turned
from s2s.cli.loading import check_opposite, load_translator
from s2s.cli.options import DeviceOption, ModelOption, ReverseOption
from s2s.corpora import read_lines
from s2s.errors import ConfigError, DataError
from s2s.forced import Weighing, force
from s2s.translator import Translator
from s2s.words import merge_attention


def align(
    model: ModelOption,
    source: Annotated[Path, typer.Option(help="Sources, one a line.")],
    target: Annotated[Path, typer.Option(help="Their translations, one a line.")],
    words: Annotated[bool, typer.Option("--words", help="Link words, as between blanks, instead of pieces.")] = False,
    reverse_model: ReverseOption = None,
    method: Annotated[
        Symmetrization | None, typer.Option("--symmetrize", help="How the links of both directions become one.")
    ] = None,
    weighing: Annotated[
        Weighing,
        typer.Option(
            help="By where the model looks before it writes a word (attention), or by where the written one comes from "
            "(posterior): better links, many times the work."
        ),
    ] = "posterior",
    device: DeviceOption = None,
) -> None:
    """Link each word of given translations to the source word that it comes from: a line `0-0 1-2` for each."""
    if method and not reverse_model:
        raise ConfigError("--symmetrize needs the links of two directions: name the other one with --reverse-model")
    if reverse_model and not words:
        raise ConfigError("the pieces of two models differ, so --reverse-model needs --words")
    sources, targets = list(read_lines(source)), list(read_lines(target))
    if len(sources) != len(targets):
        raise DataError(
            f"each source needs one target: {source} has {len(sources):,} lines, {target} has {len(targets):,}"
        )
    forward = load_translator(model, device, "torch")
    found = _links(forward, sources, targets, words, weighing)
    if reverse_model:
        backward = load_translator(reverse_model, device, "torch")
        check_opposite(forward.description, backward.description)
        both = zip(found, _links(backward, targets, sources, words, weighing), strict=True)
        found = (symmetrize(one, turned(other), method or "grow-diag-final-and") for one, other in both)
    for links in found:
        print(to_pharaoh(links))


def _links(
    translator: Translator, sources: Sequence[str], targets: Sequence[str], words: bool, weighing: Weighing
) -> Iterator[Links]:
    for pair in force(translator, sources, targets, weighing):
        yield links_of(merge_attention(pair.weights, pair.source, pair.target) if words else pair.weights[:-1])
