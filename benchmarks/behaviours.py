"""What a checkpoint does with what people type: the pass rate of every behaviour (docs/behaviours.md).

    OMP_NUM_THREADS=1 python benchmarks/behaviours.py --model checkpoints/en-fr [--beam-size 5] > en-fr.jsonl

One JSON line a behaviour with all its failing cases, then one for all; a Markdown table with a failing case each is
written to the standard error. Texts of one line without blanks around it go in batches, the others one by one, as the
page does it. The figures are rates of these cases and not of a language: twenty cases leave room for chance.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from peers import emit, say

from s2s.config import SearchConfig
from s2s.errors import TextError
from s2s.forced import reading_back
from s2s.result import Translation
from s2s.translator import Translator
from tests.behaviours import BEHAVIOURS, Direction, Outcome, run

BATCH = 64
"""Texts that are translated at once."""


def translate_all(translator: Translator, config: SearchConfig) -> Callable[[Sequence[str]], list[Translation]]:
    """A translator of all texts; a refusal counts as an empty answer with a warning, since the user is told."""

    def one(text: str) -> Translation:
        try:
            return translator.translate(text, config)
        except TextError as error:
            return Translation(
                source=text, target="", sentences=(), model="", revision="", settings={}, warnings=(str(error),)
            )

    def many(texts: Sequence[str]) -> list[Translation]:
        plain = sorted((text for text in texts if text == " ".join(text.split())), key=len)
        found: dict[str, Translation] = {}
        for start in range(0, len(plain), BATCH):
            batch = plain[start : start + BATCH]
            try:
                found |= dict(zip(batch, translator.translate_batch(batch, config), strict=True))
            except TextError:  # of one of them
                found |= {text: one(text) for text in batch}
        return [found[text] if text in found else one(text) for text in texts]

    return many


def written(outcome: Outcome) -> dict[str, object]:
    """A case as a reader wants to see it; the plain text stands beside it if the two were compared."""
    row: dict[str, object] = {"source": outcome.case.line.source, "target": outcome.answer.target}
    if outcome.case.plain is not None:
        row |= {"plain_source": outcome.case.plain.source, "plain_target": outcome.plain.target}
    return row | ({"warnings": outcome.answer.warnings} if outcome.answer.warnings else {})


def table(outcomes: dict[str, list[Outcome]]) -> str:
    lines = ["| behaviour | kind | passed | a case that failed | its answer |", "| --- | --- | --- | --- | --- |"]
    kinds = {behaviour.name: behaviour.kind for behaviour in BEHAVIOURS}
    for name, found in outcomes.items():
        failed = next((outcome for outcome in found if not outcome.passed), None)
        texts = [] if failed is None else [failed.case.line.source, failed.answer.target]
        cells = [text.replace("\n", " ⏎ ").replace("|", "\\|")[:120] for text in texts] or ["", ""]
        passed = sum(outcome.passed for outcome in found)
        lines.append(f"| {name} | {kinds[name]} | {passed}/{len(found)} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--beam-size", type=int, default=5)
    parser.add_argument("--reverse-model", type=Path, help="of the other direction, which is asked as on the page")
    options = parser.parse_args()
    translator = Translator.load(options.model, "cpu")
    if options.reverse_model:
        translator.read_back = reading_back(Translator.load(options.reverse_model, "cpu"))
    about = translator.description
    direction = Direction(about.source_language, about.target_language)
    settings = {"model": about.name, "revision": translator.revision, "beam_size": options.beam_size}
    outcomes = run(BEHAVIOURS, direction, translate_all(translator, SearchConfig(beam_size=options.beam_size)))
    for name, found in outcomes.items():
        failures = [written(outcome) for outcome in found if not outcome.passed]
        rate = 100 * (1 - len(failures) / len(found))
        emit("s2s", "behaviour", name, rate, "%", cases=len(found), failures=failures, **settings)
    passed = [outcome.passed for found in outcomes.values() for outcome in found]
    emit("s2s", "behaviour", "all", 100 * sum(passed) / len(passed), "%", cases=len(passed), **settings)
    say(table(outcomes))
    say(f"\n{sum(passed):,} of {len(passed):,} cases of {len(outcomes)} behaviours passed.")


if __name__ == "__main__":
    main()
