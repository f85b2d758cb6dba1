"""Whole files or none, and one writer at a time for each share of a store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from elsewhere.errors import ElsewhereError
from elsewhere.files.locks import hold


class Share(NamedTuple):
    """One process's part of the work.

    Attributes:
        number: which part, from 1.
        of: into how many parts the work is divided.
    """

    number: int = 1
    of: int = 1

    @property
    def name(self) -> str:
        """Text for file names: "2of4"."""
        return f"{self.number}of{self.of}"


def write_whole(path: Path, content: bytes, share: Share) -> None:
    """Write a file so that a reader, also one after a crash, never meets half of it.

    What a killed process left behind is overwritten by the next one with the same share.

    Raises:
        ElsewhereError: the file cannot be written; whatever was there before is untouched.
    """
    beside = path.with_name(f".{path.name}.{share.name}.partial")
    try:
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ElsewhereError(
            f"{path} could not be written: {error.strerror or error}; free space or choose another "
            "place, then start again: what was embedded is kept"
        ) from error


@contextmanager
def hold_share(folder: Path, share: Share) -> Iterator[None]:
    """Make the folder and keep a second process from the same share while the block runs.

    The system lets go of the share when the process ends, however it ends.

    Raises:
        ConfigError: another process holds it.
        ElsewhereError: the folder cannot be made.
    """
    what = "this folder" if share.of == 1 else f"share {share.number}/{share.of} of this folder"
    taken = (
        f"{folder}: another process is embedding {what}; wait for it, or give each its own part "
        "with --share 1/2 and --share 2/2"
    )
    with hold(folder / f".{share.name}.lock", taken):
        yield
