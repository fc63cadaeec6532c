"""The verbs that put models beside each other."""

import json
from pathlib import Path
from typing import Annotated

import plotly.graph_objects as go
import typer
from rich.console import Console

from s2s.alignment import read_gold
from s2s.batch import translate_lines
from s2s.cli.loading import load_translator
from s2s.cli.options import MODEL_HELP, BeamOption, DeviceOption, EngineOption, JsonOption, ModelOption
from s2s.compare import check_targets
from s2s.config import SearchConfig, Tokenizer, to_plain
from s2s.corpora import Pair, read_lines
from s2s.errors import ConfigError, DataError
from s2s.exposure import load_exposure, write_exposure
from s2s.exposure import table as exposure_table
from s2s.exposure_scores import measure_exposure
from s2s.figures import save_figure
from s2s.figures_compare import lengths_figure
from s2s.figures_exposure import Measure, exposure_figure
from s2s.grid import load_grid, table, write_grid
from s2s.grid_scores import measure_grid
from s2s.paired import Row, compare_targets

OutputOption = Annotated[Path | None, typer.Option(help="Also draw it: .html, .png, .svg or .pdf.")]
console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)


def grid(
    directory: Annotated[Path, typer.Argument(help="A folder of checkpoints, as a recipe with a grid makes it.")],
    source: Annotated[Path | None, typer.Option(help="Held-out sources, one a line: measures the models anew.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Their references, one a line.")] = None,
    gold: Annotated[Path | None, typer.Option(help="Pairs with links that people drew, for the error rate.")] = None,
    output: OutputOption = None,
    twin: Annotated[str, typer.Option(help="What is drawn: BLEU by length of this model and without attention.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show what was measured of the models of a grid; with --source and --reference, measure it and write grid.json."""
    if pairs := _pairs_to_measure(source, reference):
        links = read_gold(gold) if gold else None
        write_grid(directory, measure_grid(directory, pairs, links, console.print))
    found = load_grid(directory)
    if output:
        save_figure(go.Figure(lengths_figure(*found.twin(twin))), output)
    print(json.dumps(to_plain(found)) if as_json else "\n".join(table(found.cells)))


def exposure(
    directory: Annotated[Path, typer.Argument(help="A folder of checkpoints, as a recipe with variants makes it.")],
    source: Annotated[Path | None, typer.Option(help="Held-out sources, one a line: measures the models anew.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Their references, one a line.")] = None,
    output: OutputOption = None,
    measure: Annotated[Measure, typer.Option(help="What is drawn: fed its own pieces, or after one mistake.")] = "own",
    as_json: JsonOption = False,
) -> None:
    """Show how surely models go on after their own pieces; --source and --reference measure it and write the file."""
    if pairs := _pairs_to_measure(source, reference):
        write_exposure(directory, measure_exposure(directory, pairs, console.print))
    found = load_exposure(directory)
    if output:
        save_figure(go.Figure(exposure_figure(found, measure)), output)
    print(json.dumps(to_plain(found)) if as_json else "\n".join(exposure_table(found)))


def _pairs_to_measure(source: Path | None, reference: Path | None) -> list[Pair]:
    if bool(source) != bool(reference):
        raise ConfigError("--source and --reference belong together: give both to measure, or none to show")
    return read_pairs(source, reference) if source and reference else []


SHOWN = 3
"""Sentences that are shown for each model, where it is better than the other by most."""


def compare(
    model: ModelOption,
    other: Annotated[str, typer.Option("--other", help=f"The other model: a {MODEL_HELP}.")],
    source: Annotated[Path, typer.Option(help="Sources, one a line.")],
    reference: Annotated[Path, typer.Option(help="Their references, one a line.")],
    beam_size: BeamOption = 5,
    other_beam_size: Annotated[
        int | None, typer.Option("--other-beam-size", help="Of the other model, if not the same.")
    ] = None,
    tokenize: Annotated[Tokenizer, typer.Option(help="sacreBLEU's tokenizer; zh for Chinese.")] = "13a",
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Compare without case.")] = False,
    as_json: JsonOption = False,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
) -> None:
    """Two models on the same test set: BLEU and chrF of both, paired bootstrap, and where they differ most."""
    pairs = read_pairs(source, reference)
    translators = [load_translator(name, device, engine) for name in (model, other)]
    check_targets(*(translator.description for translator in translators))
    beams = (beam_size, other_beam_size or beam_size)
    lines = [pair.source for pair in pairs]
    written = [
        [each.target for each in translate_lines(translator, lines, SearchConfig(beam_size=beam, alternatives=0))]
        for translator, beam in zip(translators, beams, strict=True)
    ]
    found = compare_targets(pairs, *written, tokenize=tokenize, lowercase=lowercase)
    wins = {"one": found.one_wins, "other": found.other_wins, "ties": len(pairs) - found.one_wins - found.other_wins}
    if as_json:
        print(json.dumps({**to_plain(found), "wins": wins}, ensure_ascii=False))
        return
    for score in found.scores:
        sides = f"{score.one:.1f} ± {score.one_band:.1f}  {score.other:.1f} ± {score.other_band:.1f}"
        print(f"{score.name}  {sides}  p = {score.p_value:.4f}  {score.signature}")
    print(f"{model} is better {wins['one']} times, {other} {wins['other']} times, alike {wins['ties']} times")
    for name, rows in zip((model, other), found.largest(SHOWN), strict=True):
        for row in rows:
            print(_difference(name, row))


def _difference(better: str, row: Row) -> str:
    return f"{better} +{abs(row.difference):.1f}: {row.source} ||| {row.one} ||| {row.other} ||| {row.reference}"


def read_pairs(source: Path, reference: Path) -> list[Pair]:
    """The pairs of two files, a sentence a line."""
    sources, references = list(read_lines(source)), list(read_lines(reference))
    if len(sources) != len(references) or not sources:
        raise DataError(
            f"expected as many references as sources, and at least one: {source} has {len(sources)} lines, "
            f"{reference} {len(references)}"
        )
    return [Pair(*pair) for pair in zip(sources, references, strict=True)]
