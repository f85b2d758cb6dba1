"""What a gallery asks of the database that keeps it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from elsewhere.gallery.conditions import Condition
from elsewhere.gallery.entries import Entry


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


class Hit(NamedTuple):
    """An image that was found.

    Attributes:
        entry: the image.
        similarity: cosine to the query, -1..1.
        images: images of its individual that were compared; 0 where it is unknown.
    """

    entry: Entry
    similarity: float
    images: int


class Hits(NamedTuple):
    """What was found for a query: the nearest images, and the best of each nearest individual."""

    images: list[Hit]
    individuals: list[Hit]


@runtime_checkable
class Database(Protocol):
    """Where a gallery lies. Every method is whole or not at all, in any number of processes."""

    place: str

    def settings(self) -> dict[str, Any] | None:
        """What the gallery was made with; None where there is no gallery yet."""

    def create(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Make a gallery; where another process was quicker, its settings come back."""

    def find(self, keys: Sequence[str]) -> dict[str, Held]:
        """What is known of images, removed ones too, by key."""

    def find_paths(self, paths: Sequence[str]) -> dict[str, list[Held]]:
        """The same by the paths that they were added by."""

    def add(self, entries: Sequence[Entry], vectors: Float[np.ndarray, "images size"],
            action: Action) -> int:  # fmt: skip
        """Add images that are not there; says how many were not. Removed ones come back."""

    def change(self, changes: Sequence[Change], action: Action) -> None:
        """Change the states of images."""

    def entries(self, conditions: Sequence[Condition] = ()) -> list[Entry]:
        """The images that fulfil conditions, in the order of adding."""

    def count(self, conditions: Sequence[Condition] = (), most: int | None = None) -> int:
        """How many images fulfil conditions, counted no further than to `most`."""

    def columns(self) -> list[str]:
        """What lists have said of the images that are there, besides what is known of every one."""

    def vectors(self, keys: Sequence[str]) -> Float[np.ndarray, "images size"]:
        """Vectors of images, of length one."""

    def nearest(self, queries: Float[np.ndarray, "queries size"], k: int,
                conditions: Sequence[Condition],
                left_out: Sequence[LeftOut]) -> list[Hits]:  # fmt: skip
        """The nearest images and individuals of each query."""

    def history(self) -> list[Event]:
        """Everything that was ever done, the oldest first."""

    def forget(self, keys: Sequence[str]) -> None:
        """Wipe images out, their vectors and history with them; nobody can undo it."""

    def search_words(self) -> str:
        """How `nearest` searches now, such as "exact"."""
