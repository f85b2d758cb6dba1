"""Every error that a user can cause, as one tree.

    ElsewhereError
    ├── ConfigError       a recipe, overlay or command-line key
    ├── DataError         images, labels, lists, boxes
    ├── ModelError        a network that cannot be built or used as asked
    └── CheckpointError   checkpoints, weights and bundles on disk

The command line prints the message as one line and ends with status 2, so a message says what is
wrong, where, and what to do about it.
"""

import re


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


_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]"
)
"""What a terminal obeys rather than shows, and what turns the order of letters about."""
_LONGEST = 120


def plain(text: str) -> str:
    """The text with whatever a terminal would obey spelled out; line breaks and tabs stay."""
    return _ORDERS.sub(lambda found: repr(found[0])[1:-1], text)


def printable(name: str) -> str:
    """A name from a stranger's file for a message: cut where long, and on one line."""
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
    return name if name.isprintable() else repr(name)


def one_line(text: str) -> str:
    """The text with every run of white space, line breaks too, as one blank; nothing obeyed."""
    return plain(" ".join(text.split()))
