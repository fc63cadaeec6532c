"""The facade for speech: a sound in, a Transcription out. It shares the search with the translator of texts."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from s2s.audio import BANDS, FRAME_SECONDS, RATE, Samples, check_samples, log_mel, read_audio
from s2s.config import SearchConfig
from s2s.data import pad_frames
from s2s.doubts import UNLIKELY, confidence
from s2s.errors import ConfigError
from s2s.readout import read_sentence
from s2s.result import END_PIECE, Hypothesis
from s2s.search import Deadline, Trace, search
from s2s.text import NOTHING_READ
from s2s.transcription import Transcription, heard_words
from s2s.translator import Translator


class Transcriber:
    """A speech model at work. It keeps nothing of a request, so that many threads can share one."""

    def __init__(self, translator: Translator) -> None:
        """Use the model of `translator`, which reads frames of sound.

        Raises:
            ConfigError: it reads something else.
        """
        size = translator.model.config.frame_size
        if size != BANDS:
            found = "text" if size is None else f"frames of {size} numbers"
            raise ConfigError(
                f"{translator.description.name} reads {found}; speech needs a model of frames of {BANDS} numbers, "
                "such as checkpoints/digits"
            )
        self.translator = translator
        self.description = translator.description
        self.column_seconds = FRAME_SECONDS * 2**translator.model.config.pyramid_layers

    def transcribe_file(
        self, path: Path, config: SearchConfig = SearchConfig(), time_limit_seconds: float | None = None
    ) -> Transcription:
        """Write down what is said in a sound file.

        Raises:
            AudioError: as s2s/audio.py.
            DeadlineError: the time is over.
        """
        samples = read_audio(path, path.name)
        return self.transcribe(samples, config, name=path.name, time_limit_seconds=time_limit_seconds)

    def transcribe(
        self,
        samples: Samples,
        config: SearchConfig = SearchConfig(),
        *,
        name: str = "",
        time_limit_seconds: float | None = None,
    ) -> Transcription:
        """Write down what is said in a sound.

        Args:
            samples: [N] of one channel, `RATE` a second, in [-1, 1]; `read_audio` makes them of files.
            config: how to search.
            name: what the sound is called in the result.
            time_limit_seconds: after which the search gives up.

        Raises:
            AudioError: they are too short, too long or silent.
            DeadlineError: the time is over.
        """
        deadline = None if time_limit_seconds is None else Deadline(time_limit_seconds)
        (found,) = self._search([(name, samples)], config, deadline)
        return found

    def transcribe_batch(self, sounds: Sequence[Samples], config: SearchConfig = SearchConfig()) -> list[Transcription]:
        """Several sounds at once, with the same results; each one's `timing_ms` is that of the whole batch.

        Raises:
            AudioError: as `transcribe`.
        """
        return self._search([("", samples) for samples in sounds], config, None) if sounds else []

    def _search(
        self, sounds: Sequence[tuple[str, Samples]], config: SearchConfig, deadline: Deadline | None
    ) -> list[Transcription]:
        started, device = time.perf_counter(), self.translator.device
        for name, samples in sounds:
            check_samples(samples, name=name or "the sound")
        source, mask = pad_frames([log_mel(np.asarray(samples, dtype=np.float32)) for _, samples in sounds])
        *_, trace = search(self.translator.engine, source.to(device), mask.to(device), config, deadline=deadline)
        elapsed = round(1000 * (time.perf_counter() - started), 1)
        return [
            self._transcription(name, len(samples), trace, row, config, elapsed)
            for row, (name, samples) in enumerate(sounds)
        ]

    def _transcription(
        self, name: str, samples: int, trace: Trace, row: int, config: SearchConfig, elapsed: float
    ) -> Transcription:
        sentence = read_sentence(name, NOTHING_READ, trace, row, config, self.translator.pieces)
        seconds = samples / RATE
        return Transcription(
            source=name,
            seconds=round(seconds, 3),
            target=sentence.best.target,
            words=heard_words(sentence.best, self.column_seconds, seconds),
            column_seconds=self.column_seconds,
            hypotheses=sentence.hypotheses,
            model=self.description.name,
            revision=self.translator.revision,
            settings=asdict(config) | {"engine": self.translator.engine_name},
            warnings=tuple(self._doubts(sentence.best, seconds)),
            timing_ms=elapsed,
        )

    def _doubts(self, best: Hypothesis, seconds: float) -> list[str]:
        """What speaks against what was heard."""
        doubts, longest = [], self.description.training_length * FRAME_SECONDS
        if best.target_pieces[-1:] != (END_PIECE,):
            doubts.append("The model found no end and was stopped. What it wrote is hardly right.")
        if seconds > longest:
            doubts.append(
                f"This sound lasts {seconds:.1f} seconds; the model was trained on at most {longest:.1f}. "
                "Shorter ones are heard better."
            )
        if (sure := confidence(best)) < UNLIKELY:
            doubts.append(
                f"The model is unsure: it gave what it wrote a probability of {sure:.0%} on average. "
                "Is it what it was trained for, and is there little noise?"
            )
        return doubts
