"""What the browser draws in the tab Look inside: plain values, worked out here, so that the browser only draws."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from s2s.alignment import AlignmentScore
from s2s.colours import colour_scales
from s2s.explain import Agreement
from s2s.figures import attention_spec
from s2s.figures_inside import gold_figure, path_figure, rows_figure, tree_figure
from s2s.forced import Weighing
from s2s.inside.alternatives import Option, unsure_steps
from s2s.inside.beam_tree import lay_out, pieces_to
from s2s.inside.branches import Branches
from s2s.inside.differences import Part, differences
from s2s.inside.explanation import Agreements, Explanation, agreements
from s2s.inside.gold import GoldExample, LinkRule, links_by, score_rule
from s2s.inside.judgement import Judgement
from s2s.inside.states import state_paths
from s2s.inside.surgery import Effect
from s2s.inside.walk import Walk
from s2s.page.scene import sentence_parts
from s2s.punctuation import without_blanks
from s2s.result import END_PIECE, Alternative, Sentence
from s2s.translator import Translator
from s2s.view import View
from s2s.words import words_of_pieces

PIECES = View()
COLOURS = colour_scales(PIECES)
Scene = dict[str, Any]


def tree_scene(branches: Branches) -> Scene:
    """All branches, each with what it has that its parent has not."""
    return {
        "source": branches.source,
        "model": branches.model,
        "turns": [turn.to_plain() for turn in branches.turns],
        "branches": [_branch(branches, number) for number in range(len(branches))],
    }


def _branch(branches: Branches, number: int) -> Scene:
    branch = branches[number]
    sentence, turn = branch.sentence, branch.turn
    if turn is None:
        return {"parent": None, "kind": "own", "at": "", "parts": [[sentence.best.target, False]]}
    parent = branches[turn.parent].sentence
    _, parts = differences(_words(parent), _words(sentence))
    at = parent.best.target_pieces[turn.step]
    kind = "weights" if turn.attention else "word"
    return {"parent": turn.parent, "kind": kind, "at": _readable(parent, at), "parts": _plain(parts)}


def _words(sentence: Sentence) -> list[str]:
    return sentence.best.target.split()


def _plain(parts: Sequence[Part]) -> list[list[Any]]:
    return [[" ".join(part.words), part.is_new] for part in parts]


def _readable(sentence: Sentence, piece: str) -> str:
    return sentence.written(piece).replace("▁", " ").strip() or piece


def translation_scene(branches: Branches, number: int, walked: Walk, by_words: bool) -> Scene:
    """One branch: its words to press, where the model was unsure, and the weights to operate on.

    Args:
        branches: all of them.
        number: which one.
        walked: its target.
        by_words: whether its pieces make words; else each piece is pressed by itself.
    """
    sentence = branches[number].sentence
    pieces = sentence.best.target_pieces
    words = words_of_pieces(pieces) if by_words else None
    of_pieces = words.of_pieces if words else [None if piece == END_PIECE else at for at, piece in enumerate(pieces)]
    count = len(words.texts) if words else sum(word is not None for word in of_pieces)
    unsure = {of_pieces[step] for step in unsure_steps(walked)}
    sources = words_of_pieces(sentence.source_pieces).of_pieces if by_words else range(len(sentence.source_pieces))
    return {
        "number": number,
        "parts": list(sentence_parts(sentence, 0, 0)) if by_words else _piece_parts(sentence),
        "steps": [of_pieces.index(word) for word in range(count)],
        "end": len(pieces) - 1 if pieces[-1] == END_PIECE else None,
        "least_sure": of_pieces.index(of_pieces[int(walked.margins.argmin())]),
        "unsure": sorted(word for word in unsure if word is not None),
        "pieces": [_readable(sentence, piece) for piece in pieces],
        "source_pieces": [_readable(sentence, piece) for piece in sentence.source_pieces],
        "source_words": list(sources),
        "figure": attention_spec(sentence, 0, PIECES),
        "given": sorted(branches.given(number)),
        "colours": COLOURS,
        "second": sentence.hypotheses[:2][-1].target,
    }


def _piece_parts(sentence: Sentence) -> list[list[Any]]:
    best = sentence.best
    pairs = zip(best.target_pieces, np.exp(best.log_probs).round(4).tolist(), strict=True)
    return [
        [_readable(sentence, piece), 0, number, probability]
        for number, (piece, probability) in enumerate(pairs)
        if piece != END_PIECE
    ]


def options_scene(sentence: Sentence, branch: int, step: int, found: Sequence[Option]) -> Scene:
    """What could stand at a step."""
    here = sentence.best.target_pieces[step]
    return {
        "branch": branch,
        "step": step,
        "options": [
            {
                "piece": option.piece,
                "text": _readable(sentence, option.piece),
                "word": sentence.written(option.word),
                "probability": option.probability,
                "is_here": option.piece == here,
                "is_end": option.piece == END_PIECE,
            }
            for option in found
        ],
    }


def effect_scene(branches: Branches, number: int, found: Effect) -> Scene:
    """What other weights did to the next piece, and to the words."""
    sentence, turn = branches[number].sentence, branches[number].turn
    parent = branches[turn.parent if turn else 0].sentence
    before, after = differences(_words(parent), _words(sentence))

    def named(alternatives: Sequence[Alternative]) -> list[list[Any]]:
        return [[_readable(sentence, item.piece), float(np.exp(item.log_prob))] for item in alternatives]

    return {
        "branch": number,
        "step": found.step,
        "bits": found.divergence_bits,
        "before": _plain(before),
        "after": _plain(after),
        "likely_before": named(found.before),
        "likely_after": named(found.after),
    }


def beam_scene(translator: Translator, number: int, sentence: Sentence) -> Scene:
    """The tree of the search that found a branch."""
    places = lay_out(sentence.tree)
    pieces, source = translator.pieces, translator.read(sentence.source)
    texts = [pieces.write(pieces.ids(pieces_to(sentence, node)), source, complete=False) for node in range(len(places))]
    nodes = [
        {
            "text": text,
            "score": place.score,
            "fate": place.fate,
            "rank": place.rank,
            "probability": float(np.exp(place.log_prob)),
        }
        for text, place in zip(texts, places, strict=True)
    ]
    return {"branch": number, "figure": tree_figure(places, sentence), "nodes": nodes}


def judgement_scene(found: Judgement) -> Scene:
    """A translation of the visitor's own, word by word."""
    sentence = found.sentence
    best = sentence.best
    words = words_of_pieces(best.target_pieces, keep_end=True)
    rows: list[Scene] = [{"word": sentence.written(text), "bits": 0.0, "rank": 1} for text in words.texts]
    for step, word in enumerate(words.of_pieces):
        if word is not None:
            rows[word]["bits"] += found.surprisals_bits[step]
            rows[word]["rank"] = max(rows[word]["rank"], found.ranks[step])
    parting = None
    if found.parting is not None and found.preferred is not None:
        parting = {
            "word": words.of_pieces[found.parting],
            "instead": sentence.written(found.preferred.word) or END_PIECE,
            "probability": found.preferred.probability,
        }
    return {
        "target": best.target,
        "words": rows,
        "parting": parting,
        "bits": sum(found.surprisals_bits),
        "score": best.score,
        "figure": attention_spec(sentence, 0, PIECES),
        "colours": COLOURS,
    }


def explanation_scene(number: int, sentence: Sentence, found: Explanation) -> Scene:
    """For each step, three rows of weights; and how far they agree over the sentence."""
    names = {"attention": found.attention, "gradient × input": found.gradient, "leave-one-out": found.left_out}
    return {
        "branch": number,
        "pieces": [_readable(sentence, piece) for piece in sentence.best.target_pieces],
        "figure": rows_figure(sentence, {name: rows[0] for name, rows in names.items()}),
        "weights": [np.round(rows, 6).tolist() for rows in names.values()],
        "agreements": agreements_scene(agreements([found])),
        "colours": COLOURS,
    }


def agreements_scene(found: Agreements) -> list[Scene]:
    """Of attention with gradient × input, with leave-one-out, and of these two with each other."""

    def plain(agreement: Agreement) -> Scene:
        known = not np.isnan(agreement.spearman)
        return {"spearman": agreement.spearman if known else None, "top_1": agreement.top_1, "steps": agreement.steps}

    return [plain(each) for each in found]


def gold_scene(
    examples: tuple[GoldExample, ...], number: int, weighing: Weighing, rule: LinkRule, threshold: float
) -> Scene:
    """One pair with links by hand, and the scores of a rule on it and on all."""
    example = examples[number]
    weights = example.weights[weighing]
    scores = [score_rule(each, rule, threshold, weighing) for each in ((example,), examples)]
    return {
        "pair": number,
        "pairs": [without_blanks(each.pair.source)[0] for each in examples],
        "weighing": weighing,
        "rule": rule,
        "threshold": threshold,
        "figure": gold_figure(example.pair, weights, links_by(weights, rule, threshold)),
        "colours": COLOURS,
        "scores": [_score(score) for score in scores],
    }


def _score(score: AlignmentScore) -> Scene:
    return {"precision": score.precision, "recall": score.recall, "error_rate": score.error_rate}


def states_scene(number: int, sentence: Sentence, walked: Walk) -> Scene:
    """The ways through the encoder's and the decoder's states."""
    encoder, decoder = state_paths(walked)
    sources = [sentence.written(piece) for piece in sentence.source_pieces]
    targets = [sentence.written(piece) for piece in sentence.best.target_pieces]
    return {
        "branch": number,
        "encoder": path_figure(encoder, sources),
        "decoder": path_figure(decoder, targets),
        "shares": [sum(encoder.shares), sum(decoder.shares)],
    }
