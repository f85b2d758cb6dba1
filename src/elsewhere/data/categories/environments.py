"""Where each image of a set was taken, as somebody wrote it down: lines `path,environment`."""

from collections.abc import Iterable
from pathlib import Path

from elsewhere.data.lists import Row, read_rows
from elsewhere.errors import DataError

COLUMNS = ("path", "environment")
DRAWN_ENVIRONMENTS = "environments.csv"
"""The list in a folder of drawn birds; no published set has one."""
_EXPECTED = "expected is a header path,environment and a line for each image"
_IMAGES = "images/"


def read_environments(file: Path | str, paths: Iterable[str]) -> dict[str, str]:
    """Read the environment of images, such as water or sky, from a list with a header.

    Columns come in any order, separated by commas, tabs or semicolons; further ones are left out.
    No published set has such a list: the authors of CAL made theirs of CUB by hand and did not
    publish it (figure 2).

    Args:
        file: the list; its paths are those of the records, with or without `images/` before them.
        paths: of the set's images, as in its records. One without a line is not in the result.

    Returns:
        The environment by path, spelled as the records spell it.

    Raises:
        DataError: the list is missing, empty or no text, has no such columns, or a line has a
            blank cell, an unknown image, or one that was listed before.
    """
    header, *rows = read_rows(Path(file), _EXPECTED)
    names = [cell.lower() for cell in header.cells]
    for column in COLUMNS:
        if names.count(column) != 1:
            many = "no column" if column not in names else "more than one column"
            raise DataError(f"{header.where}: {many} {column!r} in the header; {_EXPECTED}")
    if not rows:
        raise DataError(f"{file}: there is no line below the header; {_EXPECTED}")
    known = _spellings(paths)
    places = [names.index(column) for column in COLUMNS]
    found: dict[str, str] = {}
    where: dict[str, str] = {}
    for row in rows:
        path, environment = _cells(row, len(names), places)
        record = known.get(path.replace("\\", "/").removeprefix("./"))
        if record is None:
            raise DataError(f"{row.where}: no image {path!r} in the set; write it as its lists do")
        if record in found:
            raise DataError(f"{row.where}: {path!r} is listed before, in {where[record]}; keep one")
        found[record], where[record] = environment, row.where
    return found


def _spellings(paths: Iterable[str]) -> dict[str, str]:
    """Every way to write a path that is accepted, and the record's own."""
    known: dict[str, str] = {}
    for path in paths:
        known[path.removeprefix(_IMAGES)] = path
    return known | {path: path for path in known.values()}


def _cells(row: Row, columns: int, places: list[int]) -> tuple[str, str]:
    if len(row.cells) != columns:
        raise DataError(f"{row.where}: {len(row.cells)} columns where the header has {columns}")
    path, environment = (row.cells[place] for place in places)
    if not path or not environment:
        blank = COLUMNS[1] if path else COLUMNS[0]
        raise DataError(f"{row.where}: {blank} is blank; fill it in, or take the line out")
    return path, environment
