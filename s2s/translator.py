"""The facade: text in, Translation out. The page, the API, the command line and the examples all use it."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from s2s.channel import ReadBack, in_order, is_asked
from s2s.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from s2s.config import SearchConfig
from s2s.constraints import Constraints, check_beginnings, rules_of
from s2s.data import pad
from s2s.device import choose_device, most_hypotheses
from s2s.doubts import doubts_of
from s2s.engine import EngineKind, build_engine
from s2s.errors import HubError
from s2s.intake import Limits, check_pieces, passage_of
from s2s.models import is_hub_name
from s2s.readout import read_sentence
from s2s.result import END_PIECE, Sentence, Translation
from s2s.search import Deadline, Trace, search
from s2s.sentences import Passage, language_to_split
from s2s.text import Reading, check_text

FREE = Constraints()
BLANK = Passage((), ("",))

Search = Callable[..., Iterator[Trace]]


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
        self.splits_by = language_to_split(self.description.source_language, self.description.target_language)
        self.device = next(self.model.parameters()).device
        self.engine = build_engine(checkpoint.model, engine)
        self.search: Search = partial(search, self.engine)
        """Finds targets; a `SharedSearch` in its place does it for all threads together."""
        self.read_back: ReadBack | None = None
        """Asks a model of the other direction, whose word then counts for the order (`reading_back`, s2s/forced.py)."""
        self.engine_name = "torch" if self.engine is self.model else "onnx"

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

    @classmethod
    def from_pretrained(
        cls,
        name: str,
        *,
        revision: str | None = None,
        device: str | None = None,
        engine: EngineKind = "auto",
        progress: Callable[[int, int], None] | None = None,
    ) -> "Translator":
        """Load a checkpoint folder, or a model of the Hugging Face Hub, which is fetched if it is not in the cache.

        Args:
            name: a folder, which wins, or OWNER/NAME on the Hub, or OWNER/NAME@REVISION.
            revision: a branch, a tag or a commit; then the name is never a folder.
            device: as `load`.
            engine: as `load`.
            progress: is told the bytes that are here and those of the whole, while they come.

        Raises:
            HubError: the Hub has no such model, or it cannot be had; the message says which.
            CheckpointError, ConfigError: as `load`.
        """
        if revision is None and (Path(name).is_dir() or not is_hub_name(name)):
            return cls.load(name, device, engine)
        from s2s.hub import fetch  # the Hub's client takes time to load, which a folder does without

        try:
            folder = fetch(name if revision is None else f"{name}@{revision}", progress=progress)
        except HubError as error:
            if revision is not None:
                raise
            raise type(error)(f"there is no folder {name}, and {error}") from None
        return cls.load(folder, device, engine)

    def translate(
        self,
        text: str,
        config: SearchConfig = SearchConfig(),
        constraints: Constraints = FREE,
        time_limit_seconds: float | None = None,
    ) -> Translation:
        """Translate one text, sentence by sentence; where the target of one is given, the text is one sentence.

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
        passage = self._passage(text, constraints)
        found = self._search(passage.sentences, config, constraints, deadline)
        return self._translation(passage, found, config, started)

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
        passage = self._passage(text, constraints)
        sources = [self.read(sentence) for sentence in passage.sentences]
        done: list[Sentence] = []
        for line, source in zip(passage.sentences, sources, strict=True):
            for trace in self._traces([source], config, constraints, deadline):
                sentence = read_sentence(line, source, trace, 0, config, self.pieces)
                written = self._judged(sentence, source, trace.limits[0], constraints)
                yield self._translation(passage, [*done, written], config, started)
            if self._asks(config):
                (sentence,) = self._found([line], [source], trace, config)
                written = self._judged(sentence, source, trace.limits[0], constraints)
                yield self._translation(passage, [*done, written], config, started)
            done.append(written)

    def translate_batch(
        self,
        texts: Sequence[str],
        config: SearchConfig = SearchConfig(),
        time_limit_seconds: float | None = None,
    ) -> list[Translation]:
        """Translate several texts at once, each one on one line: quicker than one by one, with the same results.

        Blank texts give blank translations, and a sentence that stands there twice is translated once. Each
        translation's `timing_ms` is that of the whole batch.

        Raises:
            TextError, DeadlineError: as `translate`; the time limit is that of the whole batch.
        """
        started, deadline = time.perf_counter(), _deadline(time_limit_seconds)
        texts = [" ".join(text.split()) for text in texts]
        passages = [self._passage(text) if text else BLANK for text in texts]
        distinct = list(dict.fromkeys(sentence for passage in passages for sentence in passage.sentences))
        found = dict(zip(distinct, self._search(distinct, config, FREE, deadline), strict=True))
        return [
            self._translation(passage, [found[sentence] for sentence in passage.sentences], config, started)
            for passage in passages
        ]

    def score(self, source: str, target: str) -> Translation:
        """What the model thinks of a given target: its log-probabilities, attention and alternatives at every piece.

        Raises:
            TextError: a text is empty, too long, or holds what is no text, or `source` is several lines.
        """
        target = " ".join(check_text(target, self.limits.characters).split())
        reading = self.pieces.read(check_text(source, self.limits.characters))
        pieces = (*self.pieces.pieces(check_pieces(self.pieces.encode(reading.alike(target)), self.limits)), END_PIECE)
        return self.translate(source, SearchConfig(beam_size=1), Constraints(prefix_pieces=pieces))

    def _passage(self, text: str, constraints: Constraints = FREE) -> Passage:
        return passage_of(text, self.description, self.splits_by, self.limits, constraints)

    def _traces(
        self, sources: Sequence[Reading], config: SearchConfig, constraints: Constraints, deadline: Deadline | None
    ) -> Iterator[Trace]:
        """The steps of one search for all `sources`."""
        rules = [rules_of(constraints, self.pieces, source) for source in sources]
        check_beginnings(rules, self.limits.pieces, config.max_length)
        ids, mask = pad([source.ids for source in sources])
        yield from self.search(ids.to(self.device), mask.to(self.device), config, rules, deadline)

    def _search(
        self, lines: Sequence[str], config: SearchConfig, constraints: Constraints, deadline: Deadline | None
    ) -> list[Sentence]:
        sources = [self.read(line) for line in lines]
        order = sorted(range(len(lines)), key=lambda row: len(sources[row].ids))
        size = max(1, most_hypotheses(self.device) // config.beam_size)
        found: dict[int, Sentence] = {}
        for start in range(0, len(lines), size):
            rows = order[start : start + size]
            *_, trace = self._traces([sources[row] for row in rows], config, constraints, deadline)
            sentences = self._found([lines[row] for row in rows], [sources[row] for row in rows], trace, config)
            for place, (row, sentence) in enumerate(zip(rows, sentences, strict=True)):
                found[row] = self._judged(sentence, sources[row], trace.limits[place], constraints)
        return [found[row] for row in range(len(lines))]

    def _asks(self, config: SearchConfig) -> ReadBack | None:
        """What asks the other direction about such a search, if it is asked."""
        return self.read_back if is_asked(config) else None

    def _found(
        self, lines: Sequence[str], sources: Sequence[Reading], trace: Trace, config: SearchConfig
    ) -> list[Sentence]:
        """The sentences of a search that is done, in the order of the noisy channel, if there is one."""
        read_back = self._asks(config)
        wanted = replace(config, n_best=config.beam_size) if read_back else config
        rows = enumerate(zip(lines, sources, strict=True))
        sentences = [read_sentence(line, source, trace, row, wanted, self.pieces) for row, (line, source) in rows]
        return in_order(sentences, config, read_back) if read_back else sentences

    def read(self, line: str) -> Reading:
        """One sentence as the model reads it; a TextError says if that is nothing, or too much."""
        reading = self.pieces.read(line)
        check_pieces(reading.ids, self.limits)
        return reading

    def _judged(self, sentence: Sentence, source: Reading, limit: int, constraints: Constraints) -> Sentence:
        """The sentence with what speaks against it."""
        longest, is_own = self.description.training_length, not constraints.attention
        doubts = doubts_of(
            self.description.task,
            sentence,
            longest=longest,
            limit=limit,
            unknown=source.unknown,
            is_own_attention=is_own,
        )
        return replace(sentence, warnings=tuple(doubts))

    def _translation(
        self, passage: Passage, sentences: Sequence[Sentence], config: SearchConfig, started: float
    ) -> Translation:
        targets = [sentence.best.target for sentence in sentences]
        return Translation(
            source=passage.text,
            target=passage.join(targets, self.description.target_language),
            sentences=tuple(sentences),
            model=self.description.name,
            revision=self.revision,
            settings=vars(config) | {"engine": self.engine_name},
            warnings=tuple(dict.fromkeys(warning for sentence in sentences for warning in sentence.warnings)),
            timing_ms=round(1000 * (time.perf_counter() - started), 1),
        )


def _deadline(seconds: float | None) -> Deadline | None:
    return None if seconds is None else Deadline(seconds)
