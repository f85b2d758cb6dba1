"""Names for what is being written, and an end to what nobody will finish."""

import os
import platform
import shutil
import zlib
from contextlib import suppress
from glob import escape
from pathlib import Path

SUFFIX = ".unfinished"


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
    return place.with_name(f"{name}-{os.getpid()}{SUFFIX}")


def _lives(process: int) -> bool:
    with suppress(PermissionError):  # somebody else's
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
