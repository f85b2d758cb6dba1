"""What came of images that were looked at: vectors of length one, or problems."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from elsewhere.data.naming import InputImage
from elsewhere.errors import ModelError
from elsewhere.retrieval.settings import Wanted

UNUSABLE = "the network's vector for it is zero or not finite"


@dataclass(frozen=True)
class Loading:
    """How images are loaded.

    Attributes:
        batch_size: images at once.
        workers: processes that load; 0 loads in this one.

    Raises:
        ModelError: less than one image at once, or less than no process.
    """

    batch_size: int = 16
    workers: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers by which no image would be looked at."""
        if self.batch_size < 1 or self.workers < 0:
            words = f"batch_size={self.batch_size}, workers={self.workers}"
            raise ModelError(f"{words}: 1 and 0 at least")


class Looked(NamedTuple):
    """What came of some images.

    Attributes:
        inputs: all of them, in order.
        read: which of them have a vector.
        vectors: theirs, of length one.
        problems: why another has none, by its place in `inputs`.
    """

    inputs: tuple[InputImage, ...]
    read: list[int]
    vectors: Float[np.ndarray, "read size"]
    problems: dict[int, str]


Look = Callable[[Iterable[InputImage], Wanted, Loading], Iterator[Looked]]
"""Looks at images, batch by batch, in their order."""


def unit_vectors(vectors: Float[np.ndarray, "batch size"]) -> Float[np.ndarray, "batch size"]:
    """Vectors of length one; NaN where a vector is zero or not finite.

    The product of two is their cosine similarity.
    """
    precise = vectors.astype(np.float64)
    length = np.linalg.norm(precise, axis=1, keepdims=True)
    usable = np.isfinite(length) & (length > 0)
    precise[:] = np.where(usable, precise, np.nan) / np.where(usable, length, 1)
    return precise.astype(vectors.dtype)


def looked_at(
    inputs: Sequence[InputImage],
    read: Sequence[int],
    vectors: Float[np.ndarray, "read size"],
    problems: dict[int, str],
) -> Looked:
    """What came of a batch, of which `read` have a vector, of any length."""
    units = unit_vectors(vectors)
    usable = np.isfinite(units).all(axis=1)
    unusable = {row: UNUSABLE for row, fine in zip(read, usable, strict=True) if not fine}
    fine = [row for row in read if row not in unusable]
    return Looked(tuple(inputs), fine, units[usable], problems | unusable)
