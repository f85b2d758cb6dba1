"""Every error that a user can cause, as one tree.

    ElsewhereError
    ├── ConfigError       a recipe, overlay or command-line key
    ├── DataError         images, labels, lists, boxes
    ├── ModelError        a network that cannot be built or used as asked
    └── CheckpointError   checkpoints, weights and bundles on disk

`Interrupted` is a KeyboardInterrupt that knows its signal, and how to go on.

The command line prints the message as one line and ends with status 2, so a message says what is
wrong, where, and what to do about it.
"""

import re
import signal as signals


class ElsewhereError(Exception):
    """Something the user can put right; the message says how."""


class ConfigError(ElsewhereError):
    """A key, value or file of a recipe is wrong."""


class DataError(ElsewhereError):
    """Images or their labels are missing, broken or contradictory."""


class ModelError(ElsewhereError):
    """A network cannot be built, or cannot do what was asked of it."""


class CheckpointError(ElsewhereError):
    """A checkpoint, weights file or bundle is missing, cut short or of another shape."""


class Interrupted(KeyboardInterrupt):
    """The work was ended from outside before it was done.

    Attributes:
        signal: which one: 2 for SIGINT (Ctrl-C), 15 for SIGTERM.
        hint: how to go on.
    """

    def __init__(self, signal: int = 2, hint: str = "") -> None:
        super().__init__(signal, hint)
        self.signal, self.hint = signal, hint

    def __str__(self) -> str:
        word = "terminated" if self.signal == signals.SIGTERM else "interrupted"
        return f"{word}; {self.hint}" if self.hint else word


def signal_behind(error: BaseException | None) -> Interrupted | None:
    """The signal that an exception comes from; Lightning's Trainer exits where it meets one."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__ if isinstance(error, SystemExit) else None
    return error if error is None or isinstance(error, Interrupted) else Interrupted()


_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]"
)
"""What a terminal obeys rather than shows, and what turns the order of letters about."""
_LONGEST = 120


def plain(text: str) -> str:
    """The text with whatever a terminal would obey spelled out; line breaks and tabs stay."""
    return _ORDERS.sub(lambda found: repr(found[0])[1:-1], text)


def plain_json(text: str) -> str:
    """JSON with the same spelled out as JSON does; no value changes."""
    return _ORDERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def printable(name: str) -> str:
    """A name from a stranger's file for a message: cut where long, and on one line."""
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
    return name if name.isprintable() else repr(name)


def one_line(text: str) -> str:
    """The text with every run of white space, line breaks too, as one blank; nothing obeyed."""
    return plain(" ".join(text.split()))
