"""Plain lists that come with published data sets: a name a line, or a name and a number."""

from collections.abc import Sequence
from os.path import isfile
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.records import enumerate_names
from elsewhere.errors import DataError


class Listed(NamedTuple):
    """One line of a list.

    Attributes:
        where: file and line, for messages.
        name: of an image.
        identity: its number; 0 in a list of names alone.
    """

    where: str
    name: str
    identity: int


def read_numbered(file: Path) -> list[Listed]:
    """Read a list with lines `NAME NUMBER`.

    Raises:
        DataError: the file is missing, empty or no text, a line is otherwise, or a name is
            listed twice.
    """
    listed = []
    for number, line in _lines(file):
        where = f"{file}:{number}"
        name, _, text = line.rpartition(" ")
        if not name.strip() or not (text.isascii() and text.isdigit()):
            raise DataError(f"{where}: {line!r} is not a name, a space and an identity's number")
        listed.append(Listed(where, name.strip(), int(text)))
    _refuse_repeated(listed)
    return listed


def read_names(file: Path) -> list[Listed]:
    """Read a list with one name a line.

    Raises:
        DataError: the file is missing, empty or no text, or a name is listed twice.
    """
    listed = [Listed(f"{file}:{number}", line, 0) for number, line in _lines(file)]
    _refuse_repeated(listed)
    return listed


def require_files(listed: Sequence[Listed], root: Path, paths: Sequence[str]) -> None:
    """Refuse a list that names files which are not there.

    Args:
        listed: the lines.
        root: the set's folder.
        paths: the file of each line, relative to the root.

    Raises:
        DataError: with the first line, the number of files and the first of them.
    """
    # a hundred thousand paths are put together faster as text
    lost = [i for i, path in enumerate(paths) if not isfile(f"{root}/{path}")]  # noqa: PTH113
    if lost:
        names = enumerate_names(paths[i] for i in lost)
        raise DataError(
            f"{listed[lost[0]].where}: {len(lost)} of {len(listed)} listed images are not in "
            f"{root}: {names}; unpack the whole set, or take their lines out"
        )


def _lines(file: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, tabs as spaces, with their numbers."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise DataError(f"{file}: {reason}; the set is not complete without it") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not a text in UTF-8; save the list as UTF-8") from error
    lines = [
        (number, " ".join(line.split()))
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]
    if not lines:
        raise DataError(f"{file}: the list is empty; unpack the set anew")
    return lines


def _refuse_repeated(listed: Sequence[Listed]) -> None:
    seen: dict[str, str] = {}
    for line in listed:
        where = seen.setdefault(line.name, line.where)
        if where != line.where:
            raise DataError(f"{line.where}: {line.name!r} is listed before, in {where}; keep one")
