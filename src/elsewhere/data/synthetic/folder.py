"""A drawn set as a folder: it appears when it is complete, and says what it was drawn with."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from elsewhere.errors import DataError

SETTINGS_NAME = "drawn.json"


def write_once(
    folder: Path, what: str, description: Mapping[str, Any], fill: Callable[[Path], None]
) -> None:
    """Fill a folder with a drawn set, unless it is there already.

    Args:
        folder: where to; missing or empty, or one that was filled with the same description.
        what: is drawn, for messages, such as "birds".
        description: everything that decides the contents; kept in `drawn.json`.
        fill: writes the set into an empty folder.

    Raises:
        DataError: the folder holds anything else, or cannot be written.
    """
    if _is_made(folder, what, description):
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            unfinished = Path(beside, folder.name)
            unfinished.mkdir()
            fill(unfinished)
            text = json.dumps(description, indent=2) + "\n"
            (unfinished / SETTINGS_NAME).write_text(text, encoding="utf-8")
            unfinished.rename(folder)
    except OSError as error:
        # Another process may have written the same folder in the meantime.
        if not _is_made(folder, what, description):
            raise DataError(f"{folder}: cannot write drawn {what} here: {error}") from error


def _is_made(folder: Path, what: str, description: Mapping[str, Any]) -> bool:
    """Whether the folder holds these very pictures; an empty or missing one is free."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    try:
        found = json.loads((folder / SETTINGS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise DataError(f"{folder}: exists and holds no drawn {what}; name another folder")
    changed = [
        f"{key} {found.get(key)!r}, not {value!r}"
        for key, value in description.items()
        if found.get(key) != value
    ]
    if changed:
        raise DataError(
            f"{folder}: holds {what} drawn with other settings ({'; '.join(changed)}); "
            "name another folder"
        )
    return True
