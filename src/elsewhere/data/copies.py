"""Copies: files of the same bytes under several names or in several splits."""

from collections.abc import Iterable, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any

Copies = tuple[tuple[int, ...], ...]
"""Groups of rows, each group the same bytes; a row without a copy is in none."""


def find_copies(files: Sequence[Path]) -> Copies:
    """Find files that are the same file, or have the same bytes; only those of one size are read.

    A file that cannot be read has no copies.
    """
    of_size = _grouped((row, _size(file)) for row, file in enumerate(files))
    rows = [row for group in of_size for row in group]
    return _grouped((row, _digest(files[row])) for row in rows)


def _grouped(keys: Iterable[tuple[int, Any]]) -> Copies:
    groups: dict[Any, list[int]] = {}
    for row, key in keys:
        if key is not None:
            groups.setdefault(key, []).append(row)
    return tuple(tuple(rows) for rows in groups.values() if len(rows) > 1)


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size if file.is_file() else None
    except OSError:
        return None


def _digest(file: Path) -> bytes | None:
    try:
        with file.open("rb") as stream:
            return file_digest(stream, "sha256").digest()
    except OSError:
        return None
