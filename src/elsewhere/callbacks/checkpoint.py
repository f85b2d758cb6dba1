"""Keeps a run's checkpoints: the last, the one before it, and the best, apart."""

import math
import time
from pathlib import Path
from typing import Any, Literal

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

from elsewhere.callbacks.files import BEST, LAST, PREVIOUS, AtomicCheckpointIO
from elsewhere.callbacks.stopping import StopAtSignals
from elsewhere.errors import ConfigError


class KeepCheckpoints(Checkpoint):
    """Keeps `last.ckpt`, `previous.ckpt` and `best.ckpt` in one folder.

    `last` is written after each validation within an epoch, at the end of each epoch, when
    `max_steps` is reached, and every `every_n_steps` optimizer steps: always right after an
    optimizer step, never between the batches whose gradients it adds up, and never between a step
    and the validation that follows it. So a resumed run repeats what the interrupted one did since,
    to the bit. `best` is written after the validation in which the monitored value was best; of
    equal ones the first is kept. All of them hold everything that resuming needs.

    Only the first process writes. Files are read as data, never as code, through
    `AtomicCheckpointIO`, which this callback hands to the Trainer.

    Attributes:
        best_score: the monitored value of `best.ckpt`; None before the first validation.

    Args:
        folder: where the files go; made when needed.
        monitor: name of a logged validation value; None keeps no `best.ckpt`.
        mode: whether the least or the greatest value is best.
        every_n_steps: optimizer steps between writings of `last` within an epoch; None for none.
        signals: where one was noted, `last` is written at the next chance and training ends.
    """

    def __init__(
        self,
        folder: str | Path,
        monitor: str | None = None,
        mode: Literal["min", "max"] = "max",
        every_n_steps: int | None = None,
        signals: StopAtSignals | None = None,
    ) -> None:
        if every_n_steps is not None and every_n_steps < 1:
            raise ConfigError(f"every_n_steps must be at least 1, got {every_n_steps}.")
        self.folder = Path(folder)
        self.monitor, self.mode, self.every_n_steps = monitor, mode, every_n_steps
        self.signals = signals or StopAtSignals()
        self.best_score: float | None = None
        self._trained_before = 0.0
        self._began: float | None = None
        self._steps_seen = 0
        self._stepped = False

    @property
    def state_key(self) -> str:
        """Names this callback's state in a checkpoint; another monitored value is another state."""
        return f"KeepCheckpoints[{self.monitor},{self.mode}]"

    @property
    def best_model_path(self) -> str:
        """Where the best checkpoint is, for the Trainer's `ckpt_path="best"`; empty for none."""
        return "" if self.best_score is None else str(self.folder / BEST)

    @property
    def seconds(self) -> float:
        """How long training took so far, what came before a resume included."""
        now = 0.0 if self._began is None else time.monotonic() - self._began
        return self._trained_before + now

    def state_dict(self) -> dict[str, Any]:
        """The best value and the time so far."""
        return {"best_score": self.best_score, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes up the best value, unless its checkpoint is gone, and the time so far."""
        kept = (self.folder / BEST).is_file()
        self.best_score = state_dict["best_score"] if kept else None
        self._trained_before = state_dict["seconds"]

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Hands the Trainer our way of writing and reading, before it restores anything."""
        trainer.strategy.checkpoint_io = AtomicCheckpointIO()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Takes the loader to its place and checks where validations fall."""
        self._began = time.monotonic()
        _restore_loader(trainer)
        _check_windows(trainer)
        _finish_restored_epoch(trainer)
        self._steps_seen = trainer.global_step

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Writes `last` when its turn has come and nothing else belongs to this step."""
        self._stepped = trainer.global_step != self._steps_seen
        self._steps_seen = trainer.global_step
        turn = self.every_n_steps is not None and trainer.global_step % self.every_n_steps == 0
        ends = trainer.global_step == trainer.max_steps
        alone = not _epoch_ended(trainer) and not _validation_follows(trainer)
        if self._stepped and alone and (turn or ends or self.signals.received):
            self._write_last(trainer)
            self.signals.stop_if_asked()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Writes `best` when this validation was, and `last` within an epoch."""
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        if self.monitor is not None and self._is_best(trainer, self.monitor):
            trainer.save_checkpoint(self.folder / BEST)
        if self._stepped and not _epoch_ended(trainer):
            self._write_last(trainer)
            self.signals.stop_if_asked()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Writes `last`; an epoch that was broken off was written where it broke off."""
        if _epoch_ended(trainer):
            self._write_last(trainer)
            self.signals.stop_if_asked()

    def _write_last(self, trainer: Trainer) -> None:
        trainer.save_checkpoint(self.folder / LAST, storage_options=self.folder / PREVIOUS)

    def _is_best(self, trainer: Trainer, monitor: str) -> bool:
        score = trainer.callback_metrics.get(monitor)
        if score is None:
            logged = ", ".join(sorted(trainer.callback_metrics)) or "nothing"
            raise ConfigError(
                f"The best checkpoint is chosen by {monitor!r}, which validation did not log; "
                f"it logged: {logged}."
            )
        # Processes may disagree in the last bit; all must decide alike.
        value = float(trainer.strategy.broadcast(torch.as_tensor(score).item()))
        worst = math.inf if self.mode == "min" else -math.inf
        best = worst if self.best_score is None else self.best_score
        better = value < best if self.mode == "min" else value > best
        if better:
            self.best_score = value
        return better


def _restore_loader(trainer: Trainer) -> None:
    """Give the loader its state where the Trainer forgot to.

    The Trainer does so when it sets the loader up, which a module that asks for
    `estimated_stepping_batches` makes it do before any state has been read.
    """
    trainer.fit_loop._load_combined_loader_states()


def _epoch_ended(trainer: Trainer) -> bool:
    return bool(trainer.fit_loop.batch_idx + 1 >= trainer.num_training_batches)


def _validation_follows(trainer: Trainer) -> bool:
    """Whether the Trainer validates after this batch, before it takes another."""
    every, between = trainer.check_val_every_n_epoch, trainer.val_check_batch
    if not trainer.enable_validation or (every and (trainer.current_epoch + 1) % every):
        return False
    if trainer.should_stop or between is None:  # None: by the clock, which nothing can repeat
        return bool(trainer.should_stop)
    counted = trainer.fit_loop.total_batch_idx if every is None else trainer.fit_loop.batch_idx
    return bool((counted + 1) % between == 0)


def _finish_restored_epoch(trainer: Trainer) -> None:
    """Goes on with the next epoch when `last` was written at the end of one.

    Lightning does so by itself, except under `max_steps`: there it ends the epoch a second time and
    leaves one out.
    """
    loop = trainer.fit_loop
    if loop.restarted_on_epoch_end:
        loop.epoch_progress.increment_completed()
        loop.reset_restart_stage()
        loop.epoch_loop.restarting = False


def _check_windows(trainer: Trainer) -> None:
    window, between = trainer.accumulate_grad_batches, trainer.val_check_batch
    batches = trainer.num_training_batches
    across_epochs = trainer.check_val_every_n_epoch is None
    if window == 1 or not trainer.enable_validation or between is None:
        return
    if between >= batches and not across_epochs:
        return
    if between % window or (across_epochs and batches % window):
        raise ConfigError(
            f"Validation every {between} of an epoch's {batches} batches would fall between the "
            f"{window} whose gradients are added up (accumulate_grad_batches); set "
            "val_check_interval to a multiple of them."
        )
