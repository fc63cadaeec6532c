"""The verbs that use a model."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer

from s2s.batch import BATCH_LINES, translate_lines
from s2s.benchmark import benchmark
from s2s.cli.loading import load_translator, load_with_reverse
from s2s.cli.options import (
    BeamOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    ModelOption,
    ReverseOption,
    SearchOption,
    search_config,
    standard_input,
)
from s2s.config import SearchConfig, Task, Tokenizer
from s2s.corpora import Pair, read_lines
from s2s.errors import TextError
from s2s.figures import attention_figure, save_figure
from s2s.metrics import LENGTH_BUCKETS, Score, bucket_name, bucket_of, score_task
from s2s.perplexity import perplexity
from s2s.result import Translation
from s2s.sentences import split_sentences
from s2s.translator import Translator


def translate(
    model: ModelOption,
    beam_size: BeamOption = 5,
    n_best: Annotated[int, typer.Option(help="Hypotheses a line; above 1: line number ||| text ||| score.")] = 1,
    as_json: JsonOption = False,
    batch_size: Annotated[int, typer.Option(help="Lines that a core takes at once.", min=1)] = BATCH_LINES,
    reverse_model: ReverseOption = None,
    settings: SearchOption = None,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
) -> None:
    """Translate standard input line by line to standard output.

    With a model of the other direction, the hypotheses from which it would tell the source again come first.
    """
    config = search_config(settings, beam_size=beam_size, n_best=n_best, alternatives=5 if as_json else 0)
    translator = load_with_reverse(model, reverse_model, device, engine)
    for number, translation in enumerate(translate_lines(translator, standard_input(), config, batch_size)):
        if as_json:
            print(translation.to_json())
        elif n_best == 1:
            print(translation.target)
        else:
            for target, score in _ranked(translation, translator):
                print(f"{number} ||| {target} ||| {score:.4f}")


def _ranked(translation: Translation, translator: Translator) -> Iterator[tuple[str, float]]:
    """The targets of a whole line with their mean scores: those of its best hypotheses first."""
    passage = split_sentences(translation.source, translator.splits_by)
    for rank in range(max((len(sentence.hypotheses) for sentence in translation.sentences), default=0)):
        found = [sentence.hypotheses[: rank + 1][-1] for sentence in translation.sentences]
        target = passage.join([hypothesis.target for hypothesis in found], translator.description.target_language)
        yield target, fmean(hypothesis.score for hypothesis in found)


def evaluate(
    model: ModelOption,
    source: Annotated[Path, typer.Option(help="Sources, one a line.")],
    reference: Annotated[Path, typer.Option(help="Their references, one a line.")],
    beam_size: BeamOption = 5,
    tokenize: Annotated[Tokenizer, typer.Option(help="sacreBLEU's tokenizer; zh for Chinese.")] = "13a",
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Compare without case.")] = False,
    as_json: JsonOption = False,
    reverse_model: ReverseOption = None,
    settings: SearchOption = None,
    device: DeviceOption = None,
    engine: EngineOption = "auto",
) -> None:
    """BLEU and chrF against references, over all and by source length, with 95 % bands.

    Of summaries ROUGE too; of answers in a dialogue perplexity, and how varied they are.
    """
    sources, references = list(read_lines(source)), list(read_lines(reference))
    translator = load_with_reverse(model, reverse_model, device, engine)
    config = search_config(settings, beam_size=beam_size, alternatives=0)
    hypotheses = [translation.target for translation in translate_lines(translator, sources, config)]
    task = translator.description.task
    scores = score_task(task, hypotheses, references, tokenize=tokenize, lowercase=lowercase)
    of_a_part: Task = task
    if task == "dialogue":
        scores.insert(0, perplexity(translator, list(map(Pair, sources, references))))
        of_a_part = "text"  # how varied answers are depends on their number
    buckets: list[tuple[str, int, list[Score]]] = []
    for index in range(len(LENGTH_BUCKETS)):
        rows = [row for row, text in enumerate(sources) if bucket_of(text) == index]
        if rows:
            parts = [hypotheses[row] for row in rows], [references[row] for row in rows]
            found = score_task(of_a_part, *parts, tokenize=tokenize, lowercase=lowercase)
            buckets.append((bucket_name(index), len(rows), found))
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


def plot(
    model: ModelOption,
    text: Annotated[str, typer.Option(help="The sentence to translate.")],
    output: Annotated[Path, typer.Option(help="The figure's file: .html, .png, .svg or .pdf.")],
    beam_size: BeamOption = 5,
    device: DeviceOption = None,
) -> None:
    """Translate one sentence and draw its attention."""
    translation = load_translator(model, device).translate(text, SearchConfig(beam_size=beam_size))
    if len(translation.sentences) > 1:
        raise TextError(f"one sentence makes one figure; got {len(translation.sentences)}: please give one of them")
    save_figure(attention_figure(translation.sentences[0]), output)
    print(translation.target)


def measure(model: ModelOption, device: DeviceOption = None, engine: EngineOption = "auto") -> None:
    """Time the translation of standard input on this machine, as JSON lines."""
    lines = list(standard_input())
    for figures in benchmark(load_translator(model, device, engine), lines):
        print(json.dumps(figures), flush=True)
