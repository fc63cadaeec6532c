"""Many visitors at once: how long they wait, what goes wrong, and whether the server's memory stays as it is.

Simulated visitors, in processes of their own on this machine, read a little, ask for a translation as the page does
(join the queue, read the stream of its answers), check that it is that of their own sentence, and read again. Prints a
JSON line for each minute and one for the whole: times of accepted requests, how many were told that the server is busy,
errors of any other kind, the server's memory, and for the whole its processor time a request.

    python benchmarks/load.py                  200 visitors for 5 minutes
    python benchmarks/load.py --minutes 30     the long one
    python benchmarks/load.py --minutes 0.2 --visitors 20
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from s2s.forced import reading_back
from s2s.models import EMBEDDED
from s2s.translator import Translator
from tests.browser.serving import serving

SENTENCES = [
    "I did not know that you could swim.",
    "Where is the nearest station?",
    "She gave me a book that she had written herself.",
    "If it rains tomorrow, we will stay at home.",
    "I love you.",
    "My brother bought a new car last week.",
    "Can you tell me what time it is?",
    "The children are playing in the garden.",
]
PROCESSES = 2
THINK_SECONDS = (5.0, 25.0)
"""A visitor reads for so long before the next request: 200 visitors ask 13 times a second at most."""
TIMEOUT_SECONDS = 60


async def post(port: int, path: str, values: object) -> tuple[int, bytes]:
    """Status and body of a request that is answered at once."""
    body = json.dumps(values).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return await _whole(port, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


async def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of what is fetched."""
    return await _whole(port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())


async def _whole(port: int, request: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        answer = await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def visit(port: int, function: int, expected: dict[str, str], name: str, ends: float, told) -> None:
    """One visit, as of a page that stays open; each request gives a moment, its seconds, and how it ended."""
    chance = random.Random(name)
    await asyncio.sleep(chance.uniform(0, THINK_SECONDS[1]))
    number = 0
    while time.time() < ends:
        number += 1
        text = chance.choice(SENTENCES)
        asked = {"number": number, "text": text, "model": "en-fr", "beam_size": 5}
        values = {"data": [], "event_data": asked, "fn_index": function, "session_hash": name}
        begun = time.time()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status, body = await post(port, "/gradio_api/queue/join", values)
                if status == 200:
                    status, body = await get(port, f"/gradio_api/queue/data?session_hash={name}")
            outcome = {200: "answered", 503: "busy", 429: "busy"}.get(status, f"status {status}")
            if outcome == "answered" and not is_own(body, text, expected[text]):
                outcome = "wrong"
        except TimeoutError:
            outcome = "no answer"
        except (OSError, ValueError, IndexError) as error:
            outcome = type(error).__name__
        told.put((begun, time.time() - begun, outcome))
        await asyncio.sleep(chance.uniform(*THINK_SECONDS))


def is_own(stream: bytes, text: str, target: str) -> bool:
    """Whether a stream of answers ends with the translation of this text; its JSON stands in JSON."""
    return (
        b"process_completed" in stream
        and _quoted(text) in stream
        and all(_quoted(word) in stream for word in target.split())
    )


def _quoted(text: str) -> bytes:
    return json.dumps(json.dumps(text, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1].encode()


def crowd(port: int, function: int, expected: dict[str, str], names: list[str], ends: float, told) -> None:
    """Some of the visitors, in this process."""

    async def all_of_them() -> None:
        await asyncio.gather(*(visit(port, function, expected, name, ends, told) for name in names))

    asyncio.run(all_of_them())


def megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    values = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def summary(results: list[tuple[float, float, str]]) -> dict[str, object]:
    counts = Counter(outcome for _, _, outcome in results)
    seconds = [taken for _, taken, outcome in results if outcome == "answered"] or [float("nan")]
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]).round(3).tolist()
    errors = {name: count for name, count in counts.items() if name not in ("answered", "busy")}
    return {
        "requests": len(results),
        "answered": counts["answered"],
        "busy": counts["busy"],
        "errors": errors,
        "p50_seconds": p50,
        "p95_seconds": p95,
        "p99_seconds": p99,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=5.0)
    options = parser.parse_args()
    translator = Translator.load(EMBEDDED / "en-fr")
    translator.read_back = reading_back(Translator.load(EMBEDDED / "fr-en"))  # as on the page
    expected = {text: translator.translate(text).target for text in SENTENCES}
    with (
        tempfile.TemporaryDirectory() as place,
        serving(Path(place) / "log", HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1") as address,
    ):
        port = int(address.rsplit(":", 1)[1])
        config = json.loads(asyncio.run(get(port, "/config"))[1])
        parts = {each["id"]: each["props"].get("elem_id") for each in config["components"]}
        function = next(
            each["id"]
            for each in config["dependencies"]
            for target, event in each["targets"]
            if (parts.get(target), event) == ("stage", "ask")
        )
        pid = int(listener_of(port))
        told = multiprocessing.Queue()
        begun, used = time.time(), cpu_seconds(pid)
        ends = begun + 60 * options.minutes
        names = [f"visitor-{number}" for number in range(options.visitors)]
        crowds = [
            multiprocessing.Process(
                target=crowd, args=(port, function, expected, names[first::PROCESSES], ends, told), daemon=True
            )
            for first in range(PROCESSES)
        ]
        for process in crowds:
            process.start()
        results, minute = [], 0
        while any(process.is_alive() for process in crowds) or not told.empty():
            with suppress(Exception):
                results.append(told.get(timeout=1))
            if time.time() > begun + 60 * (minute + 1):
                part = [each for each in results if begun + 60 * minute <= each[0] < begun + 60 * (minute + 1)]
                minute += 1
                print(json.dumps({"minute": minute, **summary(part), "megabytes": megabytes(pid)}), flush=True)
        whole = {"visitors": options.visitors, "minutes": options.minutes, **summary(results)}
        cost = round(1000 * (cpu_seconds(pid) - used) / max(1, len(results)), 1)
        print(json.dumps({**whole, "megabytes": megabytes(pid), "cpu_ms_a_request": cost}))


def listener_of(port: int) -> int:
    """The process that listens at a port of this machine."""
    wanted = f"0100007F:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inode = next(row[9] for row in rows if row[1] == wanted and row[3] == "0A")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2])
    raise RuntimeError(f"nobody listens at port {port}")


if __name__ == "__main__":
    main()
