"""Progress that reads well on a terminal and in a log file alike."""

import math
import sys
import time
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from rich.progress import Progress

from elsewhere.terminal import clock, counting_bar, notes


class EpochLines(Callback):
    """One line an epoch; on a terminal also a bar that moves within it, and one for a test."""

    def __init__(self) -> None:
        self._console = notes()
        self._bar: Progress | None = None
        self._began = self._epoch_began = 0.0
        self._first_epoch = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self._began = time.monotonic()
        self._first_epoch = trainer.current_epoch

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the epoch's bar."""
        self._epoch_began = time.monotonic()
        batches = int(trainer.num_training_batches)
        name = f"epoch {trainer.current_epoch + 1}/{planned_epochs(trainer, batches)}"
        self._open(trainer, name, batches, trainer.fit_loop.batch_idx + 1)

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Move the bar."""
        self._move()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say how the epoch went and how long the rest will take."""
        self._close()
        if not trainer.is_global_zero:
            return
        done = trainer.current_epoch + 1
        now = time.monotonic()
        epochs = planned_epochs(trainer, int(trainer.num_training_batches))
        rest = (now - self._began) / (done - self._first_epoch) * (epochs - done)
        measured = {name: float(value) for name, value in trainer.callback_metrics.items()}
        figures = [f"loss {measured['train/loss']:.3f}"] if "train/loss" in measured else []
        if "val/accuracy" in measured:
            figures.append(f"validation {measured['val/accuracy']:.1%}")
        if "val/mAP" in measured:
            figures.append(f"validation mAP {measured['val/mAP']:.1%}")
        line = f"epoch {done}/{epochs}  {'  '.join(figures)}"
        self._console.print(f"{line}  {now - self._epoch_began:.1f} s, {clock(rest)} left")

    def on_test_batch_start(self, trainer: Trainer, *rest: Any) -> None:
        """Open a bar for every split under test."""
        batch_idx, loader = rest[2], rest[3] if len(rest) > 3 else 0
        if batch_idx == 0:
            self._close()
            self._open(trainer, f"test {loader + 1}", trainer.num_test_batches[loader], 0)

    def on_test_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Move the bar."""
        self._move()

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Leave the terminal as it was."""
        self._close()

    def _open(self, trainer: Trainer, name: str, total: float, done: int) -> None:
        if not (trainer.is_global_zero and sys.stderr.isatty()):
            return
        self._bar = counting_bar(self._console)
        self._bar.start()
        self._bar.add_task(name, total=total, completed=done)

    def _move(self) -> None:
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def planned_epochs(trainer: Trainer, batches: int) -> int:
    """Epochs of the whole run, begun ones counted, also where its length is given in steps.

    `batches` are of one epoch; 0 where the Trainer knows no end.
    """
    epochs = math.inf if trainer.max_epochs in (None, -1) else trainer.max_epochs
    if trainer.max_steps >= 0:
        steps = max(math.ceil(batches / trainer.accumulate_grad_batches), 1)
        epochs = min(epochs, math.ceil(trainer.max_steps / steps))
    return 0 if epochs == math.inf else int(epochs)
