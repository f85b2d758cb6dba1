"""What a model on the hub is called."""

import re
from typing import NamedTuple

from elsewhere.errors import ConfigError, printable

PREFIX = "hf-hub:"
_PART = r"[A-Za-z0-9][\w.-]{0,95}"
_REPOSITORY = re.compile(f"{_PART}/{_PART}", re.ASCII)
_REVISION = re.compile(r"[\w./-]+", re.ASCII)


class HubPlace(NamedTuple):
    """A repository of the hub, owner/name, at a branch, tag or commit; None for the newest."""

    repository: str
    revision: str | None = None

    def __str__(self) -> str:
        return PREFIX + self.repository + (f"@{self.revision}" if self.revision else "")


def on_hub(place: str) -> bool:
    """Whether a model's name says that it lies on the hub."""
    return place.startswith(PREFIX)


def hub_place(text: str) -> HubPlace:
    """Read `hf-hub:owner/name`, or `hf-hub:owner/name@revision`; the prefix may be missing."""
    name, at, revision = text.removeprefix(PREFIX).partition("@")
    fits = _REPOSITORY.fullmatch(name) and ".." not in name and "--" not in name
    if not fits or (at and not _REVISION.fullmatch(revision)):
        raise ConfigError(
            f"{printable(text)}: no name on the hub; write owner/name, or owner/name@revision"
        )
    return HubPlace(name, revision or None)
