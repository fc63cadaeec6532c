"""The facade: text in, Translation out. The page, the API, the command line and the examples all use it."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from s2s.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from s2s.config import SearchConfig
from s2s.data import pad
from s2s.device import choose_device
from s2s.errors import TextError
from s2s.result import Alternative, Hypothesis, Sentence, Translation
from s2s.search import Found, Trace, search
from s2s.text import UNKNOWN, check_text

MAX_CHARACTERS = 2_000
"""Characters of one request."""

MAX_PIECES = 1_000
"""Pieces of one sentence."""


class Limits(NamedTuple):
    """What is taken at most."""

    characters: int = MAX_CHARACTERS
    pieces: int = MAX_PIECES


class Translator:
    """A model at work. It keeps nothing of a request, so that many threads can share one."""

    def __init__(self, checkpoint: Checkpoint, revision: str, limits: Limits = Limits()) -> None:  # noqa: B008
        """Use a loaded checkpoint; `revision` names its weights in results."""
        self.limits = limits
        self.description = checkpoint.description
        self.revision = revision
        self.model = checkpoint.model
        self.pieces = checkpoint.pieces
        self.device = next(self.model.parameters()).device

    @classmethod
    def load(cls, directory: str | Path, device: str | None = None) -> "Translator":
        """Load the checkpoint folder `directory` onto `device` (by default the best one there is).

        Raises:
            CheckpointError: the folder is missing or damaged; the message says which file and why.
            ConfigError: the device cannot be used.
        """
        checkpoint = load_checkpoint(Path(directory), choose_device(device))
        digest = hashlib.sha256((Path(directory) / WEIGHTS).read_bytes()).hexdigest()
        return cls(checkpoint, digest[:12])

    def translate(self, text: str, config: SearchConfig = SearchConfig()) -> Translation:
        """Translate one text; each line is a sentence.

        Raises:
            TextError: the text is empty, too long, or holds what is no text.
        """
        *_, translation = self.stream(text, config)
        return translation

    def stream(self, text: str, config: SearchConfig = SearchConfig()) -> Iterator[Translation]:
        """Translate one text and give the translation so far after every step; the last one is complete.

        Raises:
            TextError: as `translate`.
        """
        started = time.perf_counter()
        text = check_text(text, self.limits.characters)
        lines = [line.strip() for line in text.splitlines()]
        sources = {position: self._encode(line) for position, line in enumerate(lines) if line}
        done: dict[int, Sentence] = {}
        for position, source in sources.items():
            ids, mask = pad([source])
            for trace in search(self.model, ids.to(self.device), mask.to(self.device), config):
                done[position] = self._sentence(lines[position], source, trace, 0, config)
                yield self._translation(text, lines, done, config, started)

    def translate_batch(self, texts: Sequence[str], config: SearchConfig = SearchConfig()) -> list[Translation]:
        """Translate several one-line texts at once: quicker than one by one, with the same results.

        Blank texts give blank translations. Each translation's `timing_ms` is that of the whole batch.

        Raises:
            TextError: as `translate`.
        """
        started = time.perf_counter()
        texts = [" ".join(text.split()) for text in texts]
        filled = [index for index, text in enumerate(texts) if text]
        sources = [self._encode(check_text(texts[index], self.limits.characters)) for index in filled]
        sentences: dict[int, Sentence] = {}
        if sources:
            ids, mask = pad(sources)
            *_, trace = search(self.model, ids.to(self.device), mask.to(self.device), config)
            for row, (index, source) in enumerate(zip(filled, sources, strict=True)):
                sentences[index] = self._sentence(texts[index], source, trace, row, config)
        return [
            self._translation(text, [text], {0: sentences[index]} if index in sentences else {}, config, started)
            for index, text in enumerate(texts)
        ]

    def _encode(self, line: str) -> list[int]:
        ids = self.pieces.encode(line)
        if not ids:
            raise TextError("Nothing of this text can be read by the model. Please type letters or words.")
        if len(ids) > self.limits.pieces:
            raise TextError(
                f"A sentence has {len(ids):,} pieces; at most {self.limits.pieces:,} are taken. "
                "Please break it into lines."
            )
        return ids

    def _sentence(self, line: str, source: list[int], trace: Trace, row: int, config: SearchConfig) -> Sentence:
        found = [trace.hypothesis(row, rank) for rank in range(config.n_best)]
        return Sentence(
            source=line,
            source_pieces=tuple(self.pieces.pieces(source)),
            hypotheses=tuple(self._hypothesis(item) for item in found if item.score > float("-inf")),
            warnings=tuple(self._warnings(line, source, found[0], config.limit(len(source)))),
        )

    def _warnings(self, line: str, source: list[int], best: Found, limit: int) -> Iterator[str]:
        if len(best.ids) == limit and not best.finished:
            yield (
                f"The model found no end and was stopped after {limit} pieces. The translation is hardly right; "
                "please try a shorter sentence or other words."
            )
        longest = self.description.training_length
        if len(source) > longest:
            yield (
                f"This sentence has {len(source)} pieces; the model was trained on at most {longest}. "
                "Shorter sentences are translated better."
            )
        if UNKNOWN in source:
            unknown = "".join(
                dict.fromkeys(character for character in line if UNKNOWN in self.pieces.encode(character))
            )
            yield f"The model does not know these characters and guesses: {unknown}"

    def _hypothesis(self, found: Found) -> Hypothesis:
        target = self.pieces.decode(found.ids)
        return Hypothesis(
            # A character that is spelled in bytes and not yet complete is not shown.
            target=target if found.finished else target.rstrip("\ufffd"),
            target_pieces=tuple(self.pieces.pieces(found.ids)),
            log_probs=tuple(found.log_probs),
            score=found.score,
            attention=found.attention,
            alternatives=tuple(
                tuple(
                    Alternative(piece=piece, log_prob=log_prob)
                    for piece, (_, log_prob) in zip(self.pieces.pieces([i for i, _ in step]), step, strict=True)
                )
                for step in found.alternatives
            ),
        )

    def _translation(
        self, text: str, lines: Sequence[str], done: dict[int, Sentence], config: SearchConfig, started: float
    ) -> Translation:
        targets = [done[index].best.target if index in done else "" for index in range(len(lines))]
        sentences = tuple(done[index] for index in sorted(done))
        return Translation(
            source=text,
            target="\n".join(targets).rstrip("\n"),
            sentences=sentences,
            model=self.description.name,
            revision=self.revision,
            settings=asdict(config),
            warnings=tuple(dict.fromkeys(warning for sentence in sentences for warning in sentence.warnings)),
            timing_ms=round(1000 * (time.perf_counter() - started), 1),
        )
