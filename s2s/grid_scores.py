"""Measures a grid: each model's BLEU by length, its links, its speed; what its training scored is taken from there."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from s2s.alignment import Gold, links_of, score_links
from s2s.batch import translate_lines
from s2s.checkpoint import CONFIG
from s2s.config import AttentionKind, CellKind, SearchConfig
from s2s.corpora import Pair
from s2s.errors import CheckpointError
from s2s.forced import force
from s2s.grid import Cell, Grid, LengthScore
from s2s.lengths import Group, group_by_length
from s2s.metrics import score_corpus
from s2s.translator import Translator
from s2s.words import merge_attention

SEARCH = SearchConfig(beam_size=5, alternatives=0)
LEAST = 300
"""Pairs of each length bucket."""
ONE_BY_ONE = 100
"""Lines that are translated one at a time, for the milliseconds."""


def measure_grid(
    directory: Path, pairs: Sequence[Pair], gold: Gold | None = None, tell: Callable[[str], None] = lambda _: None
) -> Grid:
    """Measure the checkpoints in `directory`, which are those of one grid.

    Args:
        directory: a folder of checkpoints.
        pairs: held-out pairs, the same for all models.
        gold: pairs with links that people drew.
        tell: is told the name of each model before its turn.

    Raises:
        CheckpointError: there is no checkpoint, one is damaged, or they are of several recipes.
    """
    folders = sorted(path.parent for path in directory.glob(f"*/{CONFIG}"))
    if not folders:
        raise CheckpointError(f"there is no checkpoint in {directory}: train a recipe with a grid first")
    groups = group_by_length(pairs, LEAST)
    cells, facts = [], []
    for folder in folders:
        tell(folder.name)
        translator = Translator.load(folder)
        cells.append(_measure(translator, folder.name, pairs, groups, gold))
        described = translator.description
        scores = described.scores
        signature = scores.get("BLEU", scores["chrF"])["signature"]
        facts.append((described.source_language, described.target_language, scores["test_pairs"], signature))
    if len(set(facts)) > 1:
        raise CheckpointError(f"the models in {directory} are not of one grid: they differ in languages or test")
    source, target, test_pairs, signature = facts[0]
    cells.sort(key=lambda cell: (get_args(CellKind).index(cell.cell), get_args(AttentionKind).index(cell.attention)))
    return Grid(
        source_language=source,
        target_language=target,
        test_pairs=test_pairs,
        signature=signature,
        gold_pairs=len(gold.pairs) if gold else 0,
        cells=tuple(cells),
    )


def _measure(
    translator: Translator, name: str, pairs: Sequence[Pair], groups: Sequence[Group], gold: Gold | None
) -> Cell:
    config, training, scores = translator.model.config, translator.description.training, translator.description.scores
    lines = [pair.source for pair in pairs[:ONE_BY_ONE]]
    return Cell(
        name=name,
        cell=config.cell,
        attention=config.attention,
        parameters=training["parameters"],
        bleu=scores["BLEU"]["value"] if "BLEU" in scores else None,
        chrf=scores["chrF"]["value"],
        error_rate=_error_rate(translator, gold) if gold and config.attention != "none" else None,
        milliseconds=round(statistics.median(translator.translate(line, SEARCH).timing_ms for line in lines), 1),
        minutes=training["minutes"],
        updates=training["updates"],
        seed=training["seed"],
        by_length=tuple(_score_group(translator, group) for group in groups),
    )


def _error_rate(translator: Translator, gold: Gold) -> float:
    forced = force(translator, [pair.source for pair in gold.pairs], [pair.target for pair in gold.pairs])
    found = [links_of(merge_attention(each.weights, each.source, each.target)) for each in forced]
    return round(score_links(found, gold.pairs).error_rate, 4)


def _score_group(translator: Translator, group: Group) -> LengthScore:
    translator.splits_by = None  # a joined text is one long sentence here
    hypotheses = [each.target for each in translate_lines(translator, [pair.source for pair in group.pairs], SEARCH)]
    scores = {score.name: score for score in score_corpus(hypotheses, [pair.target for pair in group.pairs])}
    bleu = scores.get("BLEU")
    return LengthScore(
        words=group.words,
        sentences=len(group.pairs),
        joined=group.joined,
        bleu=round(bleu.value, 2) if bleu else None,
        band=round(bleu.band, 2) if bleu and bleu.band is not None else None,
    )
