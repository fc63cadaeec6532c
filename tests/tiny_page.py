"""The page with a tiny model, served by a process of its own as launch_page serves it, and told what to do by lines.

`python -m tests.tiny_page FOLDER SETTINGS`: FOLDER is a checkpoint, SETTINGS the JSON of what is not the default. Each
line read is a JSON list, a command and what it takes; each line written is what it gives.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Event
from unittest import mock

from s2s.page import bodies, engine, gate, launch, records, sessions
from s2s.translator import Translator

RELEASED = Event()
STREAM = Translator.stream


def hold(page):
    """Let translations wait from now on."""
    RELEASED.clear()

    def wait(self, *args, **kwargs):
        RELEASED.wait(60)
        yield from STREAM(self, *args, **kwargs)

    Translator.stream = wait


def release(page):
    """Let them go on, and others begin at once."""
    RELEASED.set()
    Translator.stream = STREAM


def limit(page, name, value):
    """Have another limit; gives the one before."""
    before = getattr(gate.LIMITS, name)
    for module in (gate, bodies, sessions):
        module.LIMITS = replace(module.LIMITS, **{name: value})
    return before


def waiting(page):
    """How many requests wait."""
    return len(page._queue)


def kept(page):
    """Of how many visits there is a state, and of how many an answer."""
    return len(page.app.state_holder.session_data), len(page._queue.pending_messages_per_session)


def statistics(page):
    """How many answers Gradio remembers, and what it has worked out of them."""
    return len(page._queue.event_analytics), page._queue.cached_event_analytics_summary["functions"]


def at_work(page):
    """How many tasks are at work."""
    return records.AT_WORK._value.get()


def functions(page):
    """The number of each function, by the name that programs use, or the part and event that it belongs to."""
    named = {fn.api_name: number for number, fn in page.fns.items() if fn.api_visibility == "public"}
    private = {
        f"{page.blocks[target].elem_id} {event}": number
        for number, fn in page.fns.items()
        for target, event in fn.targets
        if target is not None and fn.fn is not None
    }
    return named | private


def endless(page):
    """Have every translation go on until it is closed."""

    def forever(self, *args, **kwargs):
        last = list(STREAM(self, *args, **kwargs))[-1]
        while True:
            time.sleep(0.01)
            yield last

    Translator.stream = forever


def break_model(page):
    """Have every translation fail by a mistake of the program's own, which quotes the text."""

    def broken(self, text, *args, **kwargs):
        raise RuntimeError(f"cannot do {text}")

    Translator.stream = broken


COMMANDS = {
    each.__name__: each
    for each in (hold, release, limit, waiting, kept, statistics, at_work, functions, endless, break_model)
}


def main():
    told, sys.stdout = sys.stdout, sys.stderr  # what Gradio prints goes to the log
    folder, settings = sys.argv[1:]
    records.write_lines()
    engine.SETTINGS = replace(engine.SETTINGS, **json.loads(settings))
    engine.MODELS.offer("tiny", engine.share(Translator.load(Path(folder), "cpu", engine.SETTINGS.engine)))
    with mock.patch.object(engine, "SETTINGS", engine.SETTINGS):
        page = launch.build_page()
        engine.open_to_visitors()
        launch.serve(page, engine.SETTINGS)
    print(json.dumps("ready"), file=told, flush=True)
    for line in sys.stdin:
        name, *values = json.loads(line)
        print(json.dumps(COMMANDS[name](page, *values)), file=told, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
