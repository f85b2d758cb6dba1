"""Reading embeddings from disk: by rows or block by block, never all at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from jaxtyping import Float32
from safetensors import SafetensorError, safe_open
from torch import Tensor

from elsewhere.data.records import enumerate_names
from elsewhere.errors import CheckpointError
from elsewhere.retrieval.merging import DIGEST, SCHEMA, TABLE
from elsewhere.retrieval.settings import StoreSettings, read_settings
from elsewhere.retrieval.shards import read_shard

_REPAIR = "run elsewhere embed once more: only what is missing is computed"


class Embeddings:
    """A finished store.

    Attributes:
        folder: where it lies.
        settings: model, vector, mirror, preprocessing and dimension.
        table: one row for each picture with a vector, in the order of the vectors; the columns are
            those of `elsewhere.retrieval.merging.SCHEMA`.
        unread: the same for pictures without a vector; their `problem` says why.
    """

    def __init__(self, folder: Path, settings: StoreSettings, table: pa.Table) -> None:
        self.folder = folder
        self.settings = settings
        has_vector = pc.is_valid(table["row"])
        self.table: pa.Table = table.filter(has_vector)
        self.unread: pa.Table = table.filter(pc.invert(has_vector))
        encoded = self.table["shard"].combine_chunks().dictionary_encode()
        self._shards: list[str] = encoded.dictionary.to_pylist()
        self._shard_of: np.ndarray = encoded.indices.to_numpy(zero_copy_only=False)
        self._row_of: np.ndarray = self.table["row"].to_numpy()

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._row_of)

    def vectors(self, rows: Sequence[int]) -> Float32[Tensor, "rows size"]:
        """Vectors, of length one, of some rows of the table, in the order asked for.

        Raises:
            CheckpointError: a shard cannot be read any more.
            IndexError: there is no such row.
        """
        places = np.asarray(rows, dtype=np.int64)
        found = torch.empty(len(places), self.settings.dimension)
        shards = self._shard_of[places]
        for shard in np.unique(shards):
            wanted = np.flatnonzero(shards == shard)
            inside = self._row_of[places[wanted]]
            first = int(inside.min())
            block = self._slice(self._shards[shard], first, int(inside.max()) + 1)
            found[torch.from_numpy(wanted)] = block[torch.from_numpy(inside - first).long()]
        return found

    def blocks(self, size: int = 4096) -> Iterator[tuple[int, Float32[Tensor, "rows size"]]]:
        """All vectors in the order of the table, `size` at a time.

        Yields:
            The first row of a block, and its vectors.
        """
        for first in range(0, len(self), size):
            yield first, self.vectors(range(first, min(first + size, len(self))))

    def column(self, name: str) -> list[str | None]:
        """A column of the table as a list."""
        values: list[str | None] = self.table[name].to_pylist()
        return values

    def require_shards(self) -> None:
        """See that every shard is there, whole, and of this store.

        Raises:
            CheckpointError: one is not; the message names it.
        """
        faults: list[str] = []
        for number, name in enumerate(self._shards):
            try:
                rows, dimension = read_shard(self.folder / name, self.settings.digest).shape
            except CheckpointError:
                faults.append(name)
                continue
            first, last = self._rows_in(number)
            if dimension != self.settings.dimension or not 0 <= first <= last < rows:
                faults.append(name)
        if faults:
            raise CheckpointError(
                f"{self.folder}: {len(faults)} of {len(self._shards)} shards missing or damaged: "
                f"{enumerate_names(faults)}; {_REPAIR}"
            )

    def _rows_in(self, shard: int) -> tuple[int, int]:
        """The first and the last row of a shard that pictures have."""
        rows = self._row_of[self._shard_of == shard]
        return int(rows.min()), int(rows.max())

    def _slice(self, name: str, first: int, end: int) -> Tensor:
        try:
            with safe_open(self.folder / name, framework="pt") as opened:
                found: Tensor = opened.get_slice("vectors")[first:end]
                return found
        except (OSError, SafetensorError) as error:
            raise CheckpointError(
                f"{self.folder / name}: missing or damaged ({error}); {_REPAIR}"
            ) from error


def open_embeddings(folder: str | Path) -> Embeddings:
    """Open a finished store and see that nothing of it is missing.

    ```python
    store = open_embeddings("embeddings")
    for first, vectors in store.blocks():
        similarity = query @ vectors.T  # of pictures first, first + 1 … of store.table
    ```

    Raises:
        CheckpointError: there is no store, it is unfinished, or a shard is missing or damaged.
    """
    folder = Path(folder)
    settings = read_settings(folder)
    file = folder / TABLE
    if not file.is_file():
        raise CheckpointError(
            f"{folder}: unfinished ({TABLE} is missing); run elsewhere embed until every share is "
            "done: what is there is kept"
        )
    try:
        table = pq.read_table(file)
    except (OSError, pa.ArrowException) as error:
        raise CheckpointError(f"{file}: damaged ({error}); {_REPAIR}") from error
    if not table.schema.equals(SCHEMA) or not _is_complete(table):
        raise CheckpointError(f"{file}: damaged (not the columns of a store); {_REPAIR}")
    if (table.schema.metadata or {}).get(DIGEST) != settings.digest.encode():
        raise CheckpointError(f"{file}: belongs to another store; {_REPAIR}")
    embeddings = Embeddings(folder, settings, table)
    embeddings.require_shards()
    return embeddings


def _is_complete(table: pa.Table) -> bool:
    """Whether every picture has a path, and every vector a place."""
    with_vector = table.filter(pc.is_valid(table["row"]))
    return not (
        table["path"].null_count or table["place"].null_count or with_vector["shard"].null_count
    )
