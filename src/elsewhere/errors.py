"""Every error that a user can cause, as one tree.

    ElsewhereError
    ├── ConfigError       a recipe, overlay or command-line key
    ├── DataError         images, labels, lists, boxes
    ├── ModelError        a network that cannot be built or used as asked
    └── CheckpointError   checkpoints, weights and bundles on disk

The command line prints the message as one line and ends with status 2, so a message says what is
wrong, where, and what to do about it.
"""


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


def one_line(text: str) -> str:
    """The text with every run of white space, line breaks too, as one blank."""
    return " ".join(text.split())
