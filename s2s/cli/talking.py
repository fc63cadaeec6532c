"""The verb that talks."""

import sys

import typer

from s2s.cli.loading import load_translator
from s2s.cli.options import (
    BeamOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    ModelOption,
    SearchOption,
    search_config,
    standard_input,
)
from s2s.dialogue import one_turn, with_context
from s2s.errors import ConfigError, TextError

PROMPT = "> "


def chat(
    model: ModelOption,
    beam_size: BeamOption = 5,
    as_json: JsonOption = False,
    settings: SearchOption = None,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
) -> None:
    """Answer standard input turn by turn, each behind the answer before it; an empty line starts over.

    Another answer every time: --beam-size 1 --search method=sample --search temperature=0.7 --search seed=2.
    """
    config = search_config(settings, beam_size=beam_size, alternatives=5 if as_json else 0)
    translator = load_translator(model, device, engine)
    if translator.description.task != "dialogue":
        raise ConfigError(f"{translator.description.name} is no model of dialogues: use `python -m s2s translate`")
    before, faulty = "", 0
    _invite()
    for line in standard_input():
        turn = one_turn(line)
        try:
            found = translator.translate(with_context(turn, before), config) if turn else None
        except TextError as error:
            faulty += 1
            print(f"s2s: {error}", file=sys.stderr)
            found = None
        else:
            before = one_turn(found.target) if found else ""
        print("" if found is None else found.to_json() if as_json else found.target, flush=True)
        _invite()
    if faulty:
        raise typer.Exit(2)


def _invite() -> None:
    if sys.stdin.isatty():
        print(PROMPT, end="", file=sys.stderr, flush=True)
