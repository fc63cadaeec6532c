"""The training loop: teacher forcing, AdamW, a moving average of the weights.

An update is cut into shards. On the CPU each shard runs on a thread of its own with single-threaded kernels, which on
two cores is 1.7 times as fast as splitting every small operation between them (benchmarks/train_threads.py). The result
does not depend on which thread is faster: what a shard draws at random follows from the seed, the update and the shard,
and the gradients are summed in a fixed order. Several processes that share the shards get the same sums, up to rounding
where more than two are added.
"""

import copy
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from s2s.device import number_format
from s2s.errors import TrainingError
from s2s.model import Seq2Seq
from s2s.prepare import Prepared
from s2s.recipe import Recipe
from s2s.recipe_sections import TrainingConfig
from s2s.text import PieceModel
from s2s.training.objective import objective
from s2s.training.ranks import ALONE, Ranks
from s2s.training.schedule import forcing_share, learning_rate_factor
from s2s.training.state import Progress, decisive_settings, pack, read_state, unpack, write_state
from s2s.training.validation import Validation, merit
from s2s.training.warm_start import warm_start


class Trainer:
    """One training: model, average, optimiser and the place in the data."""

    def __init__(
        self, recipe: Recipe, device: torch.device, ranks: Ranks = ALONE, *, state: Path | None = None
    ) -> None:
        """Open the prepared data of `recipe` and build everything at its start, or where it was at a saved state.

        Args:
            recipe: what to train.
            device: where.
            ranks: the processes that share the training.
            state: the file to go on from.

        Raises:
            ConfigError: the device lacks the recipe's number format.
            DataError: the data is not prepared, or with other settings.
            TrainingError: shards, processes and data do not fit together; or the state is missing, damaged, or that
                of another training.
        """
        self.recipe, self.device, self.ranks = recipe, device, ranks
        self.config: TrainingConfig = recipe.training
        self.number_format = number_format(device, self.config.precision)
        self.shards = self._count_shards()
        self.files = Prepared(recipe)
        self.data = self.files.training_data()
        self.pieces = PieceModel(self.files.pieces, recipe.data.source_language, recipe.data.target_language)
        held_out = self.files.split("valid")
        corpus = self.files.corpus(held_out, self.pieces)
        self.validation = Validation(held_out, corpus, recipe.data, self.config.batch_tokens)
        torch.manual_seed(self.config.seed)
        self.model = Seq2Seq(replace(recipe.model, vocabulary_size=self.pieces.vocabulary_size))
        if self.config.warm_start and state is None:
            warm_start(self.model, self.pieces, Path(self.config.warm_start), parent_pieces=self.config.parent_pieces)
        self.model.to(device)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.best = copy.deepcopy(self.average)
        self.parameters: list[Tensor] = list(self.model.parameters())
        self.averages: list[Tensor] = list(self.average.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, weight_decay=self.config.weight_decay, fused=True)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.number_format == torch.float16)
        self.progress = Progress()
        threads = len(ranks.share(range(self.shards))) if device.type == "cpu" else 1
        self._threads = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
        self._open_part(0, 0)
        share = self.data.epoch_pairs / (len(self.corpus.pairs) + self.corpus.skipped)
        self.epoch_updates = round(len(self._batches) // self.shards * share)
        self.total_updates = self.config.max_epochs * self.epoch_updates
        if not self.epoch_updates:
            raise TrainingError(f"an epoch has fewer batches than shards ({self.shards}): lower batch_tokens or shards")
        if state is not None:
            self._load(state)

    def _count_shards(self) -> int:
        ranks = self.ranks.size
        shards = self.config.shards if self.device.type == "cpu" else ranks
        if shards % ranks:
            raise TrainingError(f"training.shards ({shards}) must be a multiple of the number of processes ({ranks})")
        return shards

    def _open_part(self, epoch: int, part: int) -> None:
        """Read one part of an epoch, cut it into pieces and make its batches."""
        seed = self.config.seed + 1_000_003 * epoch + part
        pairs = self.data.part(epoch, part, self.recipe.data.augmentation)
        self.corpus = self.files.corpus(pairs, self.pieces, sampling=self.config.piece_sampling, seed=seed)
        self._batches = self.corpus.batches(self.config.batch_tokens // self.shards, seed, self.shards)
        self.progress.longest_source = max(self.progress.longest_source, self.corpus.longest_source)

    @property
    def finished(self) -> bool:
        """Whether all updates are made, or no validation was better for long enough."""
        patience = self.config.patience
        stale = patience is not None and self.progress.stale >= patience
        return self.progress.updates >= self.total_updates or stale

    def run(self, state: Path, on_update: Callable[[float], bool], on_validation: Callable[[], None]) -> None:
        """Train to the end, or until `on_update` says stop on any rank.

        Args:
            state: the state's file, written every few minutes and at the end.
            on_update: called after each update with its loss (nats a piece); False stops the training.
            on_validation: called when `progress.history` has a new entry.
        """
        last_save, going_on = time.monotonic(), True
        while going_on and not self.finished:
            loss = self.update()
            going_on = not self.ranks.any(not on_update(loss), self.device)
            last = self.progress.updates >= self.total_updates
            if last or self.progress.updates % self.config.validate_updates == 0:
                self.validate()
                on_validation()
            due = time.monotonic() - last_save > 60 * self.config.save_minutes
            if self.ranks.is_first and (due or self.finished or not going_on):
                self.save(state)
                last_save = time.monotonic()

    def update(self) -> float:
        """Make one step of the optimiser; the loss in nats a piece.

        Raises:
            TrainingError: the loss or its gradient is no finite number; the weights stay as they were.
        """
        started = time.monotonic()
        batches = self._next_batches()
        tokens = sum(map(self.corpus.tokens, batches))
        loss, gradients = self._gradients(batches, tokens)
        self._check("loss", loss)
        self._step(gradients)
        progress = self.progress
        progress.updates += 1
        progress.target_tokens += tokens
        progress.loss += loss
        progress.losses += 1
        progress.seconds += time.monotonic() - started
        return loss

    def _check(self, name: str, value: float) -> None:
        if not math.isfinite(value):
            raise TrainingError(
                f"the {name} became {value} at update {self.progress.updates + 1}: lower training.learning_rate or "
                "gradient_norm, and start from the last saved state with --resume"
            )

    def _next_batches(self) -> list[list[int]]:
        progress = self.progress
        while progress.batch + self.shards > len(self._batches):  # the last few of a part make no whole update
            progress.batch, progress.part = 0, progress.part + 1
            if progress.part == self.data.parts:
                progress.part, progress.epoch = 0, progress.epoch + 1
            self._open_part(progress.epoch, progress.part)
        chosen = self._batches[progress.batch : progress.batch + self.shards]
        progress.batch += self.shards
        return chosen

    def _gradients(self, batches: list[list[int]], tokens: int) -> tuple[float, list[Tensor]]:
        """Loss and gradients of an update, a target piece on average, summed over shards and ranks."""
        mine = self.ranks.share(range(self.shards))
        results = list(self._threads.map(self._gradient, mine, [batches[shard] for shard in mine]))
        losses, rows = [loss for loss, _ in results], [list(gradients) for _, gradients in results]
        loss, total = torch.stack(losses).sum(), rows[0]
        for gradients in rows[1:]:
            torch._foreach_add_(total, gradients)
        self.ranks.sum([loss, *total])
        torch._foreach_div_(total, tokens)
        return float(loss) / tokens, total

    def _gradient(self, shard: int, indices: list[int]) -> tuple[Tensor, Sequence[Tensor]]:
        config = self.config
        batch = self.corpus.batch(indices).to(self.device)
        place = (config.seed * 1_000_003 + self.progress.updates) * 1_009 + shard
        generator = torch.Generator(self.device).manual_seed(place)
        loss = objective(
            self.model,
            batch,
            generator,
            label_smoothing=config.label_smoothing,
            forcing_share=forcing_share(self.progress.updates, self.total_updates, config),
            guided_attention=config.guided_attention,
            coverage_loss=config.coverage_loss,
            number_format=self.number_format,
        )
        return loss.detach(), torch.autograd.grad(self.scaler.scale(loss), self.parameters)

    def _step(self, gradients: list[Tensor]) -> None:
        config, updates = self.config, self.progress.updates
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, config.gradient_norm)
        if not self.scaler.is_enabled():  # a scaler lowers its scale and leaves the step out
            self._check("gradient", float(norm))
        factor = learning_rate_factor(updates, self.total_updates, config.warmup_updates)
        for group in self.optimizer.param_groups:
            group["lr"] = factor * config.learning_rate
        self.scaler.step(self.optimizer)
        self.scaler.update()
        # Early on the average follows closely, so that it does not remember the random start.
        decay = min(config.average_decay, (2 + updates) / (11 + updates))
        torch._foreach_lerp_(self.averages, self.parameters, 1 - decay)

    def validate(self) -> None:
        """Look at the validation pairs, add an entry to the history, keep the weights if they are the best so far."""
        progress = self.progress
        entry = {
            "updates": progress.updates,
            "seconds": round(progress.seconds, 1),
            "training_loss": round(progress.loss / max(1, progress.losses), 4),
        }
        progress.loss, progress.losses = 0.0, 0
        better = False
        if self.ranks.is_first:
            entry |= self.validation.look(self.average, self._threads, self.number_format)
            better = progress.best is None or merit(entry) > progress.best
            progress.history.append(entry)
        if self.ranks.any(better, self.device):
            progress.best = merit(entry) if self.ranks.is_first else None
            progress.stale = 0
            self.best.load_state_dict(self.average.state_dict())
        else:
            progress.stale += 1

    def _settings(self) -> dict[str, Any]:
        return decisive_settings(self.recipe, self.data.fingerprint)

    def save(self, path: Path) -> None:
        """Write the whole state to `path` in one step."""
        tensors = pack(self.model.state_dict(), "model") | pack(self.average.state_dict(), "average")
        tensors |= pack(self.best.state_dict(), "best")
        for index, parameter in enumerate(self.parameters):
            tensors |= pack(self.optimizer.state[parameter], f"optimizer.{index}")
        tensors |= pack({name: torch.tensor(value) for name, value in self.scaler.state_dict().items()}, "scaler")
        write_state(path, tensors, self.progress, self._settings())

    def _load(self, path: Path) -> None:
        tensors, progress = read_state(path, self._settings())
        try:
            for name, module in (("model", self.model), ("average", self.average), ("best", self.best)):
                module.load_state_dict(unpack(tensors, name))
            for index, parameter in enumerate(self.parameters):
                values = unpack(tensors, f"optimizer.{index}")
                self.optimizer.state[parameter] = {key: value.to(self.device) for key, value in values.items()}
            scaler = {name: value.item() for name, value in unpack(tensors, "scaler").items()}
            self.scaler.load_state_dict(scaler or self.scaler.state_dict())
        except (RuntimeError, KeyError, ValueError) as error:
            reason = str(error).splitlines()[-1].strip()
            raise TrainingError(f"{path} is damaged ({reason}): move it away and start anew") from None
        self.progress = progress
        self._open_part(progress.epoch, progress.part)
