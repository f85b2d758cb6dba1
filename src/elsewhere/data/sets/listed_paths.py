"""Images of a list that is asked for paths, and for whatever else it says of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.sets.columns import (
    CLASS,
    IDENTITY,
    Columns,
    Wanted,
    has_header,
    read_bare,
    read_header,
    refuse_odd_names,
)
from elsewhere.data.sets.json_lists import list_rows
from elsewhere.data.sets.locating import is_there, locate_files
from elsewhere.data.sets.text_lists import Row, read_lines
from elsewhere.errors import DataError


class ListedPath(NamedTuple):
    """An image that a list names, and what it says of it; empty where it says nothing.

    `name` is its path as the list has it, `path` where it lies, or should; `label` is a class,
    `identity` an individual. `columns` are name and cell of every other column.
    """

    name: str
    path: Path
    label: str
    identity: str
    camera: str
    columns: tuple[tuple[str, str], ...] = ()


def read_paths(file: Path) -> list[ListedPath]:
    """Read the images of a list, whatever else it says, as the readers of classes and identities.

    A `.txt` list whose whole lines are files has paths alone, whatever separators are in them.
    """
    expected, folder = "a path in the first column is expected", file.parent
    if file.suffix.lower() == ".txt":
        lines = read_lines(file, "name a list that can be read", "a path on each line is expected")
        whole = [line.strip() for line in lines if line.strip()]
        if any(is_there(folder / line.replace("\\", "/")) for line in whole):
            found = locate_files(whole, folder).paths
            return [_listed(line, path, folder) for line, path in zip(whole, found, strict=True)]
    rows = list_rows(file, expected)
    if not has_header(rows):
        bare = read_bare(rows, expected) if len(rows[0].cells) > 1 else Columns([""], 0)
        label, who, below = bare, bare._replace(label=()), rows
    else:
        label, who = (_lenient(rows, wanted, folder) for wanted in (CLASS, IDENTITY))
        below = rows[1:]
    below = [row for row in below if len(row.cells) > label.path and row.cells[label.path]]
    for columns in (label, who):
        refuse_odd_names(below, columns)
    found = locate_files([row.cells[label.path] for row in below], folder).paths
    return [
        _listed(row.cells[label.path], path, folder)._replace(
            label=_joined(row, label.label),
            identity=_joined(row, who.label),
            camera=_joined(row, () if label.camera is None else (label.camera,)),
            columns=_others(row, label._replace(label=who.label)),
        )
        for row, path in zip(below, found, strict=True)
    ]


def _listed(name: str, path: Path | None, folder: Path) -> ListedPath:
    return ListedPath(name, path or folder / name.replace("\\", "/"), "", "", "")


def _lenient(rows: Sequence[Row], wanted: Wanted, folder: Path) -> Columns:
    """The columns of a list that is only asked for paths: a label that is not clear is none."""

    def is_file(name: str) -> bool:
        return locate_files([name], folder).paths[0] is not None

    try:
        return read_header(rows, wanted, (), is_file)
    except DataError:
        return read_header(rows, wanted._replace(words=(), alone=False), (), is_file)


def _joined(row: Row, columns: Sequence[int]) -> str:
    return " ".join(row.cells[c] for c in columns if c < len(row.cells))


def _others(row: Row, columns: Columns) -> tuple[tuple[str, str], ...]:
    """Cells of the columns that have a name, and are neither path, identity nor camera."""
    known = {columns.path, columns.camera, *columns.label}
    named = enumerate(zip(columns.names, row.cells, strict=False))
    return tuple((name, cell) for c, (name, cell) in named if name and c not in known)
