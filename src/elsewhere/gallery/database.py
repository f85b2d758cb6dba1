"""What a database keeps of a gallery, and what it is asked and told."""

import uuid
from datetime import UTC, datetime
from typing import NamedTuple

from elsewhere.gallery.entries import Entry
from elsewhere.retrieval.answers import Found


class State(NamedTuple):
    """What can change of an image.

    Attributes:
        present: whether it is in the gallery; a removed one is kept, for undoing.
        label: the individual it shows; None where unknown.
    """

    present: bool
    label: str | None


class Held(NamedTuple):
    """An image that a database knows: its facts, and whether it is in the gallery now."""

    entry: Entry
    present: bool

    @property
    def state(self) -> State:
        """What can change of it."""
        return State(self.present, self.entry.label)


class Action(NamedTuple):
    """One thing that somebody did: all it changed is undone together.

    Attributes:
        name: differs from every other action's.
        what: add, label, remove or undo.
        at: when it began, in UTC.
        undoes: name of the action that is undone by it; empty for none.
    """

    name: str
    what: str
    at: str
    undoes: str = ""

    @classmethod
    def now(cls, what: str, undoes: str = "") -> "Action":
        """An action that begins."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(uuid.uuid4().hex, what, at, undoes)


class Change(NamedTuple):
    """An image's state before and after."""

    key: str
    before: State
    after: State


NOTHING = Change("", State(False, None), State(False, None))
"""The change of an action that is written down although it changes no image that is known."""


class Event(NamedTuple):
    """A line of the history."""

    action: Action
    change: Change


class LeftOut(NamedTuple):
    """What is not compared with a query.

    Attributes:
        key: the query's own; empty for none.
        camera: images by this camera are left out; None for no such rule.
        label: where given, of those only images of this individual.
    """

    key: str = ""
    camera: str | None = None
    label: str | None = None


class Hits(NamedTuple):
    """What was found for a query: the nearest images, and the best of each nearest individual."""

    images: tuple[Found, ...]
    individuals: tuple[Found, ...]
