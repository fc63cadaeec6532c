"""What programs ask the page for: typed pure functions, over REST, with gradio_client and, if it is installed, MCP."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, get_args

import gradio as gr
import spaces
from gradio.events import api

from s2s.alignment import links_of
from s2s.config import SearchConfig, from_plain
from s2s.constraints import Constraints
from s2s.errors import ConfigError, S2SError, TextError
from s2s.forced import EMPTY, Weighing, force
from s2s.page import dialogue, engine, records
from s2s.page.leaving import LeftError
from s2s.page.limits import LIMITS
from s2s.page.messages import BROKE
from s2s.page.request import check_beam
from s2s.words import merge_attention

P = ParamSpec("P")
R = TypeVar("R")


def _told(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, whose errors a client is told as they are."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except S2SError as error:
            raise gr.Error(str(error), print_exception=False) from None
        except LeftError as left:
            raise gr.Error("Nobody waits any longer.", print_exception=False) from left
        except Exception as error:
            records.note_error(function.__name__, error)
            raise gr.Error(BROKE, print_exception=False) from None

    return told


@_told
def translate(text: str, model: str = "", beam_size: int = 5) -> dict[str, Any]:
    """Translate a text and return the whole result: pieces, attention, log-probabilities, alternatives.

    Args:
        text: What to translate, at most 2,000 characters.
        model: The name of a model, as `models` lists them; if it is empty, the first of them.
        beam_size: How many hypotheses are kept at each step, from 1 to 10.
    """
    *_, translation = engine.stream(_name(model), text, SearchConfig(beam_size=check_beam(beam_size)))
    return translation.to_plain()


@_told
@records.task("alternatives")
@spaces.GPU(duration=20)  # type: ignore[untyped-decorator]
def alternatives(text: str, beginning: list[str] | None = None, model: str = "", count: int = 10) -> dict[str, Any]:
    """The likeliest next pieces after a beginning of the translation, and how the model would go on from there.

    Args:
        text: One sentence.
        beginning: Target pieces that are given, as `target_pieces` of a result names them.
        model: The name of a model, as `models` lists them; if it is empty, the first of them.
        count: How many alternatives, from 1 to 50.
    """
    if type(count) is not int or not 1 <= count <= LIMITS.alternatives:
        raise TextError(f"The number of alternatives must be from 1 to {LIMITS.alternatives}, got {count!r:.80}.")
    given = [] if beginning is None else beginning
    if not isinstance(given, list) or not all(isinstance(piece, str) for piece in given):
        raise TextError("The beginning is a list of pieces, each of them a text.")
    pieces = tuple(given)
    config = SearchConfig(beam_size=1, alternatives=count)
    translation = engine.at_hand(_name(model)).translate(
        _text(text), config, Constraints(prefix_pieces=pieces), time_limit_seconds=engine.SETTINGS.timeout_seconds
    )
    best = translation.sentences[0].best
    if len(pieces) >= len(best.target_pieces):
        raise TextError("The beginning ends the translation: nothing follows </s>. Please leave it out.")
    found = best.to_plain()
    return {
        "alternatives": found["alternatives"][len(pieces)],
        "target": best.target,
        "target_pieces": list(best.target_pieces),
    }


@_told
@records.task("align")
@spaces.GPU(duration=20)  # type: ignore[untyped-decorator]
def align(source: str, target: str, model: str = "", weighing: str = "posterior") -> dict[str, Any]:
    """Link the words of a translation to the source words that they come from, for a model that is made to write it.

    Args:
        source: The source, one line; its words are what stands between blanks.
        target: A translation of it, one line.
        model: The name of a model, as `models` lists them; if it is empty, the first of them.
        weighing: `attention` is where the model looks before it writes a word; `posterior`, which links better, which
            words the written one is likely to come from.
    """
    if weighing not in (known := get_args(Weighing)):
        raise ConfigError(f"The weighing must be one of {', '.join(known)}, got {weighing!r:.80}.")
    translator, texts = engine.at_hand(_name(model)), ([_text(source)], [_text(target)])
    (pair,) = force(translator, *texts)
    if pair is EMPTY:
        raise TextError("The source or the target is empty. Please give a sentence and its translation.")
    if weighing == "posterior":
        if max(pair.weights.shape) > LIMITS.weighed_pieces:
            longest, most = max(pair.weights.shape), LIMITS.weighed_pieces
            raise TextError(
                f"This pair has {longest} pieces on a side; at most {most} are weighed once they are written. "
                "Please shorten it, or ask with the weighing attention."
            )
        (pair,) = force(translator, *texts, "posterior")
    weights = merge_attention(pair.weights, pair.source, pair.target)
    return {
        "source_words": list(pair.source.texts),
        "target_words": list(pair.target.texts),
        "weights": [[float(str(weight)) for weight in row] for row in weights],
        "links": [list(link) for link in sorted(links_of(weights))],
    }


@_told
def chat(
    turns: list[str],
    model: str = "",
    method: str = "beam",
    temperature: float = 1.0,
    top_p: float = 1.0,
    seed: int = 1,
) -> dict[str, Any]:
    """Answer the last turn of a dialogue and return the whole result; the turn before it is read too.

    Args:
        turns: The turns of both sides, in their order: at most 100, and at most 500 characters the last one.
        model: The name of a model of dialogues, as `models` lists them; if it is empty, the first of them.
        method: `beam` for the likeliest answer, `sample` for one that is drawn.
        temperature: Of `sample`: below 1 keeps to likely words, above 1 dares more.
        top_p: Of `sample`: only the likeliest pieces that hold this share of the probability are drawn from.
        seed: Of `sample`: the same one draws the same answer.
    """
    values = {"turns": turns, "method": method, "temperature": temperature, "top_p": top_p, "seed": seed}
    asked, name = from_plain(dialogue.Asked, values), model or dialogue.model()
    if engine.find(name).description.task != "dialogue":
        raise ConfigError(f"The model {name} answers no turns of dialogues. Please ask it by /translate.")
    return dialogue.reply(asked, name, alternatives=5).to_plain()


def models() -> list[dict[str, Any]]:
    """The models at hand, the default one first: names, languages, revisions, licences, scores."""
    return [
        {
            "name": name,
            "task": translator.description.task,
            "source_language": translator.description.source_language,
            "target_language": translator.description.target_language,
            "description": translator.description.description,
            "revision": translator.revision,
            "licence": translator.description.licence,
            "scores": translator.description.scores,
        }
        for name, translator in engine.TRANSLATORS.items()
    ]


def offer() -> None:
    """Offer all of them to programs; the page's own events are private."""
    for function in (translate, alternatives, align, chat, models):
        api(function, api_name=function.__name__)


def _name(model: str) -> str:
    return next(iter(engine.TRANSLATORS)) if model == "" else model


def _text(text: str) -> str:
    if not isinstance(text, str):
        raise TextError(f"The text must be a string, got {text!r:.80}.")
    return text
