"""Images as rows of SQLite, and conditions as its expressions."""

import json
from collections.abc import Sequence
from typing import Any

from elsewhere.gallery.conditions import Condition
from elsewhere.gallery.database import Held
from elsewhere.gallery.entries import FACTS, Entry, kept_columns, said_columns

COLUMNS = ("slot", "key", "present", "label", "camera", "time", "path", "place", "size",
           "modified", "columns")  # fmt: skip
"""`slot` is the row of the image's vector."""

HISTORY = ("action", "what", "at", "undoes", "key", "was_present", "was_label", "is_present",
           "is_label")  # fmt: skip

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS settings (document TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS images (
        slot INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, present INTEGER NOT NULL, label TEXT,
        camera TEXT, time TEXT, path TEXT NOT NULL, place TEXT NOT NULL, size INTEGER NOT NULL,
        modified INTEGER NOT NULL, columns TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS images_path ON images (path)",
    "CREATE INDEX IF NOT EXISTS images_label ON images (label) WHERE present",
    """CREATE TABLE IF NOT EXISTS history (
        number INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, what TEXT NOT NULL,
        at TEXT NOT NULL, undoes TEXT NOT NULL, key TEXT NOT NULL,
        was_present INTEGER NOT NULL, was_label TEXT,
        is_present INTEGER NOT NULL, is_label TEXT)""",
    "CREATE INDEX IF NOT EXISTS history_key ON history (key)",
)


def as_row(slot: int, entry: Entry) -> tuple[Any, ...]:
    """The row of an image that is in the gallery."""
    key, *facts, columns = entry
    return (slot, key, True, *facts, json.dumps(kept_columns(columns), ensure_ascii=False))


def from_row(row: Sequence[Any]) -> Held:
    """The image of a row."""
    _, key, present, label, camera, time, path, place, size, modified, columns = row
    facts = label, camera, time, path, place, size, modified
    return Held(Entry(key, *facts, said_columns(json.loads(columns))), bool(present))


def sql_of(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    """Conditions as one expression, and the values of its question marks."""
    parts = [_expression(condition) for condition in conditions]
    text = " AND ".join(f"({part})" for part, _ in parts) or "TRUE"
    return text, [value for _, values in parts for value in values]


def _expression(condition: Condition) -> tuple[str, list[Any]]:
    column, operator, value = condition
    known = column in FACTS
    what = column if known else "(SELECT value FROM json_each(columns) WHERE key = ?)"
    names = [] if known else [column]
    if value is None:
        return f"{what} IS {'NOT ' if operator == '!=' else ''}NULL", names
    if column == "time":
        # as precisely as it is written: 2024-05 is the whole month
        what = f"substr({what}, 1, {len(str(value))})"
    if operator == "!=":
        return f"{what} IS NOT ?", [*names, value]
    if operator == "=" or known:
        return f"{what} {operator} ?", [*names, value]
    kinds = "('text')" if isinstance(value, str) else "('integer', 'real')"
    return f"typeof({what}) IN {kinds} AND {what} {operator} ?", [*names, *names, value]
