"""Vectors beside a database: one float32 matrix, mapped into memory, that only grows.

A row is written, and safe on disk, before the database says that it is there. What a killed process
has written and nobody has committed is written over by the next.
"""

import os
from io import BufferedRandom
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from elsewhere.errors import CheckpointError

OFFSET = 4096
"""Bytes before the first vector: a page, which says whose vectors they are."""


class VectorsFile:
    """Vectors by their rows.

    Attributes:
        file: where they lie.
        size: numbers in a vector.
    """

    def __init__(self, file: Path, size: int) -> None:
        self.file, self.size = file, size
        self._mapped = np.empty((0, size), np.float32)

    def create(self, owner: str) -> None:
        """Make the file where it is not there, for the database of this name."""
        with self.file.open("r+b" if self.file.exists() else "w+b") as file:
            file.write(self._head(owner))
            _sync(file)

    def write(self, first: int, vectors: Float[np.ndarray, "rows size"]) -> None:
        """Write vectors from a row on, and wait until the disk has them."""
        with self.file.open("r+b") as file:
            file.seek(OFFSET + 4 * self.size * first)
            file.write(vectors.astype("<f4", copy=False).tobytes())
            _sync(file)

    def wipe(self, rows: list[int]) -> None:
        """Put zeros in the place of vectors."""
        with self.file.open("r+b") as file:
            for row in rows:
                file.seek(OFFSET + 4 * self.size * row)
                file.write(bytes(4 * self.size))
            _sync(file)

    def mapped(self, rows: int) -> Float32[np.ndarray, "rows size"]:
        """The first rows, where they lie on disk.

        Raises:
            CheckpointError: the file is missing or too short.
        """
        if len(self._mapped) < rows:
            self._require(rows)
            shape = (rows, self.size)
            self._mapped = np.asarray(np.memmap(self.file, "<f4", "r", OFFSET, shape))
        return self._mapped[:rows]

    def require_owner(self, owner: str) -> None:
        """See that the file belongs to a database.

        Raises:
            CheckpointError: it does not, or is missing.
        """
        self._require(0)
        with self.file.open("rb") as file:
            if file.read(OFFSET) != self._head(owner):
                raise CheckpointError(f"{self.file}: vectors of another gallery; {_TOGETHER}")

    def _require(self, rows: int) -> None:
        there = self.file.stat().st_size if self.file.is_file() else -1
        if there < OFFSET + 4 * self.size * rows:
            state = "missing" if there < 0 else "cut short"
            raise CheckpointError(f"{self.file}: {state}; {_TOGETHER}")

    def _head(self, owner: str) -> bytes:
        return f"elsewhere gallery {owner}, {self.size} float32\n".encode().ljust(OFFSET, b"\0")


_TOGETHER = "a gallery is two files, move or restore both together"


def _sync(file: BufferedRandom) -> None:
    file.flush()
    os.fsync(file.fileno())
