"""Whole files or none: written beside their place, synced, then renamed."""

import os
from pathlib import Path

from elsewhere.errors import ElsewhereError
from elsewhere.files.unfinished import unfinished_beside


def write_atomically(path: Path, content: str | bytes) -> Path:
    """Write a file so that a reader never meets half of it.

    Args:
        path: where to; its folder is made where missing.
        content: what to write; text as UTF-8, where bytes in a file's name that are no text are
            spelled out.

    Raises:
        ElsewhereError: the file cannot be written; whatever was there before is untouched.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            path.write_bytes(data)  # a device or pipe takes it; nothing may take its place
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = unfinished_beside(path)
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as reason:
        why = reason.strerror or reason
        raise ElsewhereError(
            f"{path} could not be written: {why}; free space or choose another place"
        ) from reason
    return path
