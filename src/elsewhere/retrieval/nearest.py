"""The nearest images and individuals of a store, exactly, a block of vectors at a time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int64

from elsewhere.retrieval.similarity import Nearby, most_similar
from elsewhere.retrieval.store import Embeddings

_BLOCK = 2**14


class Searched(NamedTuple):
    """What a search found.

    Attributes:
        images: the nearest images.
        individuals: the most similar image of each of the nearest individuals.
    """

    images: Nearby
    individuals: Nearby


def search(
    store: Embeddings,
    queries: Float[np.ndarray, "queries size"],
    individuals: Int64[np.ndarray, " rows"],
    k: int,
    *,
    left_out: Sequence[Collection[int]] | None = None,
    block: int | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Searched:
    """Compare queries with every vector of a store, a block at a time, where it lies on disk.

    Args:
        store: whom to look among.
        queries: vectors of length one.
        individuals: number of the individual of each row of the store; -1 where unknown.
        k: how many of each.
        left_out: rows of the store that are not compared, for each query.
        block: vectors that are looked through at a time; None chooses.
        report: told how many vectors have been compared, and of how many.

    Raises:
        CheckpointError: a shard cannot be read any more.
    """
    total = len(store)

    def blocks() -> Iterator[np.ndarray]:
        for first, vectors in store.blocks(block or _BLOCK):
            yield vectors
            if report is not None:
                report(first + len(vectors), total)

    found = most_similar(queries, blocks(), store.vectors, individuals, k, left_out, chunk=block)
    return Searched(*found)
