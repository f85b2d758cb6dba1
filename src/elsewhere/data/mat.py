"""MATLAB's files, in which some sets have their lists; scipy reads and writes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

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
