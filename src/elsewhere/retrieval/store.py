"""A store of embeddings: its table, written when nothing is missing, and reading by rows or blocks.

pyarrow is imported where the table is read or written, so that nothing else waits for it.
"""

import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float32, Int64

from elsewhere.data.records import enumerate_names
from elsewhere.errors import CheckpointError
from elsewhere.retrieval.files import Share, write_whole
from elsewhere.retrieval.listing import ListedImage, note_problem
from elsewhere.retrieval.settings import StoreSettings, read_settings
from elsewhere.retrieval.shards import Known, Place, map_shard, read_shard

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "images.parquet"
DIGEST = b"store"

_LONGEST_TEXT, _ROOM = 4096, 2**26
"""Bytes of the longest path, and what longer texts of a small table may take besides."""
_REPAIR = "run elsewhere embed once more: only what is missing is computed"
_COLUMNS = {
    "path": "string",
    "place": "string",
    "label": "string",
    "camera": "string",
    "shard": "string",
    "row": "int32",
    "problem": "string",
    "size": "int64",
    "modified": "int64",
}
"""Columns of `images.parquet`: absolute path; path below the folder or list it was found by;
identity or class; camera; shard and row of its vector; why it has none; bytes of the file and time
of its change (nanoseconds since 1970)."""


class Embeddings:
    """A finished store.

    Attributes:
        folder: where it lies.
        settings: model, vector, mirror, preprocessing and dimension.
        table: one row for each image with a vector, in the order of the vectors; the columns are
            path, place, label, camera, shard, row, problem, size and modified.
        unread: the same for images without a vector; their `problem` says why.
    """

    def __init__(self, folder: Path, settings: StoreSettings, table: "pa.Table") -> None:
        import pyarrow.compute as pc

        self.folder = folder
        self.settings = settings
        has_vector = pc.is_valid(table["row"])
        self.table: pa.Table = table.filter(has_vector)
        self.unread: pa.Table = table.filter(pc.invert(has_vector))
        encoded = self.table["shard"].combine_chunks().dictionary_encode()
        self._shards: list[str] = encoded.dictionary.to_pylist()
        self._shard_of: np.ndarray = encoded.indices.to_numpy(zero_copy_only=False)
        self._row_of: np.ndarray = self.table["row"].to_numpy()
        self._mapped: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._row_of)

    def vectors(
        self, rows: Sequence[int] | Int64[np.ndarray, " rows"]
    ) -> Float32[np.ndarray, "rows size"]:
        """Vectors, of length one, of some rows of the table, in the order asked for.

        Raises:
            CheckpointError: a shard cannot be read any more.
            IndexError: there is no such row.
        """
        places = np.asarray(rows, dtype=np.int64)
        found = np.empty((len(places), self.settings.dimension), np.float32)
        shards = self._shard_of[places]
        for shard in np.unique(shards):
            wanted = np.flatnonzero(shards == shard)
            found[wanted] = self._shard(self._shards[shard])[self._row_of[places[wanted]]]
        return found

    def blocks(self, size: int = 4096) -> Iterator[tuple[int, Float32[np.ndarray, "rows size"]]]:
        """All vectors in the order of the table, at most `size` at a time, none of two shards.

        Vectors that lie side by side in their shard are not copied.

        Yields:
            The first row of a block, and its vectors.
        """
        for start, stop, together in self._runs:
            vectors = self._shard(self._shards[self._shard_of[start]])
            for first in range(start, stop, size):
                last = min(first + size, stop)
                if together:
                    row = int(self._row_of[first])
                    yield first, vectors[row : row + last - first]
                else:
                    yield first, vectors[self._row_of[first:last]]

    @cached_property
    def _runs(self) -> list[tuple[int, int, bool]]:
        """First row and end of each shard's part of the table; whether its vectors lie together."""
        starts = np.flatnonzero(np.diff(self._shard_of, prepend=-1)).tolist()
        return [
            (start, stop, bool((np.diff(self._row_of[start:stop]) == 1).all()))
            for start, stop in pairwise([*starts, len(self)])
        ]

    def column(self, name: str) -> list[str | None]:
        """A column of the table as a list."""
        values: list[str | None] = self.table[name].to_pylist()
        return values

    def require_shards(self) -> None:
        """See that every shard is there, whole, and of this store.

        Raises:
            CheckpointError: one is not; the message names it.
        """
        faults: dict[str, None] = {}
        for start, stop, _ in self._runs:
            name, used = self._shards[self._shard_of[start]], self._row_of[start:stop]
            try:
                rows, dimension = read_shard(self.folder / name, self.settings.digest)[1]
                fits = used.min() >= 0 and used.max() < rows
            except CheckpointError:
                fits = False
            if not fits or dimension != self.settings.dimension:
                faults[name] = None
        if faults:
            raise CheckpointError(
                f"{self.folder}: {len(faults)} of {len(self._shards)} shards missing or damaged: "
                f"{enumerate_names(faults)}; {_REPAIR}"
            )

    def _shard(self, name: str) -> Float32[np.ndarray, "rows size"]:
        """A shard's vectors, mapped into memory rather than read."""
        if name not in self._mapped:
            try:
                self._mapped[name] = map_shard(self.folder / name)
            except CheckpointError as error:
                raise CheckpointError(f"{error}; {_REPAIR}") from error
        return self._mapped[name]


def open_embeddings(folder: str | Path) -> Embeddings:
    """Open a finished store and see that nothing of it is missing.

    ```python
    store = open_embeddings("embeddings")
    for first, vectors in store.blocks():
        similarity = query @ vectors.T  # of images first, first + 1 … of store.table
    ```

    Raises:
        CheckpointError: there is no store, it is unfinished, or a shard is missing or damaged.
    """
    import pyarrow as pa

    folder = Path(folder)
    settings = read_settings(folder)
    file = folder / TABLE
    if not file.is_file():
        raise CheckpointError(
            f"{folder}: unfinished ({TABLE} is missing); run elsewhere embed until every share is "
            "done: what is there is kept"
        )
    try:
        table = _read_table(file)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise CheckpointError(f"{file}: damaged ({error}); {_REPAIR}") from error
    if not table.schema.equals(schema()) or not _is_complete(table):
        raise CheckpointError(f"{file}: damaged (not the columns of a store); {_REPAIR}")
    if (table.schema.metadata or {}).get(DIGEST) != settings.digest.encode():
        raise CheckpointError(f"{file}: belongs to another store; {_REPAIR}")
    embeddings = Embeddings(folder, settings, table)
    embeddings.require_shards()
    return embeddings


def _read_table(file: Path) -> "pa.Table":
    """Read the table; a text that all rows share takes its room once until it is known how long."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not file.is_file():
        raise ValueError("not a regular file")
    texts = [name for name, kind in _COLUMNS.items() if kind == "string"]
    with pq.ParquetFile(file, read_dictionary=texts) as opened:
        rows = opened.metadata.num_rows
        if rows > file.stat().st_size:  # every row has a path of its own
            raise ValueError(f"{rows} rows in {file.stat().st_size} bytes")
        table = opened.read()
    for column in table.select([name for name in texts if name in table.column_names]).columns:
        for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
            longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
            if longest * len(chunk) > _ROOM + _LONGEST_TEXT * len(chunk):
                raise ValueError(f"a text of {longest} bytes in every row")
    return table.cast(pa.schema([
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ], table.schema.metadata))  # fmt: skip


def _is_complete(table: "pa.Table") -> bool:
    """Whether every image has a path, and every vector a place."""
    import pyarrow.compute as pc

    with_vector = table.filter(pc.is_valid(table["row"]))
    return not (
        table["path"].null_count or table["place"].null_count or with_vector["shard"].null_count
    )


class Merged(NamedTuple):
    """How far a store has come.

    Attributes:
        waiting: images that nobody has looked at yet; where there are some, no table is written.
        left_out: vectors that no image of the table has.
        problems: why an image has no vector, by its name, or its path where two share a name.
    """

    waiting: int
    left_out: int
    problems: dict[str, str]


def merge(
    folder: Path, settings: StoreSettings, images: Sequence[ListedImage], share: Share
) -> Merged:
    """Write `images.parquet` if no image is missing in the shards.

    Rows stand in the order of the vectors on disk; images without one come last.
    """
    known = Known(folder, settings.digest)
    found = [(image, place) for image in images if (place := known.find(image))]
    problems: dict[str, str] = {}
    for image, place in found:
        if place.row is None:
            note_problem(problems, image.image.name, image.path, place.problem or "")
    waiting = len(images) - len(found)
    left_out = known.vectors - sum(place.row is not None for _, place in found)
    if not waiting:
        write_table(folder, settings, found, share)
        for file in known.damaged:
            file.unlink(missing_ok=True)
    return Merged(waiting, left_out, problems)


def write_table(
    folder: Path,
    settings: StoreSettings,
    placed: Sequence[tuple[ListedImage, Place]],
    share: Share,
) -> None:
    """Write `images.parquet`, of images each with the place of its vector, in their order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [_row(image, place) for image, place in sorted(placed, key=lambda each: _order(each[1]))]
    table = pa.Table.from_pylist(rows, schema().with_metadata({DIGEST: settings.digest}))
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_whole(folder / TABLE, buffer.getvalue(), share)


def _order(place: Place) -> tuple[bool, str, int]:
    return (True, "", 0) if place.row is None else (False, place.shard, place.row)


def _row(image: ListedImage, place: Place) -> dict[str, str | int | None]:
    return {
        "path": image.path,
        "place": image.image.place.as_posix().encode("utf-8", "backslashreplace").decode(),
        "label": image.label,
        "camera": image.camera,
        "shard": None if place.row is None else place.shard,
        "row": place.row,
        "problem": place.problem,
        "size": image.size,
        "modified": image.modified,
    }


def schema() -> "pa.Schema":
    """Columns of `images.parquet` and their types."""
    import pyarrow as pa

    return pa.schema([(name, getattr(pa, kind)()) for name, kind in _COLUMNS.items()])
