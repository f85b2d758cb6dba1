"""Whole files or none, and one writer at a time for each share of a store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from elsewhere.files.documents import real_path
from elsewhere.files.locks import hold
from elsewhere.files.writing import write_atomically


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
    """Write a file whole or not at all.

    What a killed process left behind, on whichever machine, is overwritten by the next one with
    the same share.

    Raises:
        ElsewhereError: the file cannot be written; whatever was there before is untouched.
    """
    path = real_path(path)
    write_atomically(
        path,
        content,
        "free space or choose another place, then start again: what was embedded is kept",
        beside=path.with_name(f".{path.name}.{share.name}.partial"),
    )


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
