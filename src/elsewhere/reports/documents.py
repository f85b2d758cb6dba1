"""What every `result.json` has in common: how it is read, and which task it is of."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from elsewhere.errors import DataError

FORMAT = 1
"""The version of the layout that this package reads and writes."""

Task = Literal["classification", "reidentification"]


def read_document(path: Path) -> object:
    """Read a JSON file that `elsewhere test` wrote.

    Raises:
        DataError: the file is missing or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as reason:
        why = reason.strerror or reason
        raise DataError(
            f"{path} cannot be read: {why}; run `elsewhere test` to make it"
        ) from reason
    except ValueError as reason:
        raise DataError(
            f"{path} is no whole JSON file ({reason}); run `elsewhere test` again"
        ) from reason


def task_of(document: object) -> Task:
    """The task a result is of; one that names none is of classification."""
    named = document.get("task") if isinstance(document, dict) else None
    return "reidentification" if named == "reidentification" else "classification"


def check_document(document: object, where: str, task: Task) -> dict[str, Any]:
    """Refuse what is no result, of another format or of the other task.

    Raises:
        DataError: it is one of these.
    """
    if not isinstance(document, dict) or "format" not in document:
        raise DataError(f"{where} is no result of a run: it has no `format`")
    if document["format"] != FORMAT:
        raise DataError(
            f"{where} has format {document['format']!r}, this version reads {FORMAT}; "
            "run `elsewhere test` again with this version"
        )
    if task_of(document) != task:
        names = {"classification": "classification", "reidentification": "re-identification"}
        raise DataError(
            f"{where} is the result of {names[task_of(document)]}, not of {names[task]}; "
            "name a run of the other recipe, or read each kind by itself"
        )
    return document


def finite(value: object) -> object:
    """The value with null in place of numbers that are not finite: JSON has no word for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return value
