"""The table of a store: written when every picture has been looked at, by whoever finds it so."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from elsewhere.retrieval.files import Share, write_whole
from elsewhere.retrieval.known import Known, Place
from elsewhere.retrieval.pictures import Picture
from elsewhere.retrieval.settings import StoreSettings

TABLE = "images.parquet"
DIGEST = b"store"

SCHEMA = pa.schema(
    [
        ("path", pa.string()),
        ("place", pa.string()),
        ("label", pa.string()),
        ("camera", pa.string()),
        ("shard", pa.string()),
        ("row", pa.int32()),
        ("problem", pa.string()),
        ("size", pa.int64()),
        ("modified", pa.int64()),
    ]
)
"""Columns of `images.parquet`: absolute path; path below the folder or list it was found by;
identity or class; camera; shard and row of its vector; why it has none; bytes of the file and time
of its change (nanoseconds since 1970)."""


class Merged(NamedTuple):
    """How far a store has come.

    Attributes:
        waiting: pictures that nobody has looked at yet; where there are some, no table is written.
        left_out: vectors that no picture of the table has.
        problems: why a picture has no vector, by its name.
    """

    waiting: int
    left_out: int
    problems: dict[str, str]


def merge(
    folder: Path, settings: StoreSettings, pictures: Sequence[Picture], share: Share
) -> Merged:
    """Write `images.parquet` if no picture is missing in the shards.

    Rows stand in the order of the vectors on disk; pictures without one come last.

    Args:
        folder: of the store.
        settings: of the store.
        pictures: all that belong in it.
        share: who writes.
    """
    known = Known.read(folder, settings.digest)
    found = [(picture, place) for picture in pictures if (place := known.find(picture))]
    problems = {picture.image.name: place.problem or "" for picture, place in found
                if place.row is None}  # fmt: skip
    waiting = len(pictures) - len(found)
    left_out = known.vectors - len(found) + len(problems)
    if not waiting:
        found.sort(key=lambda each: _order(each[1]))
        rows = [_row(picture, place) for picture, place in found]
        table = pa.Table.from_pylist(rows, SCHEMA.with_metadata({DIGEST: settings.digest}))
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        write_whole(folder / TABLE, buffer.getvalue(), share)
        for file in known.damaged:
            file.unlink(missing_ok=True)
    return Merged(waiting, left_out, problems)


def _order(place: Place) -> tuple[bool, str, int]:
    return (True, "", 0) if place.row is None else (False, place.shard, place.row)


def _row(picture: Picture, place: Place) -> dict[str, str | int | None]:
    return {
        "path": picture.path,
        "place": picture.image.place.as_posix().encode("utf-8", "backslashreplace").decode(),
        "label": picture.label,
        "camera": picture.camera,
        "shard": None if place.row is None else place.shard,
        "row": place.row,
        "problem": place.problem,
        "size": picture.size,
        "modified": picture.modified,
    }
