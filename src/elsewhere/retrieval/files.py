"""Whole files or none, and one writer at a time for each share of a store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from elsewhere.errors import ConfigError, ElsewhereError

try:
    import fcntl
except ImportError:  # a system without file locks: nobody is kept from starting a share twice
    fcntl = None  # type: ignore[assignment]


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
    file = folder / f".{share.name}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_CREAT | os.O_RDWR)
    except OSError as error:
        raise ElsewhereError(
            f"{folder}: cannot be written to: {error.strerror or error}; choose another place"
        ) from error
    try:
        _lock(handle, folder, share)
        try:
            yield
        finally:
            with suppress(OSError):
                file.unlink()
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path, share: Share) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        what = "this folder" if share.of == 1 else f"share {share.number}/{share.of} of this folder"
        raise ConfigError(
            f"{folder}: another process is embedding {what}; wait for it, or give each its own "
            "part with --share 1/2 and --share 2/2"
        ) from error
    except OSError:  # some network file systems know no locks
        return
