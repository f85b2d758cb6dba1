"""Images as vectors of length one, each at its image's place."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from elsewhere.retrieval.vectors import Looked


class Vectors(NamedTuple):
    """The vectors of some images.

    Attributes:
        files: names of the images.
        vectors: theirs, of length one, float32; NaN for one that could not be read.
        problems: why another has none, by its row.

    Examples:
        >>> model = elsewhere.open_model("runs/individuals/seed-0")
        >>> vectors = model.embed(["a.jpg", "missing.jpg", "b.jpg"])
        >>> vectors.vectors.shape[0], vectors.read
        (3, [0, 2])
        >>> similarity = vectors.vectors[0] @ vectors.vectors[2]  # a cosine
    """

    files: tuple[str, ...]
    vectors: Float[np.ndarray, "images size"]
    problems: dict[int, str]

    @property
    def read(self) -> list[int]:
        """Rows that have a vector."""
        return [row for row in range(len(self.files)) if row not in self.problems]

    def as_dict(self) -> dict[str, Any]:
        """Plain values: names, vectors as lists of numbers (None where there is none), problems."""
        rows = self.vectors.tolist()
        vectors = [None if row in self.problems else rows[row] for row in range(len(rows))]
        return {"files": list(self.files), "vectors": vectors, "problems": dict(self.problems)}

    def __repr__(self) -> str:
        unread = f", {len(self.problems)} not read" if self.problems else ""
        return f"Vectors({len(self.files)} images x {self.vectors.shape[1]} numbers{unread})"


def gather_vectors(batches: Iterable[Looked]) -> Vectors:
    """The vectors of all batches in one piece."""
    files: list[str] = []
    parts: list[np.ndarray] = []
    problems: dict[int, str] = {}
    rows: list[int] = []
    for batch in batches:
        first = len(files)
        files += [image.name for image in batch.inputs]
        rows += [first + row for row in batch.read]
        parts.append(batch.vectors)
        problems.update((first + row, why) for row, why in batch.problems.items())
    read = [part for part in parts if len(part)]
    vectors = np.full((len(files), read[0].shape[1] if read else 0), np.nan, np.float32)
    if read:
        vectors[rows] = np.concatenate(read)
    return Vectors(tuple(files), vectors, problems)
