"""Signals while training: the step that is under way is finished first."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from elsewhere.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Training was asked to end and its checkpoint is written; not an error of any step."""


class StopAtSignals(Callback):
    """Notes SIGINT and SIGTERM, for `KeepCheckpoints` to write a checkpoint and then to stop.

    A second signal ends at once. So does the first where several processes train together, which
    may not be at the same step, and where Python does not run in the main thread.

    Attributes:
        received: the signal that was noted; 0 before.
    """

    def __init__(self) -> None:
        self.received = 0
        self._before: dict[int, Any] = {}
        self._process = os.getpid()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Takes the place of Lightning's own handlers, after which a run would end as if done."""
        self._process = os.getpid()
        if threading.current_thread() is not threading.main_thread():
            return
        work = self._note if trainer.world_size == 1 else self._end
        self._before = {number: signal.signal(number, work) for number in SIGNALS}

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Gives the signals back."""
        self._give_back()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Gives the signals back."""
        self._give_back()

    def stop_if_asked(self) -> None:
        """Ends training here, where a checkpoint was just written, if a signal came."""
        if self.received:
            raise Stopped

    def _note(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:  # a loading process: its parent decides
            return
        if self.received:
            self._end(number, frame)
        self.received = number
        sys.stderr.write("elsewhere: stopping after this step; a second signal stops at once\n")

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        raise Interrupted(number)

    def _give_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        self._before = {}
