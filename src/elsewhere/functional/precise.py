"""Distances in float64, of chosen pairs: right up to a bound that is known."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.functional.distance import Space, row_lengths

Measure = Callable[[Tensor, Tensor], Tensor]

_DENSE = 0.03
"""Share of pairs among their rows from which on whole products cost less than single pairs."""


class PreciseDistances:
    """Squared distances between rows of query and gallery, in float64."""

    def __init__(self, query: Tensor, gallery: Tensor, space: Space) -> None:
        self.query = query
        self.gallery = gallery
        self.space = space
        self.rows = rows_at_once(query.shape[1], space.device)

    def error(self, lengths: Float[Tensor, "*pairs"]) -> Float[Tensor, "*pairs"]:
        """Bound the error of the difference of two distances from one query.

        A sum of n products is wrong by less than n units in the last place of the sum of their
        absolute values, whatever its order.

        Args:
            lengths: squared lengths of query and gallery point together.
        """
        lengths = torch.full_like(lengths, 4.0) if self.space.angular else lengths
        return lengths * (4 * (self.query.shape[1] + 4) * torch.finfo(torch.float64).eps)

    def pairs(
        self, queries: Int[Tensor, " pairs"], gallery: Int[Tensor, " pairs"]
    ) -> Float64[Tensor, " pairs"]:
        """Measure pairs; quickest where neighbours in the list share rows."""
        return in_groups(queries, gallery, self.rows, self.block, self._single)

    def block(
        self, queries: Int[Tensor, " rows"], gallery: Int[Tensor, " columns"]
    ) -> Float64[Tensor, "rows columns"]:
        """Measure every query against every row of the gallery."""
        left, right = self._points(self.query, queries), self._points(self.gallery, gallery)
        return self._squares(left @ right.T, _lengths(left)[:, None], _lengths(right))

    def _single(self, queries: Tensor, gallery: Tensor) -> Tensor:
        left, right = self._points(self.query, queries), self._points(self.gallery, gallery)
        lengths = _lengths(left), _lengths(right)
        return self._squares(left.mul_(right).sum(dim=1), *lengths)

    def _squares(self, products: Tensor, left: Tensor, right: Tensor) -> Tensor:
        if self.space.angular:
            return 2 - 2 * products / (left * right)
        return left.square() + right.square() - 2 * products

    def _points(self, features: Tensor, chosen: Tensor) -> Tensor:
        rows = features[chosen.to(features.device)].to(self.space.device, torch.float64)
        if not self.space.angular:
            return rows.mul_(self.space.scale).sub_(self.space.centre)
        if features.dtype == torch.float64:  # squares might overflow; of narrower types, never
            rows = rows / row_lengths(rows)[:, None]
        return rows


def _lengths(rows: Tensor) -> Tensor:
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=1)
    return lengths


def rows_at_once(size: int, device: torch.device) -> int:
    """How many float64 rows fit a processor's cache, or fill a GPU."""
    return max(1, (2**20 if device.type == "cpu" else 2**25) // size)


def in_groups(
    queries: Int[Tensor, " pairs"],
    gallery: Int[Tensor, " pairs"],
    rows: int,
    block: Measure,
    single: Measure,
) -> Tensor:
    """Measure a list of pairs a part at a time, as whole blocks where their rows repeat.

    Args:
        queries: rows of the queries.
        gallery: rows of the gallery.
        rows: how many rows to look at at once.
        block: measures each of some queries against each of some gallery rows.
        single: measures pairs.
    """
    found = []
    step = _pairs_at_once(queries, rows)
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        left, left_place = torch.unique(queries[part], return_inverse=True)
        right, right_place = torch.unique(gallery[part], return_inverse=True)
        if len(left_place) > _DENSE * len(left) * len(right):
            groups = [block(left, columns) for columns in torch.split(right, rows)]
            found.append(torch.cat(groups, dim=1)[left_place, right_place])
        else:
            singles = zip(
                torch.split(queries[part], rows), torch.split(gallery[part], rows), strict=True
            )
            found += [single(*pair) for pair in singles]
    if not found:
        return torch.empty(0, dtype=torch.float64, device=queries.device)
    return torch.cat(found)


def _pairs_at_once(queries: Tensor, rows: int) -> int:
    """As many pairs as need about as many rows of the gallery as queries."""
    if not len(queries):
        return 1
    each = len(queries) / int((queries.diff() != 0).sum() + 1)
    return int(min(max(each, rows / 24), rows) ** 2) + 1
