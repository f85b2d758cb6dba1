"""The nearest pictures and individuals of a store, exactly, a block of vectors at a time."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from elsewhere.retrieval.store import Embeddings

_GRID = 2.0**26
_QUERIES = 64


class Nearby(NamedTuple):
    """The best of each query, best first; of two as good, the one with the lower row.

    Attributes:
        similarities: cosine, -1..1; -inf where a query has fewer.
        rows: of the store's table; -1 where a query has fewer.
    """

    similarities: Float64[Tensor, "queries best"]
    rows: Int64[Tensor, "queries best"]


class Searched(NamedTuple):
    """What a search found.

    Attributes:
        pictures: the nearest pictures.
        individuals: the most similar picture of each of the nearest individuals.
    """

    pictures: Nearby
    individuals: Nearby


def search(
    store: Embeddings,
    queries: Float[Tensor, "queries size"],
    individuals: Int64[np.ndarray, " rows"],
    k: int,
    *,
    left_out: Sequence[Collection[int]] | None = None,
    block: int = 2048,
    report: Callable[[int, int], None] | None = None,
) -> Searched:
    """Compare queries with every vector of a store; never more than a block of them is in memory.

    The result does not depend on the size of a block, and equal vectors are equally similar.

    Args:
        store: whom to look among.
        queries: vectors of length one.
        individuals: number of the individual of each row of the store; -1 where unknown.
        k: how many of each.
        left_out: rows of the store that are not compared, for each query.
        block: vectors at a time.
        report: told how many vectors have been compared, and of how many.

    Raises:
        CheckpointError: a shard cannot be read any more.
    """
    numbers = torch.from_numpy(individuals)
    counts = min(k, len(store)), min(k, len(np.unique(individuals[individuals >= 0])))
    best = [_nothing(len(queries), count) for count in counts]
    points = _on_grid(queries)
    skipped = [
        (query, row) for query, rows in enumerate(left_out or ()) for row in sorted(set(rows))
    ]
    without = torch.tensor(skipped, dtype=torch.int64).reshape(-1, 2)
    for first, vectors in store.blocks(block):
        others = _on_grid(vectors).T
        inside = numbers[first : first + len(vectors)]
        known = inside >= 0
        rows = torch.arange(first, first + len(vectors))
        for start in range(0, len(queries), _QUERIES):
            part = slice(start, start + _QUERIES)
            found = (points[part] @ others).clamp_(-1, 1)
            _leave_out(found, without - torch.tensor([start, first]))
            for nearby, columns, who in ((best[0], ..., None), (best[1], known, numbers)):
                mine = Nearby(nearby.similarities[part], nearby.rows[part])
                mine = _join(mine, found[:, columns], rows[columns], who)
                nearby.similarities[part], nearby.rows[part] = mine
        if report is not None:
            report(first + len(vectors), len(store))
    return Searched(*best)


def _on_grid(vectors: Tensor) -> Tensor:
    """Round vectors of length one to multiples of 2^-26.

    All their products and sums of those are then float64 numbers, so a matrix product rounds
    nothing, in whatever order it adds. A similarity moves by about 1e-8, less than float32 vectors
    are good for.
    """
    return vectors.double().mul(_GRID).round_().div_(_GRID)


def _nothing(queries: int, k: int) -> Nearby:
    rows = torch.full((queries, k), -1, dtype=torch.int64)
    return Nearby(torch.full((queries, k), -torch.inf, dtype=torch.float64), rows)


def _leave_out(found: Tensor, pairs: Tensor) -> None:
    inside = ((pairs >= 0) & (pairs < torch.tensor(found.shape))).all(dim=1)
    found[pairs[inside, 0], pairs[inside, 1]] = -torch.inf


def _join(best: Nearby, found: Tensor, rows: Tensor, numbers: Tensor | None) -> Nearby:
    """The best of what was found before and of later rows; with numbers, each number once."""
    k = best.rows.shape[1]
    if not k:
        return best
    # no other can change anything: of two as good, the earlier one stays
    better = (found > best.similarities[:, -1:]).any(dim=0)
    values = torch.cat([best.similarities, found[:, better]], dim=1)
    places = torch.cat([best.rows, rows[better].expand(len(found), -1)], dim=1)
    values, places = _sorted(values, places)
    if numbers is not None:
        whose = torch.where(places >= 0, numbers[places], -1)
        # stable: of each number, the best comes first
        grouped = whose.sort(dim=1, stable=True)
        repeated = torch.zeros_like(whose, dtype=torch.bool)
        again = grouped.values[:, 1:] == grouped.values[:, :-1]
        repeated.scatter_(1, grouped.indices[:, 1:], again)
        values, places = _sorted(values.masked_fill(repeated, -torch.inf), places)
    values, places = values[:, :k], places[:, :k]
    return Nearby(values, places.masked_fill(values == -torch.inf, -1))


def _sorted(values: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    ordered = values.sort(dim=1, descending=True, stable=True)
    return ordered.values, places.gather(1, ordered.indices)
