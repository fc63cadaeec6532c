"""The tab Look inside: one sentence, taken apart by hand.

The browser asks (inside_asks), this module answers from the visitor's own tree of translations, which lies in a state
of Gradio and nowhere else, and the browser draws what inside_scenes worked out.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import gradio as gr
import spaces

from s2s.config import SearchConfig, require
from s2s.errors import ConfigError
from s2s.inside.alternatives import options
from s2s.inside.branches import Branches, Turn, grow, grow_all, plant, typed_pieces
from s2s.inside.explanation import MOST_PIECES, agreements, explain
from s2s.inside.gold import GoldExample, gold_examples
from s2s.inside.judgement import judge
from s2s.inside.surgery import effect, is_unchanged, operation, set_weight, sharpen, shift, swap, uniform, without
from s2s.inside.walk import Walk, walk
from s2s.models import DEFAULT_MODELS
from s2s.page import engine, inside_asks, inside_scenes, records
from s2s.page.parts import part
from s2s.page.replies import reply_to
from s2s.page.translate import example, settling
from s2s.search.scoring import Array
from s2s.translator import Translator

CONFIG = SearchConfig(beam_size=5, n_best=5, alternatives=0, tree=True, read_back=0)
Reply = dict[str, Any]


def ask(kept: Branches | None, event: gr.EventData) -> tuple[str, Branches | None]:
    """Answer what the browser asks for."""
    return respond(event._data, kept)


def view(kept: Branches | None, event: gr.EventData) -> str:
    """Answer what the browser asks for beside that, and keep nothing."""
    return respond(event._data, kept)[0]


def respond(asked: Any, kept: Branches | None) -> tuple[str, Branches | None]:
    """Answer an ask.

    Args:
        asked: plain values, with an `id` that is given back.
        kept: what this visitor has taken apart so far.

    Returns:
        The reply, which holds a message if the ask was refused; and what is kept from now on.
    """

    def work(values: Any) -> Reply:
        nonlocal kept
        understood = inside_asks.read_ask(values, inside_asks.KINDS)
        with records.task(f"inside {type(understood).__name__.lower()}"):
            reply, kept = answer(understood, kept)
        return reply

    reply = reply_to(asked, work)
    return reply, kept


def _answer(asked: inside_asks.Ask, kept: Branches | None) -> tuple[Reply, Branches | None]:
    if isinstance(asked, inside_asks.Begin):
        return _begin(asked)
    if kept is None:
        raise ConfigError("There is no sentence yet. Please type one and press the button.")
    translator = engine.at_hand(kept.model)
    match asked:
        case inside_asks.Options():
            return _options(translator, kept, asked), kept
        case inside_asks.Write():
            return _write(translator, kept, asked)
        case inside_asks.Operate():
            return _operate(translator, kept, asked)
        case inside_asks.Show():
            return _show(translator, kept, asked), kept
        case inside_asks.Judge():
            found = judge(translator, kept.source, asked.target)
            return {"judgement": inside_scenes.judgement_scene(found)}, kept
        case inside_asks.Gold():
            return {"gold": _gold(kept.model, asked)}, kept
        case inside_asks.Corpus():
            return {"corpus": _corpus(kept.model)}, kept


answer: Callable[[inside_asks.Ask, Branches | None], tuple[Reply, Branches | None]] = spaces.GPU(duration=20)(_answer)
"""The same on a GPU where the host lends one for a call (ZeroGPU); elsewhere it is the function itself."""


def _begin(ask: inside_asks.Begin) -> tuple[Reply, Branches]:
    translator = engine.at_hand(ask.model)
    limit = engine.SETTINGS.timeout_seconds
    translation = translator.translate(ask.text, CONFIG, time_limit_seconds=limit)
    number = min(max(ask.sentence, 0), len(translation.sentences) - 1)
    branches = grow_all(translator, plant(translation, number), map(Turn.from_plain, ask.turns), limit)
    last = len(branches) - 1
    sentences = {"sentences": [sentence.source for sentence in translation.sentences], "sentence": number}
    shown = _shown(translator, branches, last)
    # What could stand where the model was least sure is there without a press.
    first = inside_asks.Options(branch=last, step=shown["translation"]["least_sure"])
    return {"begun": {"text": ask.text, **sentences}, **shown, **_options(translator, branches, first)}, branches


def _shown(translator: Translator, branches: Branches, number: int) -> Reply:
    walked = _walk(translator, branches, number)
    by_words = translator.pieces.marks_words
    return {
        "tree": inside_scenes.tree_scene(branches),
        "translation": inside_scenes.translation_scene(branches, number, walked, by_words),
    }


def _walk(translator: Translator, branches: Branches, number: int) -> Walk:
    pieces = branches[number].sentence.best.target_pieces
    given = {step: row for step, row in branches.given(number).items() if step < len(pieces)}
    return walk(translator, branches.source, pieces, given)


def _options(translator: Translator, kept: Branches, ask: inside_asks.Options) -> Reply:
    sentence = kept[ask.branch].sentence
    pieces = sentence.best.target_pieces
    require(0 <= ask.step < len(pieces), f"This translation has steps 0 to {len(pieces) - 1}, got {ask.step}.")
    given = {step: row for step, row in kept.given(ask.branch).items() if step <= ask.step}
    found = options(translator, kept.source, pieces[: ask.step], given)
    return {"options": inside_scenes.options_scene(sentence, ask.branch, ask.step, found)}


def _write(translator: Translator, kept: Branches, ask: inside_asks.Write) -> tuple[Reply, Branches]:
    pieces = (ask.piece,) if ask.piece else typed_pieces(translator, kept.source, ask.typed)
    return _grown(translator, kept, Turn(parent=ask.branch, step=ask.step, pieces=pieces))


def _operate(translator: Translator, kept: Branches, ask: inside_asks.Operate) -> tuple[Reply, Branches]:
    if ask.again:
        kept = kept.undone()
    changed = _changed(kept, ask)
    if ask.again and is_unchanged(kept, ask.branch, changed):  # a slider went back to where it had been
        return _shown(translator, kept, ask.branch), kept
    turn = operation(kept, ask.branch, changed)
    reply, kept = _grown(translator, kept, turn)
    number = kept.find(turn) or 0
    found = effect(translator, kept, number)
    return {**reply, "effect": inside_scenes.effect_scene(kept, number, found)}, kept


def _changed(kept: Branches, ask: inside_asks.Operate) -> Array:
    weights = kept[ask.branch].sentence.best.attention
    if weights is None:
        raise ConfigError("This model has no attention: there are no weights to change.")
    rows, columns = list(ask.rows), list(ask.columns)
    _require_places(rows, len(weights), "target")
    changed = weights.astype(float)
    match ask.operation:
        case "temperature":
            changed[rows] = sharpen(changed[rows], ask.amount)
        case "uniform":
            changed[rows] = uniform(changed[rows])
        case "shift":
            changed[rows] = shift(changed[rows], int(ask.amount))
        case "swap":
            require(len(rows) == 2, f"Two rows change places, got {len(rows)}.")
            changed = swap(changed, *rows)
        case "without":
            _require_places(columns, weights.shape[1], "source")
            changed[rows] = without(changed[rows], columns)
        case "weight":
            _require_places(columns, weights.shape[1], "source")
            changed[rows[0]] = set_weight(changed[rows[0]], columns[0], ask.amount)
    return changed


def _require_places(places: list[int], count: int, side: str) -> None:
    right = places and all(0 <= place < count for place in places)
    require(bool(right), f"There are {count} {side} pieces, numbered from 0; got {places!r:.80}.")


def _grown(translator: Translator, kept: Branches, turn: Turn) -> tuple[Reply, Branches]:
    grown = grow(translator, kept, turn, engine.SETTINGS.timeout_seconds)
    return _shown(translator, grown, grown.find(turn) or 0), grown


def _show(translator: Translator, kept: Branches, ask: inside_asks.Show) -> Reply:
    sentence = kept[ask.branch].sentence
    reply = {} if ask.sections else _shown(translator, kept, ask.branch)
    if "beam" in ask.sections:
        reply["beam"] = inside_scenes.beam_scene(translator, ask.branch, sentence)
    if "explanation" in ask.sections:
        found = explain(translator, sentence.source_pieces, sentence.best.target_pieces)
        reply["explanation"] = inside_scenes.explanation_scene(ask.branch, sentence, found)
    if "states" in ask.sections:
        reply["states"] = inside_scenes.states_scene(ask.branch, sentence, _walk(translator, kept, ask.branch))
    return reply


@cache
def _examples(model: str) -> tuple[GoldExample, ...]:
    """The gold pairs as a model sees them: nothing of a visitor."""
    return gold_examples(engine.at_hand(model))


def _some_examples(model: str) -> tuple[GoldExample, ...]:
    found = _examples(model)
    require(
        bool(found), "There are no sentences linked by hand for the languages of this model. Please take another one."
    )
    return found


def _gold(model: str, ask: inside_asks.Gold) -> Reply:
    examples = _some_examples(model)
    number = min(max(ask.pair, 0), len(examples) - 1)
    return inside_scenes.gold_scene(examples, number, ask.weighing, ask.rule, ask.threshold)


@cache
def _corpus(model: str) -> Reply:
    """How far explanations agree over the sources of all gold pairs, as the model translates them, if not too long."""
    translator = engine.at_hand(model)
    sources = [example.pair.source for example in _some_examples(model)]
    best = [translation.sentences[0] for translation in translator.translate_batch(sources)]
    sides = [(sentence.source_pieces, sentence.best.target_pieces) for sentence in best]
    found = [explain(translator, *pair) for pair in sides if max(map(len, pair)) <= MOST_PIECES]
    require(bool(found), "This model's translations are too long to be explained. Please take another one.")
    return {"sentences": len(found), "agreements": inside_scenes.agreements_scene(agreements(found))}


def _worked(model: str) -> tuple[str, Branches | None]:
    """The example of a model, taken apart: the reply and what is kept."""
    text = example(model)
    return respond({"do": "begin", "id": 0, "text": text, "model": model}, None) if text else ("", None)


def build() -> None:
    """Lay out the tab, with an example already worked."""
    first = next(iter(engine.TRANSLATORS))
    reply, kept = _worked(first)
    worked = {language: _worked(model) for language, model in DEFAULT_MODELS.items() if model in engine.TRANSLATORS}
    replies = {language: reply for language, (reply, _) in worked.items()}
    state = gr.State(kept)
    desk = part("inside", reply, worked=replies, model=first, patience_seconds=engine.SETTINGS.timeout_seconds + 10)
    views = part("inside_views")
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "trigger_mode": "multiple"}
    desk.ask(ask, state, [desk, state], **private)
    desk.settle(settling(worked), None, state, **private)
    views.ask(view, state, views, **private)
