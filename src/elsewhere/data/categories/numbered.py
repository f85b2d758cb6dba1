"""Tables out of lists that give classes by number."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.individuals.name_lists import Listed, require_files
from elsewhere.data.records import Box, Record, RecordTable
from elsewhere.errors import DataError


class Numbered(NamedTuple):
    """An image of a list.

    Attributes:
        path: relative to the set's folder.
        number: of its class, from 1.
        split: that it belongs to.
        box: xyxy as in a record; None where unknown.
    """

    path: str
    number: int
    split: str
    box: Box | None = None


def require_listed(root: Path, where: Path, paths: Sequence[str]) -> None:
    """Refuse a list that names files which are not there.

    Raises:
        DataError: with the number of files and the first of them.
    """
    require_files([Listed(str(where), path, 0) for path in paths], root, paths)


def numbered_table(
    root: Path, where: Path, images: Sequence[Numbered], names: Sequence[str]
) -> RecordTable:
    """Make the table of a set whose list gives every image the number of its class.

    Args:
        root: the set's folder.
        where: the list, for messages.
        images: what it holds.
        names: of the classes, in the order of their numbers.

    Raises:
        DataError: an image is missing, or a number is no class's.
    """
    require_listed(root, where, [image.path for image in images])
    for image in images:
        if not 1 <= image.number <= len(names):
            raise DataError(
                f"{where}: {image.path} is of class {image.number}; there are {len(names)}"
            )
    records = (Record(i.path, names[i.number - 1], i.split, i.box) for i in images)
    return RecordTable(root, tuple(records), tuple(names))
