"""Lists as text: the one place that knows their encoding, separators, headings and blank lines."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.errors import DataError
from elsewhere.files.documents import read_regular

_HEADINGS = ("path", "file", "filename", "image")
"""What the column of paths may be called in a list of images without further rules."""


def path_text(path: Path) -> str:
    """A path as text that can be written anywhere, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


class Row(NamedTuple):
    """One line of a list: where it stands and its cells."""

    where: str
    cells: list[str]

    def by_name(self, columns: Sequence[str]) -> dict[str, str]:
        """The cells by the names of their columns.

        Raises:
            DataError: there are more or fewer cells than columns.
        """
        if len(self.cells) != len(columns):
            raise DataError(
                f"{self.where}: {len(self.cells)} columns where {len(columns)} are "
                f"expected ({', '.join(columns)})"
            )
        return dict(zip(columns, self.cells, strict=True))


def read_lines(file: Path, missing: str, expected: str) -> list[str]:
    """The lines of a text in UTF-8, blank ones too; at least one is not blank.

    Args:
        file: the list.
        missing: what to do where it cannot be opened, for messages.
        expected: of its content, for messages.

    Raises:
        DataError: the list is missing, empty or no text.
    """
    called = path_text(file)
    try:
        lines = read_regular(file).decode("utf-8-sig").splitlines()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise DataError(f"{called}: {reason}; {missing}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{called}: not a text in UTF-8; save the list as UTF-8") from error
    if not any(map(str.strip, lines)):
        raise DataError(f"{called}: the list is empty; {expected}")
    return lines


def cut_lines(file: Path, lines: Sequence[str], expected: str) -> list[Row]:
    """Lines as cells; the separator is whichever of comma, tab and semicolon the first has most of.

    Raises:
        DataError: quotes that do not end; the message names the line.
    """
    first = next(line for line in lines if line.strip())
    separator = max(",\t;", key=first.count)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        cut = [Row(f"{file}:{reader.line_num}", [*map(str.strip, cells)]) for cells in reader]
    except csv.Error as error:
        raise DataError(f"{path_text(file)}:{reader.line_num}: {error}; {expected}") from error
    return [row for row in cut if any(row.cells)]


def read_rows(file: Path, expected: str) -> list[Row]:
    """The lines of a list that are not blank, as cells.

    Raises:
        DataError: as `read_lines` and `cut_lines`.
    """
    return cut_lines(file, read_lines(file, "name a CSV or TXT list", expected), expected)


class ListedPath(NamedTuple):
    """An image that a list names.

    Attributes:
        name: its path as the list has it.
        path: where it should lie.
        cells: what the list says of it, by heading in small letters; empty where it has none.
    """

    name: str
    path: Path
    cells: dict[str, str]


def read_paths(file: Path) -> list[ListedPath]:
    """Read a list with a path on each line, in the first column or the one with its heading.

    A `.txt` list whose whole lines are files has paths alone, whatever separators are in them.

    Raises:
        DataError: as `read_rows`.
    """
    lines = read_lines(file, "name a list that can be read", "a path on each line is expected")
    whole = [line.strip() for line in lines if line.strip()]
    if file.suffix.lower() == ".txt" and any(_beside(file, line).is_file() for line in whole):
        return [ListedPath(line, _beside(file, line), {}) for line in whole]
    rows = [row.cells for row in cut_lines(file, lines, "a path in the first column is expected")]
    head = [cell.lower() for cell in rows[0]]
    heading = next((word for word in _HEADINGS if word in head), None)
    column = 0 if heading is None else head.index(heading)
    if heading is not None:
        rows = rows[1:]
    return [
        ListedPath(
            cells[column],
            _beside(file, cells[column]),
            {} if heading is None else dict(zip(head, cells, strict=False)),
        )
        for cells in rows
        if len(cells) > column and cells[column]
    ]


def _beside(file: Path, name: str) -> Path:
    """A path relative to the list, also one written on Windows."""
    path = file.parent / name
    return path if path.exists() or "\\" not in name else file.parent / name.replace("\\", "/")


class Listed(NamedTuple):
    """One line of a published set's list.

    Attributes:
        where: file and line, for messages.
        name: of an image.
        identity: its number; 0 in a list of names alone.
    """

    where: str
    name: str
    identity: int = 0


def read_names(file: Path) -> list[Listed]:
    """Read a list with one name a line, tabs and several spaces as one.

    Raises:
        DataError: the file is missing, empty or no text, or a name is listed twice.
    """
    return _unrepeated(_plain_lines(file))


def read_numbered(file: Path) -> list[Listed]:
    """Read a list with lines `NAME NUMBER`.

    Raises:
        DataError: as `read_names`, or a line is otherwise.
    """
    listed = []
    for where, line, _ in _plain_lines(file):
        name, _, text = line.rpartition(" ")
        if not name.strip() or not (text.isascii() and text.isdigit()):
            raise DataError(f"{where}: {line!r} is not a name, a space and an identity's number")
        listed.append(Listed(where, name.strip(), int(text)))
    return _unrepeated(listed)


def read_by_id(file: Path) -> dict[str, Listed]:
    """Read lines `ID TEXT`; what a line says of each ID, in the order of the file.

    Raises:
        DataError: as `read_names`, a line says nothing, or an ID is twice.
    """
    found: dict[str, Listed] = {}
    for line in read_names(file):
        key, _, text = line.name.partition(" ")
        if not text:
            raise DataError(f"{line.where}: {line.name!r} is not an ID, a space and a text")
        if key in found:
            raise DataError(f"{line.where}: {key} is listed before, in {found[key].where}")
        found[key] = Listed(line.where, text)
    return found


def _plain_lines(file: Path) -> list[Listed]:
    lines = read_lines(file, "the set is not complete without it", "unpack the set anew")
    return [
        Listed(f"{file}:{number}", " ".join(line.split()))
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _unrepeated(listed: list[Listed]) -> list[Listed]:
    seen: dict[str, str] = {}
    for line in listed:
        where = seen.setdefault(line.name, line.where)
        if where != line.where:
            raise DataError(f"{line.where}: {line.name!r} is listed before, in {where}; keep one")
    return listed
