"""JSON of others: regular files alone, and whatever is wrong with them is a `ValueError`."""

import json
import os
from pathlib import Path
from typing import Any


def read_json(file: Path) -> Any:
    """Read a JSON file; OSError where it cannot be read, ValueError where it is not JSON."""
    return parse_json(read_regular(file))


def parse_json(text: str | bytes) -> Any:
    """The value that a text of JSON stands for; raises as `read_json` does."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def real_path(path: Path) -> Path:
    """Where a path leads, links followed; one that leads in a circle stays as it is."""
    return Path(os.path.realpath(path))


def at_home(path: str) -> Path:
    """The path with `~` filled in; where nobody has that name, it stays as it is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - pathlib's raises there


def read_regular(file: Path) -> bytes:
    """All bytes of a file; OSError for a pipe or device, which may have no end."""
    if file.exists() and not file.is_file():
        raise OSError(0, "not a regular file", str(file))
    return file.read_bytes()
