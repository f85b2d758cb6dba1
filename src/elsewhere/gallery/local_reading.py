"""What is read of a gallery's SQLite database: some images, and single facts of all of them."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int64

from elsewhere.gallery.database import Held
from elsewhere.gallery.local_rows import COLUMNS, from_row

Slots = Int64[np.ndarray, " images"]
Where = tuple[str, list[Any]]
"""Conditions as an SQL expression, and the values of its question marks."""


def read_held(
    db: sqlite3.Connection, column: str, values: Sequence[str] | Sequence[int]
) -> dict[int, Held]:
    """Images, removed ones too, with one of some values in a column, by their vectors' rows."""
    rows = db.execute(
        f"SELECT {', '.join(COLUMNS)} FROM images "
        f"WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY slot",
        (json.dumps(list(values)),),
    )
    return {row[0]: from_row(row) for row in rows}


def read_slots(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """The rows of images' vectors, removed ones too, by key."""
    rows = db.execute(
        "SELECT key, slot FROM images WHERE key IN (SELECT value FROM json_each(?))",
        (json.dumps(list(keys)),),
    )
    return dict(rows.fetchall())


def read_present(db: sqlite3.Connection) -> tuple[int, Slots]:
    """How many rows there are, and those of images that are in the gallery, ascending."""
    total = db.execute("SELECT COALESCE(MAX(slot) + 1, 0) FROM images").fetchone()[0]
    said = db.execute("SELECT group_concat(slot) FROM images WHERE present").fetchone()[0]
    return total, np.sort(_numbers(said or ""))


def read_alike(db: sqlite3.Connection, column: str) -> list[tuple[str, Slots]]:
    """Every value of a column, and the rows of images in the gallery that have it."""
    rows = db.execute(
        f"SELECT {column}, group_concat(slot) FROM images "
        f"WHERE present AND {column} IS NOT NULL GROUP BY {column}"
    )
    return [(name, _numbers(said)) for name, said in rows]


def read_fulfilling(db: sqlite3.Connection, where: Where) -> Slots:
    """The rows of images in the gallery that fulfil conditions."""
    text, values = where
    rows = db.execute(f"SELECT group_concat(slot) FROM images WHERE present AND {text}", values)
    return _numbers(rows.fetchone()[0] or "")


class Names:
    """Names of the images in a gallery that fulfil conditions, read as they are asked for."""

    def __init__(self, db: sqlite3.Connection, where: Where) -> None:
        self._db, (self._where, self._values) = db, where

    def of(self, slots: Collection[int]) -> dict[int, str]:
        """The names of some rows; none of one that has none or does not fulfil the conditions."""
        rows = self._db.execute(
            "SELECT slot, label FROM images WHERE slot IN (SELECT value FROM json_each(?)) "
            f"AND label IS NOT NULL AND present AND {self._where}",
            (json.dumps(list(slots)), *self._values),
        )
        return dict(rows.fetchall())

    def count(self, names: Collection[str]) -> dict[str, int]:
        """How many images have each of some names."""
        rows = self._db.execute(
            "SELECT label, COUNT(*) FROM images WHERE label IN (SELECT value FROM json_each(?)) "
            f"AND present AND {self._where} GROUP BY label",
            (json.dumps(list(names)), *self._values),
        )
        return dict(rows.fetchall())


def _numbers(said: str) -> Slots:
    """Numbers as SQLite joins them: a million that way take a tenth of the time of single rows."""
    return np.fromstring(said, np.int64, sep=",")
