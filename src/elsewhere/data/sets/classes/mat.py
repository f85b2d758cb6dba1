"""Sets whose lists are MATLAB files, and tables out of lists that give classes by number."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from elsewhere.data.records import Box, Record, RecordTable
from elsewhere.data.sets.individuals.naming import Listed, require_files
from elsewhere.errors import DataError

_HEADER = b"MATLAB 5.0 MAT-file".ljust(116)


def load_mat(file: Path, *names: str) -> list[list[Any]]:
    """The variables of a MATLAB file, each as a list of its entries.

    Raises:
        DataError: the file or a variable is missing, it is no such file, or scipy is not there.
    """
    io = require_scipy(file)
    if not file.is_file():
        raise DataError(f"{file}: no such file; the set is not complete without it")
    try:
        found = io.loadmat(file, variable_names=names, squeeze_me=True)
    except Exception as error:  # on a file that is cut short, whatever scipy stumbles over
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{file}: no MATLAB file that can be read ({reason})") from error
    lost = [name for name in names if name not in found]
    if lost:
        raise DataError(f"{file}: has no variable {lost[0]!r}; take the set's own file")
    return [list(np.atleast_1d(found[name])) for name in names]


def save_mat(file: Path, variables: Mapping[str, Any]) -> None:
    """Write a MATLAB file, the same bytes whenever it is written.

    Raises:
        DataError: scipy is not there.
    """
    require_scipy(file).savemat(file, dict(variables))
    with file.open("r+b") as stream:
        stream.write(_HEADER)  # in place of the hour


def texts(values: list[str]) -> np.ndarray:
    """Texts as MATLAB's cell array."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


def require_scipy(file: Path) -> Any:
    """Scipy's module for such files.

    Raises:
        DataError: it is not installed; the message names the file that needs it.
    """
    try:
        import scipy.io
    except ImportError as error:
        raise DataError(
            f"{file}: MATLAB's files need scipy, which is not installed: pip install elsewhere[mat]"
        ) from error
    return scipy.io


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
