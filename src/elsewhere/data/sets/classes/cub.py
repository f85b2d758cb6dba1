"""What CUB-200-2011 says of its images: attributes and parts; and lists of environments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elsewhere.data.sets.classes.birds import CUB, image_paths
from elsewhere.data.sets.text_lists import read_by_id, read_rows
from elsewhere.errors import DataError

ATTRIBUTES = "attributes/attributes.txt"
SEEN = "attributes/image_attribute_labels.txt"
PARTS = "parts/parts.txt"
PLACES = "parts/part_locs.txt"


@dataclass(frozen=True)
class CubAttributes:
    """Which attributes were seen in which image.

    Attributes:
        paths: of the images, as in the records of `read_cub`; the rows of the tables below.
        names: of the attributes, such as "has_bill_shape::cone"; the columns.
        present: whether it was seen, (images, attributes).
        certainty: how certain that is, from 1 (not visible) to 4 (definitely); 0 where nobody
            was asked, (images, attributes).
    """

    paths: tuple[str, ...]
    names: tuple[str, ...]
    present: NDArray[np.bool_]
    certainty: NDArray[np.uint8]


def read_cub_attributes(root: Path | str) -> CubAttributes:
    """Read the attributes of all images; how many there are is counted, not assumed.

    Some lines of the published file have a column too many behind the certainty; these are read
    all the same. `attributes.txt` may lie in `attributes` or, as it is packed, beside the set.

    Raises:
        DataError: a file is missing, or a line is not as expected.
    """
    root = CUB.find(root)
    paths = image_paths(root)
    places = (root / ATTRIBUTES, root / "attributes.txt", root.parent / "attributes.txt")
    attributes = read_by_id(next((file for file in places if file.is_file()), places[0]))
    names = tuple(line.name for line in attributes.values())
    table = _numbers(root / SEEN, 4)
    rows = _positions(table[:, 0], list(paths), root / SEEN, "image")
    columns = _positions(table[:, 1], list(attributes), root / SEEN, "attribute")
    present = np.zeros((len(paths), len(names)), dtype=np.bool_)
    certainty = np.zeros((len(paths), len(names)), dtype=np.uint8)
    present[rows, columns] = table[:, 2] == 1
    certainty[rows, columns] = table[:, 3].astype(np.uint8)
    return CubAttributes(tuple(paths.values()), names, present, certainty)


def read_cub_parts(root: Path | str) -> dict[str, dict[str, tuple[float, float]]]:
    """Read where the visible parts of every bird lie: pixels (x, y) by path and part.

    Raises:
        DataError: a file is missing, or a line is not as expected.
    """
    root = CUB.find(root)
    paths, parts = image_paths(root), read_by_id(root / PARTS)
    table = _numbers(root / PLACES, 5)
    rows = _positions(table[:, 0], list(paths), root / PLACES, "image").tolist()
    columns = _positions(table[:, 1], list(parts), root / PLACES, "part").tolist()
    files, names = list(paths.values()), [line.name for line in parts.values()]
    found: dict[str, dict[str, tuple[float, float]]] = {path: {} for path in files}
    for row, column, (_, _, x, y, visible) in zip(rows, columns, table.tolist(), strict=True):
        if visible:
            found[files[row]][names[column]] = (x, y)
    return found


def _numbers(file: Path, columns: int) -> NDArray[np.float64]:
    """The first columns of a large table of numbers."""
    try:
        return np.loadtxt(file, usecols=range(columns), ndmin=2)
    except OSError as error:
        raise DataError(f"{file}: cannot be read; the set is not complete without it") from error
    except ValueError as error:
        raise DataError(f"{file}: {str(error).splitlines()[0]}; unpack the set anew") from error


def _positions(
    numbers: NDArray[np.float64], ids: Sequence[str], file: Path, what: str
) -> NDArray[np.intp]:
    """The place of every number in a list of IDs."""
    if not all(key.isascii() and key.isdigit() for key in ids):
        raise DataError(f"{file.parent}: an {what}'s ID is no number; unpack the set anew")
    known = np.array([int(key) for key in ids], dtype=np.float64)
    order = np.argsort(known)
    places = order[np.minimum(np.searchsorted(known, numbers, sorter=order), len(known) - 1)]
    strange = np.flatnonzero(known[places] != numbers)
    if len(strange):
        number = numbers[strange[0]]
        raise DataError(f"{file}: {what} {number:g} is not listed; unpack the set anew")
    return places


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
    found: dict[str, str] = {}
    where: dict[str, str] = {}
    for row in rows:
        cells = row.by_name(names)
        path, environment = (cells[column] for column in COLUMNS)
        if not path or not environment:
            blank = COLUMNS[1] if path else COLUMNS[0]
            raise DataError(f"{row.where}: {blank} is blank; fill it in, or take the line out")
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
