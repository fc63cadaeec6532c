"""A training in the terminal: a progress line, signals that stop it, and, on request, TensorBoard."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from s2s.errors import ConfigError
from s2s.training import Trainer

COLUMNS = (
    MofNCompleteColumn(),
    BarColumn(),
    TextColumn("epoch {task.fields[epoch]}  loss {task.fields[loss]:.3f}  {task.fields[speed]:,.0f} tokens/s  left"),
    TimeRemainingColumn(),
)
LOGGED_UPDATES = 50
"""Updates between two points of TensorBoard's curve of the training loss."""

Log = Callable[[dict[str, float], int], None]
"""Takes named values and the number of updates."""


def watch_training(trainer: Trainer, state: Path, console: Console) -> None:
    """Run `trainer` to its end, or until Ctrl-C or SIGTERM; either way the state is saved.

    Args:
        trainer: what runs; only the first of several processes speaks.
        state: the state's file.
        console: where to speak.
    """
    ranks, data = trainer.ranks, trainer.data
    if ranks.is_first:
        kind = str(trainer.number_format).removeprefix("torch.")
        processes = f", {ranks.size} processes" if ranks.size > 1 else ""
        console.print(
            f"{trainer.recipe.name}: {trainer.model.parameter_count():,} parameters, {data.epoch_pairs:,} pairs an "
            f"epoch ({trainer.corpus.skipped:,} of {len(trainer.corpus.pairs) + trainer.corpus.skipped:,} left out as "
            f"too long), {trainer.total_updates:,} updates, {trainer.device} in {kind}{processes}"
        )
    stopped = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    log = _open_tensorboard(state.parent) if trainer.config.tensorboard and ranks.is_first else None
    handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Progress(*COLUMNS, console=console, disable=not ranks.is_first) as bar:
            done = trainer.progress.updates
            task = bar.add_task("", total=trainer.total_updates, completed=done, epoch=1, loss=0.0, speed=0.0)

            def on_update(loss: float) -> bool:
                progress = trainer.progress
                speed = progress.target_tokens / progress.seconds
                bar.update(task, completed=progress.updates, epoch=progress.epoch + 1, loss=loss, speed=speed)
                if log is not None and progress.updates % LOGGED_UPDATES == 0:
                    log({"loss": loss, "target_tokens_per_second": speed}, progress.updates)
                return not stopped

            def on_validation() -> None:
                if ranks.is_first:
                    entry = trainer.progress.history[-1]
                    console.print(_history_line(entry))
                    if log is not None:
                        log(
                            {k: v for k, v in entry.items() if k not in ("updates", "seconds")},
                            trainer.progress.updates,
                        )

            trainer.run(state, on_update, on_validation)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _history_line(entry: dict[str, float]) -> str:
    return "  ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in entry.items())


def _open_tensorboard(directory: Path) -> Log:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ConfigError("training.tensorboard needs the `tensorboard` library: pip install tensorboard") from None
    writer = SummaryWriter(str(directory / "tensorboard"))

    def log(values: dict[str, float], updates: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, updates)
        writer.flush()

    return log
