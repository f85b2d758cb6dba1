"""Folders as they lie on disk, without what systems leave in them, each entered once."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.images.kinds import is_image, is_unread
from elsewhere.data.records import enumerate_names
from elsewhere.errors import DataError
from elsewhere.files.documents import real_path

_SYSTEM = re.compile(
    r"\..*|__macosx|__pycache__|lost\+found|\$recycle\.bin|\$win.*|found\.\d{3}|"
    r"system volume information|@eadir|@__thumb|@recycle|@recently-snapshot|#recycle|#snapshot|"
    r"~snapshot|network trash folder|temporary items|.*\.lrdata|syno(photo|file)_.*",
    re.IGNORECASE,
)
"""Hidden entries, waste bins, snapshots and thumbnails of systems and disk stations."""
_OLD_BIN = re.compile(r"recycle[rd]", re.IGNORECASE)
_IN_OLD_BIN = re.compile(r"info2|s-1-[\d-]+", re.IGNORECASE)
"""What Windows puts into a waste bin of an old disk, whose name a class may have as well."""


class Folder(NamedTuple):
    """A folder and what lies directly in it, by name; `unread` are images of kinds not read.

    It may be found twice: `path` is where it was found, `real` where it lies, no link in it.
    """

    path: Path
    real: Path
    images: tuple[Path, ...]
    unread: tuple[Path, ...]
    folders: tuple["Folder", ...]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.name

    def tree(self) -> Iterator["Folder"]:
        """This folder and every one below."""
        yield self
        for folder in self.folders:
            yield from folder.tree()

    def holding(self) -> list["Folder"]:
        """The folders directly in it that have an image somewhere."""
        return [folder for folder in self.folders if folder.holds_images()]

    def holds_images(self) -> bool:
        """Whether an image is in it or below."""
        return any(folder.images for folder in self.tree())


def scan_folder(path: Path) -> Folder:
    """Look through a folder and all below; a link that leads back up is passed over."""
    return _scan(path, real_path(path), frozenset())


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and below, in a fixed order; nothing hidden, no link in a circle."""
    yield from _walk(folder, real_path(folder), frozenset())


def files_in(folder: Path) -> list[Path]:
    """Every file directly in a folder, by name, without the hidden."""
    return [path for path in _children(folder) if path.is_file()]


def refuse_shared(of_class: dict[str, list[Folder]]) -> None:
    """Refuse links by which the images of one class or split are those of another as well."""
    seen: dict[Path, tuple[str, Path]] = {}
    for name, folders in of_class.items():
        for each in (inside for folder in folders for inside in folder.tree()):
            other, path = seen.setdefault(each.real, (name, each.path))
            if other != name:
                raise DataError(
                    f"{each.path}: a link makes it the same folder as {path}, so that "
                    f"{enumerate_names([other, name])} share images; take the link away"
                )


def _scan(path: Path, real: Path, above: frozenset[Path]) -> Folder:
    images, unread, folders = [], [], []
    for entry in _children(path):
        if entry.is_dir():
            inside = _entered(entry, real, above)
            if inside is not None:
                folders.append(_scan(entry, inside, above | {real}))
        elif is_image(entry):
            images.append(entry)
        elif is_unread(entry):
            unread.append(entry)
    return Folder(path, real, tuple(images), tuple(unread), tuple(folders))


def _walk(path: Path, real: Path, above: frozenset[Path]) -> Iterator[Path]:
    for entry in _children(path):
        if not entry.is_dir():
            yield entry
        elif (inside := _entered(entry, real, above)) is not None:
            yield from _walk(entry, inside, above | {real})


def _entered(folder: Path, parent: Path, above: frozenset[Path]) -> Path | None:
    """Where a folder really lies; None where it leads back to one that it is in."""
    if not folder.is_symlink():
        return parent / folder.name
    real = real_path(folder)
    return None if real in above or parent.is_relative_to(real) else real


def _children(folder: Path) -> list[Path]:
    """What a folder holds, by name, without what is a system's own."""
    try:
        return sorted(path for path in folder.iterdir() if not _is_system(path))
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror or 'cannot be read'}; take it away, or give "
                        "yourself the right to read it") from error  # fmt: skip


def _is_system(path: Path) -> bool:
    if _OLD_BIN.fullmatch(path.name) and path.is_dir():
        return any(_IN_OLD_BIN.fullmatch(inside.name) for inside in path.iterdir())
    return _SYSTEM.fullmatch(path.name) is not None
