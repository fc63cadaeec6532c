"""The command line: python -m s2s VERB. One line in, one line out, so that it works in pipes.

Exit codes: 0 fine, 2 the user's mistake (one clear message, no traceback), 1 anything else.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from s2s.batch import BATCH_LINES, translate_lines
from s2s.benchmark import benchmark
from s2s.config import SearchConfig, Tokenizer, from_plain, read_settings
from s2s.corpora import read_lines
from s2s.engine import EngineKind
from s2s.errors import S2SError, TextError
from s2s.export import export_checkpoint
from s2s.figures import attention_figure, save_figure
from s2s.metrics import LENGTH_BUCKETS, Score, bucket_of, score_corpus
from s2s.models import find_models
from s2s.prepare import prepare as prepare_files
from s2s.recipe import load_recipe
from s2s.text import check_text
from s2s.training import Trainer, join_ranks
from s2s.translator import MAX_CHARACTERS, Translator
from s2s.watch import watch_training

app = typer.Typer(
    help="Attention Seq2Seq models that can be seen at work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)

ModelOption = Annotated[str, typer.Option("--model", help="A checkpoint folder.")]
BeamOption = Annotated[int, typer.Option("--beam-size", help="Hypotheses kept at each step; 1 is greedy search.")]
DeviceOption = Annotated[str | None, typer.Option("--device", help="cpu, cuda, mps; by default the best there is.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]
EngineOption = Annotated[
    EngineKind, typer.Option(help="torch, onnx (8 bits, on the CPU); by default the quickest there is.")
]
SearchOption = Annotated[
    list[str] | None, typer.Option("--search", help="setting=value of the search, such as no_repeat_ngram=4.")
]
RecipeArgument = Annotated[Path, typer.Argument(help="A TOML file, such as those in recipes/.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="section.key=value, instead of the recipe's.")]


@app.command()
def translate(
    model: ModelOption,
    beam_size: BeamOption = 5,
    n_best: Annotated[int, typer.Option(help="Hypotheses a line; above 1: line number ||| text ||| score.")] = 1,
    as_json: JsonOption = False,
    batch_size: Annotated[int, typer.Option(help="Lines searched together.", min=1)] = BATCH_LINES,
    settings: SearchOption = None,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
) -> None:
    """Translate standard input line by line to standard output."""
    config = _search_config(settings, beam_size=beam_size, n_best=n_best, alternatives=5 if as_json else 0)
    translator = Translator.load(model, device, engine)
    for number, translation in enumerate(translate_lines(translator, _standard_input(), config, batch_size)):
        if as_json:
            print(translation.to_json())
        elif n_best == 1:
            print(translation.target)
        else:
            for sentence in translation.sentences:
                for hypothesis in sentence.hypotheses:
                    print(f"{number} ||| {hypothesis.target} ||| {hypothesis.score:.4f}")


def _search_config(settings: list[str] | None, **options: Any) -> SearchConfig:
    return from_plain(SearchConfig, read_settings(options, settings or ()))


def _standard_input() -> Iterator[str]:
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


@app.command()
def evaluate(
    model: ModelOption,
    source: Annotated[Path, typer.Option(help="Sources, one a line.")],
    reference: Annotated[Path, typer.Option(help="Their references, one a line.")],
    beam_size: BeamOption = 5,
    tokenize: Annotated[Tokenizer, typer.Option(help="sacreBLEU's tokenizer; zh for Chinese.")] = "13a",
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Compare without case.")] = False,
    as_json: JsonOption = False,
    settings: SearchOption = None,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
) -> None:
    """BLEU and chrF against references, over all and by source length, with 95 % bootstrap bands."""
    sources, references = list(read_lines(source)), list(read_lines(reference))
    translator = Translator.load(model, device, engine)
    config = _search_config(settings, beam_size=beam_size, alternatives=0)
    hypotheses = [translation.target for translation in translate_lines(translator, sources, config)]
    scores = score_corpus(hypotheses, references, tokenize=tokenize, lowercase=lowercase)
    buckets: list[tuple[str, int, list[Score]]] = []
    for index, (first, last) in enumerate(LENGTH_BUCKETS):
        rows = [row for row, text in enumerate(sources) if bucket_of(text) == index]
        if rows:
            parts = [hypotheses[row] for row in rows], [references[row] for row in rows]
            words = f"{first}-{last}" if last else f">{first - 1}"
            buckets.append((words, len(rows), score_corpus(*parts, tokenize=tokenize, lowercase=lowercase)))
    if as_json:
        by_length = [
            {"words": words, "sentences": n, "scores": [asdict(s) for s in found]} for words, n, found in buckets
        ]
        print(json.dumps({"scores": [asdict(score) for score in scores], "by_length": by_length}))
        return
    for score in scores:
        print(f"{score.name} {score}  {score.signature}")
    for words, sentences, found in buckets:
        values = "  ".join(f"{score.name} {score}" for score in found)
        print(f"{words:>5} words, {sentences:,} sentences: {values}")


@app.command()
def plot(
    model: ModelOption,
    text: Annotated[str, typer.Option(help="The sentence to translate.")],
    output: Annotated[Path, typer.Option(help="The figure's file: .html, .png, .svg or .pdf.")],
    beam_size: BeamOption = 5,
    device: DeviceOption = None,
) -> None:
    """Translate one sentence and draw its attention."""
    translation = Translator.load(model, device).translate(text, SearchConfig(beam_size=beam_size))
    if len(translation.sentences) > 1:
        raise TextError(f"one sentence makes one figure; got {len(translation.sentences)} lines")
    save_figure(attention_figure(translation.sentences[0]), output)
    print(translation.target)


@app.command(name="benchmark")
def measure(model: ModelOption, device: DeviceOption = None, engine: EngineOption = "auto") -> None:
    """Time the translation of standard input on this machine, as JSON lines."""
    lines = list(_standard_input())
    for figures in benchmark(Translator.load(model, device, engine), lines):
        print(json.dumps(figures), flush=True)


@app.command()
def models() -> None:
    """List the checkpoints at hand: name, languages, description."""
    for name, description in find_models().items():
        languages = f"{description.source_language}→{description.target_language}"
        print(f"{name}\t{languages}\t{description.description}")


@app.command()
def prepare(recipe: RecipeArgument, settings: SetOption = None) -> None:
    """Split a recipe's pairs into training, validation and test, and learn its pieces."""
    report = prepare_files(load_recipe(recipe, tuple(settings or ())))
    for remark in report.remarks:
        console.print(remark)
    for split, pairs in report.pairs.items():
        print(f"{split}\t{pairs}")


@app.command()
def train(
    recipe: RecipeArgument,
    settings: SetOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last saved state.")] = False,
    device: DeviceOption = None,
) -> None:
    """Train a recipe and write its checkpoint and report; Ctrl-C saves, --resume goes on."""
    loaded = load_recipe(recipe, tuple(settings or ()))
    directory = Path(loaded.training.directory) / loaded.name
    state = directory / "state.safetensors"
    if state.exists() and not resume:
        raise S2SError(f"{state} is there already: go on with --resume, or move it away to start anew")
    with join_ranks(device) as (ranks, place):
        trainer = Trainer(loaded, place, ranks, state=state if resume else None)
        watch_training(trainer, state, console)
        if not ranks.is_first:
            return
        if not trainer.finished:
            console.print(f"Saved to {state}. Go on with --resume.")
            return
        description = export_checkpoint(trainer, directory)
    print(json.dumps(description.scores))
    console.print(f"The checkpoint is {directory / 'checkpoint'}, the report {directory / 'report.html'}.")


@app.command()
def serve() -> None:
    """Start the page (settings: the environment variables S2S_…, see README)."""
    from s2s.page import launch_page  # Gradio takes seconds to load; the other verbs do without it

    launch_page()


def main() -> None:
    """Run the command line."""
    try:
        app()
    except S2SError as error:
        print(f"s2s: {error}", file=sys.stderr)
        sys.exit(2)
