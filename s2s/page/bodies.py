"""What is in the body of a request, checked before Gradio sees it, which answers much that is wrong by an error.

A body that passes names a function of the page, gives it as many values as it takes, and nests no deeper than allowed;
what the values are is checked where they are used (request.py, inside_asks.py, programs.py).
"""

import inspect
import json
import math
import re
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction

from s2s.page.limits import LIMITS
from s2s.page.refusal import RefusalError

NAME = re.compile(r"[\w-]+", re.ASCII)


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises:
        RefusalError: it is none, nests too deeply, or holds what is no finite number: Gradio could not write it back.
    """
    try:
        values = json.loads(body, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise RefusalError(400, "The body of the request is no JSON. Please send an object, such as {...}.") from None
    if not isinstance(values, dict):
        raise RefusalError(400, "The body of the request is no JSON object. Please send an object, such as {...}.")
    if not _is_flat(values, LIMITS.depth):
        raise _too_deep()
    return values


def check_session(value: Any) -> str:
    """What a visit calls itself, or a RefusalError."""
    if not isinstance(value, str) or not 1 <= len(value) <= LIMITS.session_name or not NAME.fullmatch(value):
        raise RefusalError(
            400, f"A session_hash is 1 to {LIMITS.session_name} letters, digits, - or _. Please choose another one."
        )
    return value


def check_ask(page: gr.Blocks, values: dict[str, Any]) -> None:
    """An event of the page, or a call of gradio_client, for the queue; raises a RefusalError if it is none."""
    check_session(values.get("session_hash"))
    function = _numbered(page, values.get("fn_index"))
    if not function.queue:
        raise _unknown()
    _check_values(function, values.get("data"))
    _check_rest(values)


def check_direct(page: gr.Blocks, name: str, values: dict[str, Any]) -> None:
    """An event of the page that waits for nobody; raises a RefusalError if it is none."""
    if values.get("session_hash") is not None:
        check_session(values["session_hash"])
    if values.get("fn_index") is None and name in _programs(page):
        raise RefusalError(404, f"Programs wait their turn. Please send the request to /gradio_api/call/{name}.")
    function = _numbered(page, values.get("fn_index"))
    if function.queue:
        raise _unknown()
    _check_values(function, values.get("data"))
    _check_rest(values)


def check_call(page: gr.Blocks, name: str, values: dict[str, Any], *, by_name: bool) -> None:
    """A call of a program; raises a RefusalError if it is none.

    Args:
        page: whose functions are called.
        name: of the function.
        values: of the body.
        by_name: whether these are the function's values themselves, instead of a list of them as `data`.
    """
    function = _programs(page).get(name)
    if function is None:
        known = ", ".join(_programs(page))
        raise RefusalError(404, f"There is no function of this name. Please choose one of: {known}.")
    if not by_name:
        if values.get("session_hash") is not None:
            check_session(values["session_hash"])
        _check_values(function, values.get("data"))
        _check_rest(values)
        return
    taken = inspect.signature(function.fn).parameters  # type: ignore[arg-type]
    needed = [each.name for each in taken.values() if each.default is inspect.Parameter.empty]
    if not set(needed) <= set(values) <= set(taken):
        raise RefusalError(
            422, f"The function {name} takes the values {', '.join(taken) or 'of none'}. Please send these."
        )


def _programs(page: gr.Blocks) -> dict[str, BlockFunction]:
    functions = [function for function in page.fns.values() if function.api_visibility == "public"]
    return {str(function.api_name): function for function in functions}


def _numbered(page: gr.Blocks, number: Any) -> BlockFunction:
    if type(number) is not int or number not in page.fns or page.fns[number].fn is None:
        raise _unknown()
    return page.fns[number]


def _check_values(function: BlockFunction, data: Any) -> None:
    count = len(function.inputs)
    if not isinstance(data, list) or len(data) != count:
        got = f"{len(data):,}" if isinstance(data, list) else "no list"
        raise RefusalError(
            422, f"This function takes a list of {count} values as data, got {got}. Please send all of them."
        )


def _check_rest(values: dict[str, Any]) -> None:
    """Gradio's own fields, which the page and its clients send; any others are not read."""
    kinds = {"event_id": str, "trigger_id": int, "simple_format": bool, "batched": bool}
    for name, kind in kinds.items():
        if values.get(name) is not None and type(values[name]) is not kind:
            raise RefusalError(422, f"The field {name} must be of type {kind.__name__}. Please leave it out.")


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise RefusalError(400, "The body of the request holds NaN or a number without end. Please leave it out.")
    return value


def _is_flat(value: Any, left: int) -> bool:
    """Whether lists and objects nest at most `left` deep."""
    if left < 0:
        return False
    inner = value.values() if isinstance(value, dict) else value
    return all(_is_flat(each, left - 1) for each in inner if isinstance(each, dict | list))


def _too_deep() -> RefusalError:
    return RefusalError(400, f"The request nests lists more than {LIMITS.depth} deep. Please send a flatter one.")


def _unknown() -> RefusalError:
    return RefusalError(404, "The page has no such function. Please load it again.")
