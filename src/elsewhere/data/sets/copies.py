"""Files with the same bytes, found without reading more of them than needed."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from hashlib import file_digest, sha256
from os.path import getsize
from pathlib import Path

_HEAD = 1 << 14
"""Bytes that are compared before whole files are."""


def same_files(paths: Sequence[Path]) -> list[list[int]]:
    """Group the places of files whose bytes are the same; files alone, or gone, are in no group."""
    groups = [list(range(len(paths)))]
    for look in (_size, _head, _whole):
        groups = [same for group in groups for same in _apart(group, paths, look)]
    return groups


def _apart(
    group: Iterable[int], paths: Sequence[Path], look: Callable[[Path], Hashable]
) -> list[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for row in group:
        try:
            found.setdefault(look(paths[row]), []).append(row)
        except OSError:  # what is wrong with it is said when it is opened
            continue
    return [rows for rows in found.values() if len(rows) > 1]


def _size(path: Path) -> int:
    return getsize(path)  # noqa: PTH202 - a hundred thousand of them


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return sha256(stream.read(_HEAD)).digest()


def _whole(path: Path) -> bytes:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").digest()
