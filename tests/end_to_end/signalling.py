"""A callback that sends this process a signal at a chosen place of a run."""

import os

from lightning.pytorch import Callback


class SignalAt(Callback):
    """Sends `number`, `times` times, when `hook` is called for the `call`-th time.

    Args:
        number: of the signal.
        hook: name of one of Lightning's hooks.
        call: which call of it, from 1.
        times: how many signals.
    """

    def __init__(self, number: int, hook: str, call: int = 1, times: int = 1) -> None:
        self.left = call

        def send(*_: object) -> None:
            self.left -= 1
            if self.left == 0:
                for _ in range(times):
                    os.kill(os.getpid(), number)

        setattr(self, hook, send)
