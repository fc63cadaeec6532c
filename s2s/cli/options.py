"""What several verbs share: their options, and standard input."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from s2s.config import SearchConfig, from_plain, read_settings
from s2s.engine import EngineKind
from s2s.errors import TextError
from s2s.intake import MAX_CHARACTERS
from s2s.text import check_text

MODEL_HELP = "checkpoint folder, or OWNER/NAME[@REVISION] on the Hugging Face Hub"

ModelOption = Annotated[str, typer.Option("--model", help=f"A {MODEL_HELP}.")]
ReverseOption = Annotated[
    str | None, typer.Option("--reverse-model", help=f"One of the other direction, a {MODEL_HELP}.")
]
BeamOption = Annotated[int, typer.Option("--beam-size", help="Hypotheses kept at each step; 1 is greedy search.")]
DeviceOption = Annotated[str | None, typer.Option("--device", help="cpu, cuda, mps; by default the best there is.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]
EngineOption = Annotated[
    EngineKind, typer.Option(help="torch, onnx (8 bits, on the CPU); by default the quickest there is.")
]
SearchOption = Annotated[
    list[str] | None, typer.Option("--search", help="setting=value of the search, such as no_repeat_ngram=4.")
]


def search_config(settings: list[str] | None, **options: Any) -> SearchConfig:
    """The settings of `--search`, and those that have an option of their own."""
    return from_plain(SearchConfig, read_settings(options, settings or ()))


def standard_input() -> Iterator[str]:
    """The lines of standard input, each checked, without their ends."""
    for number, line in enumerate(sys.stdin.buffer, 1):
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise TextError(f"line {number} is not UTF-8 text ({error.reason}, byte {error.start})") from None
        if text.strip():
            try:
                check_text(text, MAX_CHARACTERS)
            except TextError as error:
                raise TextError(f"line {number}: {error}") from None
        yield text
