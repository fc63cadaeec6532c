"""The verb that listens."""

import sys
from pathlib import Path
from typing import Annotated

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
)
from s2s.errors import AudioError
from s2s.transcriber import Transcriber


def transcribe(
    model: ModelOption,
    files: Annotated[list[Path], typer.Argument(help="Sound files: wav, flac, ogg or mp3, at most 30 seconds.")],
    beam_size: BeamOption = 5,
    as_json: JsonOption = False,
    settings: SearchOption = None,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
) -> None:
    """Write down what is said in sound files, a line for each; what cannot be read is named, and the others go on."""
    config = search_config(settings, beam_size=beam_size, alternatives=5 if as_json else 0)
    transcriber = Transcriber(load_translator(model, device, engine))
    faulty = 0
    for path in files:
        try:
            found = transcriber.transcribe_file(path, config)
        except AudioError as error:
            faulty += 1
            print(f"s2s: {error}", file=sys.stderr)
            print("")
            continue
        print(found.to_json() if as_json else found.target)
    if faulty:
        raise typer.Exit(2)
