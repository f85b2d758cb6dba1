"""Where the images lie that a list names: as it spells them, or nearly."""

import os
import unicodedata
from collections.abc import Sequence
from functools import cache
from os.path import isdir, isfile
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.images.kinds import is_image
from elsewhere.data.records import plain_name

_TRIED = 20
"""Names of which one at least must be found before all are looked for elsewhere."""
_FOLDERS = 50
"""Folders inside that are looked into, at most."""


class Located(NamedTuple):
    """Where files are; None for a name without one.

    `note` says where they were looked for, if not as they are spelled.
    """

    paths: list[Path | None]
    note: str


def locate_files(names: Sequence[str], folder: Path) -> Located:
    """Find the files of a list below a folder.

    A name may have backslashes, lack its suffix, or differ in what nobody sees. Where none of the
    first is there, all may have been written elsewhere: what they begin with is taken off, and one
    folder inside or beside is entered, where there is a single way to do so.
    """
    find = _Find()
    if any(find(folder, name) for name in names[:_TRIED]):
        return Located([find(folder, name) for name in names], "")
    moved = _moved(names[0], folder, find) if names else None
    if moved is None:
        return Located([None] * len(names), "")
    start, base = moved
    rest = [_slashed(name) for name in names]
    paths = [find(base, r.removeprefix(start)) if r.startswith(start) else None for r in rest]
    return Located(
        paths, f"paths are read below {base}" + (f", without {start!r}" if start else "")
    )


def is_there(path: Path) -> bool:
    """Whether there is such a file; no odd name makes this raise."""
    return isfile(path)  # noqa: PTH113


def folders_in(folder: Path) -> list[Path]:
    """The folders directly in one, by name; none where it cannot be looked into."""
    return [folder / name for name in _entries(folder) if isdir(folder / name)]  # noqa: PTH112


def spelled_like(name: str, folder: Path) -> str:
    """What there is in place of a missing file, in a spelling that shows the difference."""
    path = folder / _slashed(name)
    alike = [e for e in _entries(path.parent) if plain_name(e) == plain_name(path.name)]
    return f"; there is {alike[0]!a}" if alike else ""


def _moved(name: str, folder: Path, find: "_Find") -> tuple[str, Path] | None:
    """What to take off names and where to look for the rest; None where that is not plain."""
    parts = _slashed(name).split("/")
    for around in (folder, folder.absolute().parent):
        inside = folders_in(around)[:_FOLDERS]
        for taken in range(len(parts)):
            tail = "/".join(parts[taken:])
            bases = [base for base in (around, *inside) if find(base, tail)]
            if bases:
                start = "/".join(parts[:taken]) + "/" if taken else ""
                return (start, bases[0]) if len(bases) == 1 else None
    return None


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


class _Find:
    """Finds a file by its name below a folder; each folder is listed once."""

    def __init__(self) -> None:
        self._listed = cache(_by_plain_name)

    def __call__(self, folder: Path, name: str) -> Path | None:
        slashed = _slashed(name)
        for spelling in dict.fromkeys((name, slashed, *_composed(slashed))):
            path = folder / spelling
            if is_there(path):
                return Path(os.path.normpath(path))
        path = Path(os.path.normpath(folder / slashed))
        alike = self._listed(path.parent).get(plain_name(path.name), ())
        return path.parent / alike[0] if len(alike) == 1 else None


def _composed(name: str) -> list[str]:
    return [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]


def _by_plain_name(folder: Path) -> dict[str, list[str]]:
    """The images of a folder by their plain names, with suffix and without."""
    found: dict[str, list[str]] = {}
    for entry in _entries(folder):
        if is_image(Path(entry)):
            for name in {plain_name(entry), plain_name(Path(entry).stem)}:
                found.setdefault(name, []).append(entry)
    return found


def _entries(folder: Path) -> list[str]:
    """What a folder holds, by name; nothing of one that cannot be looked into."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except (OSError, ValueError):  # a path may hold a zero byte
        return []
