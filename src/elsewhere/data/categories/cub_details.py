"""What CUB-200-2011 says of each bird: attributes that people saw, and where its parts lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elsewhere.data.categories.cub import PLACE
from elsewhere.data.categories.id_lists import image_paths, read_by_id
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

    Args:
        root: as in `read_cub`.

    Raises:
        DataError: a file is missing, or a line is not as expected.
    """
    root = PLACE.find(root)
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

    Args:
        root: as in `read_cub`.

    Raises:
        DataError: a file is missing, or a line is not as expected.
    """
    root = PLACE.find(root)
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
