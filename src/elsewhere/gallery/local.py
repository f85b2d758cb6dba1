"""A gallery in two files: an SQLite database, and the vectors beside it.

SQLite keeps processes apart and undoes what a killed one has begun. A vector is on disk before the
transaction that speaks of it ends, so nothing is lost or doubled whenever a process dies.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from elsewhere.errors import CheckpointError, ConfigError, ElsewhereError
from elsewhere.gallery.conditions import Condition
from elsewhere.gallery.database import (
    NOTHING,
    Action,
    Change,
    Event,
    Held,
    Hits,
    LeftOut,
    State,
)
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.local_reading import (
    Names,
    read_alike,
    read_fulfilling,
    read_held,
    read_present,
    read_slots,
)
from elsewhere.gallery.local_rows import COLUMNS, HISTORY, SCHEMA, as_row, from_row, sql_of
from elsewhere.gallery.local_search import Numbers, Rows, Side, search_images, search_rows
from elsewhere.gallery.vectors_file import VectorsFile

_PATIENCE = 120.0
"""Seconds to wait for a process that is writing."""
_FEW = 8
"""Queries for which the names of the nearest images alone cost less than those of all."""


class LocalDatabase:
    """A gallery on this machine's disk.

    Attributes:
        place: the database's file.
    """

    def __init__(self, place: Path) -> None:
        self.place = str(place)
        self._file = place
        self._vectors: VectorsFile | None = None
        self._rows: tuple[int, Rows] | None = None

    def settings(self) -> dict[str, Any] | None:
        """What the gallery was made with; None where there is no gallery yet."""
        if not self._file.exists():
            return None
        if not self._file.is_file():
            raise ConfigError(f"{self.place}: no file; name one that is, or is to be, a gallery")
        with self._reading() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'settings'").fetchone():
                if db.execute("SELECT 1 FROM sqlite_master").fetchone():
                    raise CheckpointError(
                        f"{self.place}: a database of something else; name another file"
                    )
                return None
            return self._settings(db)

    def create(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Make a gallery; where another process was quicker, its settings come back."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ElsewhereError(f"{self._file.parent}: {error.strerror}") from error
        with self._writing() as db:
            for statement in SCHEMA:
                db.execute(statement)
            if not (there := self._settings(db)):
                owner = uuid.uuid4().hex
                there = {**settings, "owner": owner}
                text = json.dumps(there, ensure_ascii=False)
                db.execute("INSERT INTO settings VALUES (?)", (text,))
                self._open_vectors(there).create(owner)
        return there

    def find(self, keys: Sequence[str]) -> dict[str, Held]:
        """What is known of images, removed ones too, by key."""
        with self._reading() as db:
            return {held.entry.key: held for held in read_held(db, "key", keys).values()}

    def find_paths(self, paths: Sequence[str]) -> dict[str, list[Held]]:
        """The same by the paths that they were added by."""
        found: dict[str, list[Held]] = {}
        with self._reading() as db:
            for held in read_held(db, "path", paths).values():
                found.setdefault(held.entry.path, []).append(held)
        return found

    def add(
        self, entries: Sequence[Entry], vectors: Float[np.ndarray, "images size"], action: Action
    ) -> int:
        """Add images that are not there; says how many were not. Removed ones come back."""
        with self._writing() as db:
            there = read_held(db, "key", [entry.key for entry in entries])
            known = {held.entry.key: held for held in there.values()}
            once: dict[str, int] = {}  # of several with the same content, the first
            for row, entry in enumerate(entries):
                once.setdefault(entry.key, row)
            fresh = [row for key, row in once.items() if key not in known]
            if fresh:
                first = db.execute("SELECT COALESCE(MAX(slot) + 1, 0) FROM images").fetchone()[0]
                self._file_of_vectors(db).write(first, vectors[fresh])
                rows = [as_row(first + n, entries[row]) for n, row in enumerate(fresh)]
                marks = ", ".join("?" * len(COLUMNS))
                db.executemany(f"INSERT INTO images VALUES ({marks})", rows)
            changes = [_added(entries[row], known.get(key)) for key, row in once.items()
                       if key not in known or not known[key].present]  # fmt: skip
            _write_changes(db, changes, action)
        return len(changes)

    def change(self, changes: Sequence[Change], action: Action) -> None:
        """Change the states of images."""
        with self._writing() as db:
            _write_changes(db, changes, action)

    def entries(
        self, conditions: Sequence[Condition] = (), *, removed: bool = False
    ) -> list[Entry]:
        """The images that fulfil conditions, in the order of adding; perhaps removed ones too."""
        where, values = sql_of(conditions)
        fields, order = ", ".join(COLUMNS), "ORDER BY slot"
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {fields} FROM images WHERE (present OR ?) AND {where} {order}",
                [removed, *values],
            )
            return [from_row(row).entry for row in rows]

    def count(
        self,
        conditions: Sequence[Condition] = (),
        most: int | None = None,
        *,
        removed: bool = False,
    ) -> int:
        """How many images fulfil conditions, counted no further than to `most`."""
        where, values = sql_of(conditions)
        some = f"SELECT 1 FROM images WHERE (present OR ?) AND {where} LIMIT ?"
        with self._reading() as db:
            limit = -1 if most is None else most
            row = db.execute(f"SELECT COUNT(*) FROM ({some})", [removed, *values, limit]).fetchone()
        return int(row[0])

    def columns(self) -> list[str]:
        """What lists have said of the images that are there, besides what is known of every one."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT DISTINCT said.key FROM images, json_each(columns) AS said "
                "WHERE present AND said.key != '' ORDER BY said.key"
            )
            return [name for (name,) in rows]

    def vectors(self, keys: Sequence[str]) -> Float[np.ndarray, "images size"]:
        """Vectors of images, of length one."""
        with self._reading() as db:
            slots = read_slots(db, keys)
            mapped = self._file_of_vectors(db).mapped(max(slots.values(), default=-1) + 1)
        return mapped[np.array([slots[key] for key in keys], np.int64)]

    def nearest(
        self,
        queries: Float[np.ndarray, "queries size"],
        k: int,
        conditions: Sequence[Condition],
        left_out: Sequence[LeftOut],
    ) -> list[Hits]:
        """The nearest images and individuals of each query, by every vector."""
        with self._reading() as db:
            sides = self._sides(db, queries, k, conditions, left_out)
            slots = {slot for hits in sides for side in hits for slot, _, _ in side}
            found = read_held(db, "slot", list(slots))
        return [
            Hits(*(tuple(found[row].entry.found(near, images) for row, near, images in side)
                   for side in hits))
            for hits in sides
        ]  # fmt: skip

    def history(self) -> list[Event]:
        """Everything that was ever done, the oldest first."""
        with self._reading() as db:
            rows = db.execute(f"SELECT {', '.join(HISTORY)} FROM history ORDER BY number")
            return [
                Event(Action(*action), Change(key, State(bool(was), name), State(bool(now), new)))
                for *action, key, was, name, now, new in rows
            ]

    def forget(self, keys: Sequence[str]) -> None:
        """Wipe images out, their vectors and history with them; nobody can undo it."""
        with self._writing() as db:
            slots = read_slots(db, keys)
            self._file_of_vectors(db).wipe(list(slots.values()))
            for table in ("images", "history"):
                db.executemany(f"DELETE FROM {table} WHERE key = ?", [(key,) for key in keys])
            _write_changes(db, [NOTHING] * len(slots), Action.now("forget"))

    def search_words(self) -> str:
        """How `nearest` searches."""
        return "exact: every vector is compared"

    def _sides(
        self,
        db: sqlite3.Connection,
        queries: Float[np.ndarray, "queries size"],
        k: int,
        conditions: Sequence[Condition],
        left_out: Sequence[LeftOut],
    ) -> list[tuple[Side, Side]]:
        rows, where = self._read_rows(db), sql_of(conditions)
        among = read_fulfilling(db, where) if conditions else None
        own = read_slots(db, [each.key for each in left_out])
        vectors = self._file_of_vectors(db).mapped(rows.total)
        cameras = any(each.camera is not None for each in left_out)
        if rows.labels is None and not cameras and len(queries) <= _FEW:
            asking = [own.get(each.key, -1) for each in left_out]
            sides = search_images(rows, vectors, queries, k, among, asking, Names(db, where))
            if sides is not None:
                return sides
        rows = self._read_rows(db, labels=True, cameras=cameras)
        return search_rows(rows, vectors, queries, k, among, left_out, own)

    def _read_rows(
        self, db: sqlite3.Connection, labels: bool = False, cameras: bool = False
    ) -> Rows:
        """What a search needs of every image; read anew when anything has changed."""
        latest = db.execute("SELECT COALESCE(MAX(number), 0) FROM history").fetchone()[0]
        if self._rows is None or self._rows[0] != latest:
            self._rows = latest, Rows(*read_present(db))
        rows = self._rows[1]
        if labels and rows.labels is None:
            rows = replace(rows, labels=Numbers.read(rows.total, read_alike(db, "label")))
        if cameras and rows.cameras is None:
            rows = replace(rows, cameras=Numbers.read(rows.total, read_alike(db, "camera")))
        self._rows = latest, rows
        return rows

    def _settings(self, db: sqlite3.Connection) -> dict[str, Any]:
        row = db.execute("SELECT document FROM settings").fetchone()
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def _open_vectors(self, settings: Mapping[str, Any]) -> VectorsFile:
        beside = self._file.with_name(f"{self._file.name}-vectors")
        return VectorsFile(beside, settings["dimension"])

    def _file_of_vectors(self, db: sqlite3.Connection) -> VectorsFile:
        if self._vectors is None:
            settings = self._settings(db)
            vectors = self._open_vectors(settings)
            vectors.require_owner(settings["owner"])
            self._vectors = vectors
        return self._vectors

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One state of the database, whatever others write meanwhile."""
        with self._connected() as db:
            db.execute("BEGIN")
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written in the block, or nothing; one process at a time."""
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        # a connection for each piece of work: none is shared by threads or inherited by forks
        try:
            with closing(sqlite3.connect(self._file, _PATIENCE, isolation_level=None)) as db:
                db.execute("PRAGMA trusted_schema = OFF")
                db.execute("PRAGMA secure_delete = ON")
                yield db
        except sqlite3.OperationalError as error:
            raise ElsewhereError(
                f"{self.place}: {error}; if another process keeps it for long, wait for it; else "
                "see that the disk can be written to and has room"
            ) from error
        except (sqlite3.DatabaseError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"{self.place}: no gallery, or damaged ({error}); name another file, or restore it"
            ) from error
        except OSError as error:
            where = error.filename or self.place
            raise ElsewhereError(
                f"{where}: {error.strerror or error}; nothing was changed"
            ) from error


def _added(entry: Entry, known: Held | None) -> Change:
    """An image that is new, or comes back under its new name, if it has one."""
    before = State(False, None) if known is None else known.state
    return Change(entry.key, before, State(True, entry.label or before.label))


def _write_changes(db: sqlite3.Connection, changes: Sequence[Change], action: Action) -> None:
    db.executemany(
        "UPDATE images SET present = ?, label = ? WHERE key = ?",
        [(each.after.present, each.after.label, each.key) for each in changes],
    )
    db.executemany(
        f"INSERT INTO history ({', '.join(HISTORY)}) VALUES ({', '.join('?' * len(HISTORY))})",
        [(*action, each.key, *each.before, *each.after) for each in changes],
    )
