"""Whole files or none: written beside their place, synced, then renamed."""

import os
import platform
import shutil
import zlib
from contextlib import suppress
from glob import escape
from pathlib import Path

from elsewhere.errors import ElsewhereError
from elsewhere.files.documents import real_path

MADE_BY = "made by elsewhere"
"""What every picture says of itself, where PNG has a place for it."""
UNFINISHED = ".unfinished"
"""What the name of something that is being written ends in."""


def write_atomically(
    path: Path,
    content: str | bytes,
    advice: str = "free space or choose another place",
    beside: Path | None = None,
) -> Path:
    """Write a file so that a reader, also one after a crash, never meets half of it.

    Where it is a link, what that leads to is written. Its folder is made where missing; where
    writing fails, whatever was there before is untouched.
    Text is written as UTF-8, where bytes in a file's name that are no text are spelled out.
    `advice` is what to do where it cannot be written; `beside` is where to write until it is whole,
    else a name of this process's own.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            path.write_bytes(data)  # a device or pipe takes it; nothing may take its place
            return path
        place = real_path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = beside or unfinished_beside(place)
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as reason:
        why = reason.strerror or reason
        raise ElsewhereError(f"{path} could not be written: {why}; {advice}") from reason
    return path


def unfinished_beside(place: Path) -> Path:
    """A name beside a place for what is going to take it; this process's own.

    What processes of this machine left there that were killed is removed.
    """
    host = f"{zlib.crc32(platform.node().encode()):08x}"
    name = f".{place.name[:50]}.{host}"  # a name may be as long as the system takes
    for old in place.parent.glob(f"{escape(name)}-*.*"):
        process = old.stem.rpartition("-")[2]
        if process.isdecimal() and int(process) != os.getpid() and not _lives(int(process)):
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.unlink(missing_ok=True)
    return place.with_name(f"{name}-{os.getpid()}{UNFINISHED}")


def _lives(process: int) -> bool:
    with suppress(PermissionError):  # somebody else's
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
