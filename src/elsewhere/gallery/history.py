"""What was done to a gallery, thing by thing, and what undoing the last one changes."""

from collections.abc import Sequence
from typing import NamedTuple

from elsewhere.gallery.database import Action, Change, Event
from elsewhere.gallery.keeping import Database


class Done(NamedTuple):
    """One thing that was done.

    Attributes:
        action: when it was begun, and its name.
        changes: what it changed, image by image.
        images: how many images that is.
    """

    action: Action
    changes: tuple[Change, ...]
    images: int

    @property
    def what(self) -> str:
        """Add, label, remove, undo or forget."""
        return self.action.what

    @property
    def names(self) -> list[str]:
        """Individuals that images were said to show."""
        changed = (each for each in self.changes if each.before.label != each.after.label)
        return sorted({each.after.label for each in changed if each.after.label is not None})


def done_before(events: Sequence[Event]) -> list[Done]:
    """Everything that was done, the oldest first."""
    changes: dict[str, list[Change]] = {}
    actions: dict[str, Action] = {}
    for action, change in events:
        actions.setdefault(action.name, action)
        changes.setdefault(action.name, []).append(change)
    return [
        Done(action, each := tuple(changes[name]), _images(action, each))
        for name, action in actions.items()
    ]


def _images(action: Action, changes: Sequence[Change]) -> int:
    """How many images were changed; forgotten ones are counted, nothing else is known of them."""
    return len(changes) if action.what == "forget" else len({each.key for each in changes} - {""})


def last_action(events: Sequence[Event]) -> Done | None:
    """The last thing that was done and has not been undone."""
    undone = {action.undoes for action, _ in events if action.undoes}
    standing = [
        event
        for event in events
        if event.action.what not in ("undo", "forget") and event.action.name not in undone
    ]
    if not standing:
        return None
    last = standing[-1].action.name
    return done_before([event for event in standing if event.action.name == last])[0]


def undo_changes(last: Done, database: Database) -> list[Change]:
    """What turns back what was done last; images that somebody has changed since are left."""
    first: dict[str, Change] = {}
    for change in last.changes:
        before = first.get(change.key)
        first[change.key] = change if before is None else before._replace(after=change.after)
    held = database.find(list(first))
    return [
        Change(key, change.after, change.before)
        for key, change in first.items()
        if key in held and held[key].state == change.after
    ]
