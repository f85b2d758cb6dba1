"""What a verb leaves, and says, when a signal ends it."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from elsewhere.errors import Interrupted, signal_behind

GOING_ON = {
    "demo": "the same command goes on with what is there",
    "embed": "what was embedded is kept: the same command goes on",
    "gallery": "what was added is kept: the same command goes on",
    "make-data": "nothing was written: start it again",
    "reproduce": "the same command goes on with what is there",
    "test": "start it again",
}
"""How to go on with what a signal ended."""


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the work as Ctrl-C does, so that nothing half written stays."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    owner = os.getpid()

    def end(number: int, _: object) -> None:
        if os.getpid() != owner:  # a child that has not become anything else yet
            os._exit(128 + number)
        raise Interrupted(number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


@contextmanager
def telling_how_to_go_on(words: Sequence[str]) -> Iterator[None]:
    """Say of a verb that is ended while the block runs how to go on with it."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as error:
        ended = signal_behind(error)
        if ended is None:
            raise
        hint = ended.hint or GOING_ON.get(words[0] if words else "", "")
        raise Interrupted(ended.signal, hint) from error
