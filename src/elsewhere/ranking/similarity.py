"""The most similar among vectors that come a block at a time, exactly."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from elsewhere.ranking.whole_numbers import on_grid

_QUERIES = 64


class Nearby(NamedTuple):
    """The best of each query, best first; of two as good, the one with the lower row.

    Attributes:
        similarities: cosine, -1..1; -inf where a query has fewer.
        rows: of all vectors; -1 where a query has fewer.
    """

    similarities: Float64[Tensor, "queries best"]
    rows: Int64[Tensor, "queries best"]


def most_similar(
    queries: Float[Tensor, "queries size"],
    blocks: Iterable[Float[Tensor, "_ size"]],
    groups: Int64[Tensor, " rows"],
    k: int,
    left_out: Sequence[Collection[int]] | None = None,
) -> tuple[Nearby, Nearby]:
    """Compare queries with every vector, never more than a block of them at a time.

    The result does not depend on the size of a block, and equal vectors are equally similar.

    Args:
        queries: vectors of length one.
        blocks: all others, of length one, in order.
        groups: number of the group of each of them; -1 for none.
        k: how many are sought.
        left_out: rows that are not compared, for each query.

    Returns:
        The best rows, and the best row of each of the best groups.
    """
    counts = min(k, len(groups)), min(k, len(torch.unique(groups[groups >= 0])))
    best = [_nothing(len(queries), count) for count in counts]
    points = on_grid(queries)
    skipped = [
        (query, row) for query, rows in enumerate(left_out or ()) for row in sorted(set(rows))
    ]
    without = torch.tensor(skipped, dtype=torch.int64).reshape(-1, 2)
    first = 0
    for vectors in blocks:
        others = on_grid(vectors).T
        rows = torch.arange(first, first + len(vectors))
        known = groups[rows] >= 0
        for start in range(0, len(queries), _QUERIES):
            part = slice(start, start + _QUERIES)
            found = (points[part] @ others).clamp_(-1, 1)
            _leave_out(found, without - torch.tensor([start, first]))
            for nearby, columns, whose in ((best[0], ..., None), (best[1], known, groups)):
                mine = Nearby(nearby.similarities[part], nearby.rows[part])
                mine = _join(mine, found[:, columns], rows[columns], whose)
                nearby.similarities[part], nearby.rows[part] = mine
        first += len(vectors)
    return best[0], best[1]


def _nothing(queries: int, k: int) -> Nearby:
    rows = torch.full((queries, k), -1, dtype=torch.int64)
    return Nearby(torch.full((queries, k), -torch.inf, dtype=torch.float64), rows)


def _leave_out(found: Tensor, pairs: Tensor) -> None:
    inside = ((pairs >= 0) & (pairs < torch.tensor(found.shape))).all(dim=1)
    found[pairs[inside, 0], pairs[inside, 1]] = -torch.inf


def _join(best: Nearby, found: Tensor, rows: Tensor, groups: Tensor | None) -> Nearby:
    """The best of what was found before and of later rows; with groups, each group once."""
    k = best.rows.shape[1]
    if not k:
        return best
    # no other can change anything: of two as good, the earlier one stays
    better = (found > best.similarities[:, -1:]).any(dim=0)
    values = torch.cat([best.similarities, found[:, better]], dim=1)
    places = torch.cat([best.rows, rows[better].expand(len(found), -1)], dim=1)
    values, places = _sorted(values, places)
    if groups is not None:
        whose = torch.where(places >= 0, groups[places], -1)
        # stable: of each group, the best comes first
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
