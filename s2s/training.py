"""The training loop: teacher forcing with label-smoothed cross-entropy.

An update is cut into shards. On the CPU each shard runs on a thread of its own with single-threaded kernels, which on
two cores is 1.7 times as fast as splitting every small operation between them (benchmarks/train_threads.py). The result
does not depend on which thread is faster: each shard has its own random generator, and the gradients are summed in a
fixed order.

The state is one file, written whole; a training that was stopped goes on from it as if it had not been.
"""

import copy
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from s2s.config import ModelConfig, Recipe, SearchConfig, TrainingConfig
from s2s.data import Batch, Corpus, pad
from s2s.device import autocast
from s2s.errors import TrainingError
from s2s.files import write_whole
from s2s.metrics import score_corpus
from s2s.model import Seq2Seq
from s2s.prepare import prepared
from s2s.search import search
from s2s.text import UNKNOWN, PieceModel

VALIDATION_SENTENCES = 500
"""Validation pairs that are translated for BLEU; the loss is taken over all of them."""

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class Progress:
    """How far a training has come."""

    updates: int = 0
    epoch: int = 0
    batch: int = 0
    """Batches of this epoch that are done."""
    target_tokens: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    """One entry a validation: updates, seconds, training loss, validation loss, share of exact matches, scores."""


def learning_rate_factor(update: int, total: int, warmup: int) -> float:
    """Share of the highest learning rate: a straight line up, then half a cosine down (Loshchilov & Hutter 2017)."""
    if update < warmup:
        return (update + 1) / warmup
    done = min(1.0, (update - warmup) / max(1, total - warmup))
    return 0.5 * (1 + math.cos(math.pi * done))


def smoothed_loss(model: Seq2Seq, batch: Batch, smoothing: float, generator: torch.Generator | None) -> Tensor:
    """Cross-entropy in nats, summed over the batch's target pieces, label-smoothed (Szegedy 2016)."""
    with autocast(batch.source.device):
        features, _ = model(batch.source, batch.source_mask, batch.target, generator)
        logits = model.logits(features[batch.target_mask])
    return functional.cross_entropy(
        logits.float(), batch.target[batch.target_mask], label_smoothing=smoothing, reduction="sum"
    )


class Trainer:
    """One training: model, average, optimiser, random generators and the place in the data."""

    def __init__(self, recipe: Recipe, device: torch.device) -> None:
        """Read the prepared data of `recipe` and build everything at its start."""
        self.recipe, self.device = recipe, device
        self.config: TrainingConfig = recipe.training
        files = prepared(recipe)
        pairs = files.split("train")
        self.pieces = PieceModel(files.pieces)
        self.corpus = Corpus(pairs, self.pieces, recipe.data.max_length)
        self.valid_pairs = files.split("valid")
        self.valid = Corpus(self.valid_pairs, self.pieces, recipe.data.max_length)
        torch.manual_seed(self.config.seed)
        model_config = ModelConfig(**{**asdict(recipe.model), "vocabulary_size": self.pieces.vocabulary_size})
        self.model = Seq2Seq(model_config).to(device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.parameters: list[Tensor] = list(self.model.parameters())
        self.averages: list[Tensor] = list(self.average.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, weight_decay=self.config.weight_decay, fused=True)
        shards = self.config.shards if device.type == "cpu" else 1
        self.generators = [torch.Generator(device).manual_seed(self.config.seed + n) for n in range(shards)]
        self.progress = Progress()
        self.epoch_updates = len(self._epoch(0)) // shards
        self.total_updates = self.config.max_epochs * self.epoch_updates
        if not self.epoch_updates:
            raise TrainingError(f"an epoch has fewer batches than shards ({shards}): lower batch_tokens or shards")

    def _epoch(self, epoch: int) -> list[list[int]]:
        shards = len(self.generators)
        return self.corpus.batches(self.config.batch_tokens // shards, self.config.seed + epoch)

    @property
    def finished(self) -> bool:
        """Whether the last epoch is done."""
        return self.progress.updates >= self.total_updates

    def run(self, state: Path, on_update: Callable[[float], bool], on_validation: Callable[[], None]) -> None:
        """Train to the end of the last epoch, or until `on_update` says stop.

        Args:
            state: the state's file, written every few minutes and at the end.
            on_update: called after each update with its loss (nats a piece); False stops the training.
            on_validation: called when `progress.history` has a new entry.
        """
        last_save = time.monotonic()
        losses: list[float] = []
        going_on = True
        with ThreadPoolExecutor(len(self.generators), initializer=torch.set_num_threads, initargs=(1,)) as pool:
            while going_on and not self.finished:
                started = time.monotonic()
                losses.append(self._update(pool))
                self.progress.seconds += time.monotonic() - started
                going_on = on_update(losses[-1])
                if self.finished or self.progress.updates % self.config.validate_updates == 0:
                    self._validate(pool, sum(losses) / len(losses))
                    losses.clear()
                    on_validation()
                due = time.monotonic() - last_save > 60 * self.config.save_minutes
                if due or self.finished or not going_on:
                    self.save(state)
                    last_save = time.monotonic()

    def _update(self, pool: ThreadPoolExecutor) -> float:
        batches = [self.corpus.batch(indices).to(self.device) for indices in self._next_batches()]
        tokens = sum(int(batch.target_mask.sum()) for batch in batches)
        results = list(pool.map(self._gradient, batches, self.generators))
        loss = float(sum(float(loss) for loss, _ in results)) / tokens
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss became {loss} at update {self.progress.updates + 1}: lower training.learning_rate or "
                "gradient_norm, and start from the last saved state with --resume"
            )
        total, *others = (list(gradients) for _, gradients in results)
        for gradients in others:
            torch._foreach_add_(total, gradients)
        torch._foreach_div_(total, tokens)
        for parameter, gradient in zip(self.parameters, total, strict=True):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(self.parameters, self.config.gradient_norm)
        factor = learning_rate_factor(self.progress.updates, self.total_updates, self.config.warmup_updates)
        for group in self.optimizer.param_groups:
            group["lr"] = factor * self.config.learning_rate
        self.optimizer.step()
        self.progress.updates += 1
        self.progress.target_tokens += tokens
        # Early on the average follows closely, so that it does not remember the random start.
        decay = min(self.config.average_decay, (1 + self.progress.updates) / (10 + self.progress.updates))
        torch._foreach_lerp_(self.averages, self.parameters, 1 - decay)
        return loss

    def _next_batches(self) -> list[list[int]]:
        shards, progress = len(self.generators), self.progress
        epoch = self._order(progress.epoch)
        if progress.batch + shards > len(epoch):
            progress.epoch, progress.batch = progress.epoch + 1, 0
            epoch = self._order(progress.epoch)
        chosen = epoch[progress.batch : progress.batch + shards]
        progress.batch += shards
        return chosen

    def _order(self, epoch: int) -> list[list[int]]:
        if getattr(self, "_ordered", None) != epoch:
            self._ordered, self._batches = epoch, self._epoch(epoch)
        return self._batches

    def _gradient(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Sequence[Tensor]]:
        loss = smoothed_loss(self.model, batch, self.config.label_smoothing, generator)
        return loss.detach(), torch.autograd.grad(loss, self.parameters)

    def _validate(self, pool: ThreadPoolExecutor, training_loss: float) -> None:
        """Append the loss of the averaged weights, and scores of their greedy translations, to the history."""

        def loss_of(indices: list[int]) -> float:
            with torch.inference_mode():
                return float(smoothed_loss(self.average, self.valid.batch(indices).to(self.device), 0.0, None))

        loss = sum(pool.map(loss_of, self.valid.batches(self.config.batch_tokens, 0))) / self.valid.target_tokens
        pairs = self.valid_pairs[:VALIDATION_SENTENCES]
        written = pool.map(lambda part: translate_plain(self.average, self.pieces, part), chunks(pairs, 50))
        hypotheses = [text for part in written for text in part]
        scores = score_corpus(hypotheses, [target for _, target in pairs], resamples=1)
        exact = sum(text == target for text, (_, target) in zip(hypotheses, pairs, strict=True)) / len(pairs)
        entry = {
            "updates": self.progress.updates,
            "seconds": round(self.progress.seconds, 1),
            "training_loss": round(training_loss, 4),
            "validation_loss": round(loss, 4),
            "exact_match": round(exact, 4),
            **{score.name: round(score.value, 2) for score in scores},
        }
        self.progress.history.append(entry)

    def save(self, path: Path) -> None:
        """Write the whole state to `path` in one step."""
        tensors: dict[str, Tensor] = {}
        for name, module in (("model", self.model), ("average", self.average)):
            tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        for index, parameter in enumerate(self.parameters):
            for key, value in self.optimizer.state[parameter].items():
                tensors[f"optimizer.{index}.{key}"] = value
        for index, generator in enumerate(self.generators):
            tensors[f"generator.{index}"] = generator.get_state()
        metadata = {"progress": json.dumps(asdict(self.progress))}
        try:
            write_whole(path, lambda temporary: save_file(tensors, temporary, metadata))
        except (OSError, SafetensorError) as error:
            raise TrainingError(f"{path} cannot be written ({error}); the state before it is kept") from None

    def load(self, path: Path) -> None:
        """Go on from the state at `path`."""
        if not path.is_file():
            raise TrainingError(f"there is nothing to resume: {path} is missing. Train without --resume first.")
        try:
            with safe_open(path, framework="pt") as file:
                progress = Progress(**json.loads(file.metadata()["progress"]))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            self._restore(tensors)
        except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
            raise TrainingError(f"{path} is damaged ({error}): move it away and start anew") from None
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise TrainingError(f"{path} is the state of another model ({reason}): resume with its recipe") from None
        self.progress = progress

    def _restore(self, tensors: dict[str, Tensor]) -> None:
        for name, module in (("model", self.model), ("average", self.average)):
            prefix = name + "."
            module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        for index, parameter in enumerate(self.parameters):
            prefix = f"optimizer.{index}."
            self.optimizer.state[parameter] = {
                key.removeprefix(prefix): value.to(self.device)
                for key, value in tensors.items()
                if key.startswith(prefix)
            }
        for index, generator in enumerate(self.generators):
            generator.set_state(tensors[f"generator.{index}"])


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Slices of `items` of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def translate_plain(model: Seq2Seq, pieces: PieceModel, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Greedy translations of the sources of some pairs: text alone, for validation."""
    source, mask = pad([pieces.encode(source) or [UNKNOWN] for source, _ in pairs])
    device = next(model.parameters()).device
    *_, trace = search(model, source.to(device), mask.to(device), SearchConfig(beam_size=1, alternatives=1))
    return [pieces.decode(trace.hypothesis(row).ids) for row in range(len(source))]
