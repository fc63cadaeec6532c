"""The facade: text in, Translation out. The page, the API, the command line and the examples all use it."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from s2s.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from s2s.config import SearchConfig
from s2s.constraints import Constraints, rules_of
from s2s.data import pad
from s2s.device import choose_device
from s2s.engine import EngineKind, build_engine
from s2s.errors import TextError
from s2s.result import END_PIECE, Alternative, Hypothesis, Sentence, Translation, TreeNode
from s2s.search import Deadline, Found, Node, Rules, Trace, search
from s2s.text import UNKNOWN, check_text

MAX_CHARACTERS = 2_000
"""Characters of one request."""

MAX_PIECES = 1_000
"""Pieces of one sentence."""

FREE = Constraints()


class Limits(NamedTuple):
    """What is taken at most."""

    characters: int = MAX_CHARACTERS
    pieces: int = MAX_PIECES


class Translator:
    """A model at work. It keeps nothing of a request, so that many threads can share one."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        revision: str,
        limits: Limits = Limits(),  # noqa: B008
        engine: EngineKind = "auto",
    ) -> None:
        """Use a loaded checkpoint; `revision` names its weights in results, `engine` says what computes them."""
        self.limits = limits
        self.description = checkpoint.description
        self.revision = revision
        self.model = checkpoint.model
        self.pieces = checkpoint.pieces
        self.device = next(self.model.parameters()).device
        self.engine = build_engine(checkpoint.model, engine)

    @classmethod
    def load(cls, directory: str | Path, device: str | None = None, engine: EngineKind = "auto") -> "Translator":
        """Load the checkpoint folder `directory` onto `device` (by default the best one there is).

        Raises:
            CheckpointError: the folder is missing or damaged; the message says which file and why.
            ConfigError: the device or the engine cannot be used.
        """
        checkpoint = load_checkpoint(Path(directory), choose_device(device))
        digest = hashlib.sha256((Path(directory) / WEIGHTS).read_bytes()).hexdigest()
        return cls(checkpoint, digest[:12], engine=engine)

    def translate(
        self,
        text: str,
        config: SearchConfig = SearchConfig(),
        constraints: Constraints = FREE,
        time_limit_seconds: float | None = None,
    ) -> Translation:
        """Translate one text; each line is a sentence.

        Args:
            text: what to translate.
            config: how to search.
            constraints: what the target must and must not hold.
            time_limit_seconds: after which the search gives up.

        Raises:
            TextError: the text is empty, too long, or holds what is no text, or a constraint cannot be met.
            DeadlineError: the time is over.
        """
        started, deadline = time.perf_counter(), _deadline(time_limit_seconds)
        text, lines = self._lines(text, constraints)
        filled = [index for index, line in enumerate(lines) if line]
        found = self._search([lines[index] for index in filled], config, constraints, deadline)
        return self._translation(text, lines, dict(zip(filled, found, strict=True)), config, started)

    def stream(
        self,
        text: str,
        config: SearchConfig = SearchConfig(),
        constraints: Constraints = FREE,
        time_limit_seconds: float | None = None,
    ) -> Iterator[Translation]:
        """Translate one text sentence by sentence, and give the translation so far after every step.

        The last one is complete and the same as that of `translate`, which takes all sentences at once. Closing the
        iterator stops the search.

        Raises:
            TextError, DeadlineError: as `translate`.
        """
        started, deadline = time.perf_counter(), _deadline(time_limit_seconds)
        text, lines = self._lines(text, constraints)
        sources = {index: self._encode(line) for index, line in enumerate(lines) if line}
        done: dict[int, Sentence] = {}
        for index, source in sources.items():
            for trace in self._traces([source], config, constraints, deadline):
                done[index] = self._sentence(lines[index], source, trace, 0, config)
                yield self._translation(text, lines, done, config, started)

    def translate_batch(self, texts: Sequence[str], config: SearchConfig = SearchConfig()) -> list[Translation]:
        """Translate several one-line texts at once: quicker than one by one, with the same results.

        Blank texts give blank translations, and what stands there twice is translated once. Each translation's
        `timing_ms` is that of the whole batch.

        Raises:
            TextError: as `translate`.
        """
        started = time.perf_counter()
        texts = [" ".join(text.split()) for text in texts]
        distinct = list(dict.fromkeys(check_text(text, self.limits.characters) for text in texts if text))
        found = dict(zip(distinct, self._search(distinct, config, FREE, None), strict=True))
        return [
            self._translation(text, [text], {0: found[text]} if text in found else {}, config, started)
            for text in texts
        ]

    def score(self, source: str, target: str) -> Translation:
        """What the model thinks of a given target: its log-probabilities, attention and alternatives at every piece.

        Raises:
            TextError: a text is empty, too long, or holds what is no text, or `source` is several lines.
        """
        target = " ".join(check_text(target, self.limits.characters).split())
        pieces = (*self.pieces.pieces(self._encode(target)), END_PIECE)
        return self.translate(source, SearchConfig(beam_size=1), Constraints(prefix_pieces=pieces))

    def _lines(self, text: str, constraints: Constraints) -> tuple[str, list[str]]:
        text = check_text(text, self.limits.characters)
        for phrase in (constraints.prefix, *constraints.banned):
            if phrase.strip():
                check_text(phrase, self.limits.characters)
        lines = [line.strip() for line in text.splitlines()]
        if constraints.of_one_sentence and len(lines) > 1:
            raise TextError(
                f"A beginning, a target or attention can be given for one sentence only, and these are {len(lines)} "
                "lines. Please give one line."
            )
        return text, lines

    def _traces(
        self, sources: Sequence[list[int]], config: SearchConfig, constraints: Constraints, deadline: Deadline | None
    ) -> Iterator[Trace]:
        """The steps of one search for all `sources`."""
        rules = [rules_of(constraints, self.pieces, len(source)) for source in sources]
        self._check_beginnings(rules, config)
        ids, mask = pad(sources)
        yield from search(self.engine, ids.to(self.device), mask.to(self.device), config, rules, deadline)

    def _check_beginnings(self, rules: Sequence[Rules], config: SearchConfig) -> None:
        needed = max(each.prefix_length for each in rules)
        if needed > self.limits.pieces + 1:  # a whole target has an end piece
            raise TextError(f"The beginning may need {needed:,} pieces; at most {self.limits.pieces:,} are taken.")
        if config.max_length is not None and needed > config.max_length:
            raise TextError(f"The beginning may need {needed} pieces, more than max_length ({config.max_length}).")

    def _search(
        self, lines: Sequence[str], config: SearchConfig, constraints: Constraints, deadline: Deadline | None
    ) -> list[Sentence]:
        sources = [self._encode(line) for line in lines]
        if not sources:
            return []
        *_, trace = self._traces(sources, config, constraints, deadline)
        return [
            self._sentence(line, source, trace, row, config)
            for row, (line, source) in enumerate(zip(lines, sources, strict=True))
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
            warnings=tuple(self._warnings(line, source, found[0], trace.limits[row])),
            tree=tuple(self._node(node) for node in trace.tree(row)) if config.tree else (),
        )

    def _node(self, node: Node) -> TreeNode:
        (piece,) = self.pieces.pieces([node.token])
        return TreeNode(piece=piece, log_prob=node.log_prob, parent=node.parent, rank=node.rank)

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
            settings=asdict(config) | {"engine": "torch" if self.engine is self.model else "onnx"},
            warnings=tuple(dict.fromkeys(warning for sentence in sentences for warning in sentence.warnings)),
            timing_ms=round(1000 * (time.perf_counter() - started), 1),
        )


def _deadline(seconds: float | None) -> Deadline | None:
    return None if seconds is None else Deadline(seconds)
