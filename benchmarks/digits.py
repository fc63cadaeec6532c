"""How well spoken digits are heard, by the length of the string (trained on 1 to 6), and how quickly.

    python benchmarks/digits.py --model checkpoints/digits
    python benchmarks/digits.py --model runs/digits-theo/checkpoint --speakers theo

Strings are made anew from clips that no training has heard: the test clips of all speakers, or all clips of those that
are named. Beam 5, as `transcribe` does; the real time factor is seconds of work for a second of sound, on one thread,
frames included. Prints JSON lines.
"""

import argparse
import json
import time
from pathlib import Path

import torch

from s2s.audio import RATE
from s2s.config import SearchConfig
from s2s.digits import LONGEST, choose_clips, make_digits, read_names
from s2s.metrics import word_error_rate
from s2s.sounds import Clips
from s2s.transcriber import Transcriber
from s2s.translator import Translator

CONFIG = SearchConfig(beam_size=5, alternatives=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="checkpoints/digits")
    parser.add_argument("--audio", type=Path, default=Path("data/raw/free-spoken-digit-dataset/train.wav.tar.gz"))
    parser.add_argument("--speakers", nargs="*", default=[], help="those that the training has not heard")
    parser.add_argument("--strings", type=int, default=100, help="of each length")
    parser.add_argument("--seed", type=int, default=100)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    transcriber = Transcriber(Translator.load(arguments.model, "cpu"))
    clips = Clips(arguments.audio)
    chosen = choose_clips(read_names(clips.names), arguments.speakers)["test"]
    everything: list[tuple[str, str]] = []
    sound_seconds = work_seconds = 0.0
    for length in range(1, 11):
        pairs = make_digits(chosen, arguments.strings, arguments.seed + length, (length,))
        heard = []
        for pair in pairs:
            samples = clips.play(pair.source)
            started = time.perf_counter()
            heard.append(transcriber.transcribe(samples, CONFIG).target)
            work_seconds += time.perf_counter() - started
            sound_seconds += len(samples) / RATE
        references = [pair.target for pair in pairs]
        if length <= LONGEST:
            everything += zip(heard, references, strict=True)
        report({"digits": length}, heard, references)
    report({"digits": f"1-{LONGEST}"}, *map(list, zip(*everything, strict=True)))
    speakers = sorted({clip.speaker for clip in chosen})
    known = not arguments.speakers
    print(
        json.dumps(
            {
                "model": transcriber.description.name,
                "engine": transcriber.translator.engine_name,
                "speakers": speakers,
                "known_speakers": known,
                "clips": len(chosen),
                "sound_seconds": round(sound_seconds),
                "real_time_factor": round(work_seconds / sound_seconds, 4),
            }
        )
    )


def report(values: dict[str, object], heard: list[str], references: list[str]) -> None:
    score = word_error_rate(heard, references)
    exact = sum(map(str.__eq__, heard, references)) / len(heard)
    values |= {"strings": len(heard), "error_rate": round(score.value, 2), "band": round(score.band or 0.0, 2)}
    print(json.dumps(values | {"exact": round(exact, 3)}), flush=True)


if __name__ == "__main__":
    main()
