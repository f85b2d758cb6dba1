"""Images and history as rows of Milvus, and conditions as its expressions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from elsewhere.gallery.conditions import Condition
from elsewhere.gallery.database import Action, Change, Event, Held, LeftOut, State
from elsewhere.gallery.entries import FACTS, Entry, kept_columns, said_columns

IMAGE = {
    "key": ("VARCHAR", 64),
    "present": ("BOOL", 0),
    "label": ("VARCHAR", 1024),
    "camera": ("VARCHAR", 1024),
    "time": ("VARCHAR", 32),
    "path": ("VARCHAR", 8192),
    "place": ("VARCHAR", 8192),
    "size": ("INT64", 0),
    "modified": ("INT64", 0),
    "added": ("INT64", 0),
    "columns": ("JSON", 0),
}
"""Fields of an image besides its vector: type, and length of a text. An empty text says nothing."""
EVENT = {"number": ("VARCHAR", 64), "key": ("VARCHAR", 64), "document": ("VARCHAR", 16384)}
_LAST = "~"
"""Comes after every character of a time."""


def as_row(entry: Entry, vector: list[float], added: int) -> dict[str, Any]:
    """The row of an image that is in the gallery."""
    facts = {name: "" if value is None else value for name, value in entry._asdict().items()}
    facts["columns"] = kept_columns(entry.columns)
    return {**facts, "present": True, "added": added, "vector": vector}


def from_row(row: Mapping[str, Any]) -> Held:
    """The image of a row."""
    columns = row["columns"]
    columns = json.loads(columns) if isinstance(columns, str | bytes) else columns
    facts = {name: row[name] for name in Entry._fields if name != "columns"}
    facts |= {name: row[name] or None for name in ("label", "camera", "time")}
    return Held(Entry(**facts, columns=said_columns(columns or {})), bool(row["present"]))


def as_event(number: int, event: Event) -> dict[str, Any]:
    """The row of a line of the history; numbers are ordered as times are."""
    action, change = event
    document = json.dumps([list(action), change.key, list(change.before), list(change.after)])
    name = f"{number:020}-{action.name}"
    return {"number": name, "key": change.key, "document": document, "vector": [0.0, 1.0]}


def from_event(row: Mapping[str, Any]) -> Event:
    """The line of the history in a row."""
    action, key, before, after = json.loads(row["document"])
    return Event(Action(*action), Change(key, State(*before), State(*after)))


def keys_expression(field: str, values: Sequence[str]) -> str:
    """Any of these values."""
    return f"{field} in {json.dumps(list(values), ensure_ascii=False)}"


def rule_expression(rule: LeftOut) -> list[str]:
    """What is compared with a query, as expressions that all must hold."""
    parts = [f'key != "{rule.key}"'] if rule.key else []
    if rule.camera is not None:
        same = f"camera == {_quoted(rule.camera)}"
        if rule.label is not None:
            same += f" and label == {_quoted(rule.label)}"
        parts.append(f"not ({same})")
    return parts


def expression(conditions: Sequence[Condition], removed: bool = False) -> str:
    """Conditions as one expression, among the images that are there, or removed ones too."""
    among = 'key != ""' if removed else "present == true"
    return " and ".join([among, *(f"({_one(each)})" for each in conditions)])


def _one(condition: Condition) -> str:
    column, operator, value = condition
    if column == "time" and value is not None:
        return _time(operator, str(value))
    if column in FACTS:
        if value is None:
            return f'{column} {"==" if operator == "=" else "!="} ""'
        said = f'{column} != "" and ' if operator in ("<", "<=", ">", ">=") else ""
        return f"{said}{column} {_sign(operator)} {_quoted(str(value))}"
    field = f"columns[{_quoted(column)}]"
    if value is None:
        return f"{'' if operator == '!=' else 'not '}(exists {field})"
    text = _quoted(value) if isinstance(value, str) else repr(value)
    if operator == "!=":
        return f"not (exists {field}) or {field} != {text}"
    return f"exists {field} and {field} {_sign(operator)} {text}"


def _time(operator: str, value: str) -> str:
    """A time is compared as precisely as it is written: 2024-05 is the whole month."""
    first, last = _quoted(value), _quoted(value + _LAST)
    return {
        "=": f"time >= {first} and time < {last}",
        "!=": f"time < {first} or time >= {last}",
        "<": f'time != "" and time < {first}',
        "<=": f'time != "" and time < {last}',
        ">": f"time >= {last}",
        ">=": f"time >= {first}",
    }[operator]


def _sign(operator: str) -> str:
    return "==" if operator == "=" else operator


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
