"""What JSON files of runs have in common: how they are read, written and checked."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from elsewhere.errors import DataError
from elsewhere.files.documents import read_json

Task = Literal["classification", "reidentification"]


def read_document(path: Path) -> object:
    """Read a JSON file that `elsewhere test` wrote.

    Raises:
        DataError: the file is missing or no JSON.
    """
    try:
        return read_json(path)
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


def figure_at(document: object, *path: str) -> Any:
    """What stands at a path of a result; None where a step of it is missing or null."""
    found: Any = document
    for key in path:
        found = found.get(key) if found else None
    return found


def finite(value: object) -> object:
    """The value with null in place of numbers that are not finite: JSON has no word for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return value


def as_json(document: object) -> str:
    """A document as the text of a file; numbers that are not finite become null."""
    return json.dumps(finite(document), indent=2, ensure_ascii=False) + "\n"


def check_parts(content: object, kind: type, where: str) -> None:
    """Refuse what lacks a part that a `TypedDict` requires, or has one of another type.

    Raises:
        DataError: it does.
    """
    if not isinstance(content, dict):
        raise DataError(f"{where} is incomplete: it is no object")
    for part, hint in get_type_hints(kind).items():
        if part not in content and part in getattr(kind, "__optional_keys__", ()):
            continue
        if part not in content or not isinstance(content[part], _json_types(hint)):
            raise DataError(f"{where} is incomplete: `{part}` is missing or of another type")


def _json_types(hint: Any) -> tuple[type, ...]:
    """What a value may be when it is read, not looking into objects and lists."""
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        return tuple(kind for each in get_args(hint) for kind in _json_types(each))
    if origin is Literal:
        return (str,)
    if origin is float:
        return (float, int)
    return (origin if origin in (str, int, bool, list, type(None)) else dict,)
