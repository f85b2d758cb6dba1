"""Distances as precise as it takes: what estimates leave in doubt, float64; what that does, exact.

An estimate (`space.estimates`) is wrong by no more than was seen on a sample, times a margin. A
precise distance is wrong by less than can be proved. An exact one rounds the same way wherever it
is computed, so that equal rows are equally far.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.ranking.features import Rows, refuse_bad_rows, spread_over
from elsewhere.ranking.space import Points, Space, estimates, squared_distances
from elsewhere.ranking.whole_numbers import Cut, all_products, cut_rows, row_products

Chosen = Int[Tensor, " rows"]
Measure = Callable[[Tensor, Tensor], Tensor]

_SAMPLED = (64, 256)
_MARGIN = 4.0
_DENSE = 0.03
"""Share of pairs among their rows from which on whole products cost less than single pairs."""
_BITS = {torch.float64: 60}
"""How far below a row's largest number the others count, by type of features."""
_FEWEST_BITS = 40


class Distances:
    """Squared distances between rows of query and gallery.

    Attributes:
        space: where estimates are computed.
        rows: how many float64 rows fit a processor's cache, or fill a GPU.
        estimate_error: estimates are within this times the squared lengths of both points.
    """

    def __init__(self, query: Rows, gallery: Rows, space: Space) -> None:
        self.query = query
        self.gallery = gallery
        self.space = space
        self.rows = max(1, (2**20 if space.device.type == "cpu" else 2**25) // query.shape[1])
        self._fine = space._replace(dtype=torch.float64)
        self._bits = max(_BITS.get(t.dtype, _FEWEST_BITS) for t in (query, gallery))
        self.estimate_error = self._measured_error()

    def query_points(self, rows: Chosen | slice, fine: bool = False) -> Points:
        """Make some queries ready, for estimates or for precise distances."""
        rows = rows if isinstance(rows, slice) else rows.to(self.query.device)
        return self._points(self.query[rows], fine)

    def gallery_points(self, rows: Chosen | slice, fine: bool = False) -> Points:
        """Make some rows of the gallery ready."""
        rows = rows if isinstance(rows, slice) else rows.to(self.gallery.device)
        return self._points(self.gallery[rows], fine)

    def precise_error(self, lengths: Float[Tensor, "*pairs"]) -> Float[Tensor, "*pairs"]:
        """Bound the error of the difference of two precise distances from one query.

        A sum of n products is wrong by less than n units in the last place of the sum of their
        absolute values, whatever its order.

        Args:
            lengths: squared lengths of query and gallery point together.
        """
        lengths = torch.full_like(lengths, 4.0) if self.space.angular else lengths
        return lengths * (4 * (self.query.shape[1] + 4) * torch.finfo(torch.float64).eps)

    def precise_pairs(self, queries: Chosen, gallery: Chosen) -> Float64[Tensor, " rows"]:
        """Measure pairs in float64; quickest where neighbours in the list share rows."""
        return _in_groups(queries, gallery, self.rows, self.precise_block, self._precise_single)

    def precise_block(
        self, queries: Chosen, gallery: Int[Tensor, " columns"]
    ) -> Float64[Tensor, "rows columns"]:
        """Measure every query against every row of the gallery in float64."""
        left = self.query_points(queries, fine=True)
        parts = (self.gallery_points(rows, fine=True) for rows in torch.split(gallery, self.rows))
        return torch.cat([squared_distances(left, right) for right in parts], dim=1)

    def exact_pairs(self, queries: Chosen, gallery: Chosen) -> Float64[Tensor, " rows"]:
        """What orders the gallery of a query, by sums without rounding; not between queries.

        Squared Euclidean distances, or cosines as signed squares, negative, less a query's own
        part.
        """
        return _in_groups(queries, gallery, self.rows, self.exact_block, self._exact_single)

    def exact_block(
        self, queries: Chosen, gallery: Int[Tensor, " columns"]
    ) -> Float64[Tensor, "rows columns"]:
        """The same as `exact_pairs` for every query and every row of the gallery."""
        shape = (len(queries), len(gallery))
        keys = torch.empty(shape, dtype=torch.float64, device=self.space.device)
        for top in range(0, len(queries), self.rows):
            left = self._cut(self.query, queries[top : top + self.rows])
            for start in range(0, len(gallery), self.rows):
                right = self._cut(self.gallery, gallery[start : start + self.rows])
                part = self._keys(left, right, all_products(left, right))
                keys[top : top + self.rows, start : start + self.rows] = part
        return keys

    def _points(self, features: Tensor, fine: bool) -> Points:
        points = (self._fine if fine else self.space).points(features)
        if not bool(points.squares.sum().isfinite()):
            refuse_bad_rows(self.query[:], self.space.angular, "query")
            refuse_bad_rows(self.gallery[:], self.space.angular, "gallery")
            raise DataError(
                "features differ too much in size to be compared; look at the largest of them"
            )
        return points

    def _precise_single(self, queries: Tensor, gallery: Tensor) -> Tensor:
        left, right = self.query_points(queries, True), self.gallery_points(gallery, True)
        return left.coordinates.sub_(right.coordinates).square_().sum(dim=1)

    def _exact_single(self, queries: Tensor, gallery: Tensor) -> Tensor:
        left, right = self._cut(self.query, queries), self._cut(self.gallery, gallery)
        return self._keys(left, right, row_products(left, right))

    def _cut(self, features: Rows, chosen: Tensor) -> Cut:
        """Cut rows as they are, where angles count; relative to the centre where lengths do."""
        rows = features[chosen.to(features.device)].to(self.space.device, torch.float64)
        if not self.space.angular:
            rows = rows.mul_(self.space.scale).sub_(self.space.centre)
        return cut_rows(rows, self._bits)

    def _keys(self, left: Cut, right: Cut, products: Tensor) -> Tensor:
        columns = row_products(right, right)
        if self.space.angular:
            # a quotient of whole numbers rounds the same however it is expanded: equal angles of
            # features of whole numbers are ties
            return -products * products.abs() / columns
        along = (slice(None), None)[: products.ndim]  # each row, or the rows of a block
        back = (1 / left.scale)[along], 1 / right.scale
        rows = row_products(left, left)[along] * back[0] * back[0]
        return rows + columns * back[1] * back[1] - 2 * (products * back[0] * back[1])

    def _measured_error(self) -> float:
        """Compare estimates of a sample with precise distances.

        Rounding depends on the features, on the library that multiplies, and on what torch was
        told about the precision of products; so it is measured. The margin is for the rest.
        """
        sizes = (len(self.query), len(self.gallery))
        chosen = [spread_over(n, k) for n, k in zip(sizes, _SAMPLED, strict=True)]
        left, right = self.query_points(chosen[0]), self.gallery_points(chosen[1])
        own = left.squares[:, None].double()
        errors = (estimates(left, right) + own - self.precise_block(*chosen)).abs()
        lengths = own + right.squares
        unit = torch.finfo(self.space.dtype).eps
        largest = float(torch.where(lengths > 0, errors / lengths, 0.0).max())
        return max(_MARGIN * largest, unit * (4 + math.sqrt(self.query.shape[1]) / 8))


def _in_groups(
    queries: Chosen, gallery: Chosen, rows: int, block: Measure, single: Measure
) -> Tensor:
    """Measure a list of pairs a part at a time, as whole blocks where their rows repeat.

    `block` measures each of some queries against each of some gallery rows, `single` pairs.
    """
    found = [torch.empty(0, dtype=torch.float64, device=queries.device)]
    step = _pairs_at_once(queries, rows)
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        left, left_place = torch.unique(queries[part], return_inverse=True)
        right, right_place = torch.unique(gallery[part], return_inverse=True)
        if len(left_place) > _DENSE * len(left) * len(right):
            found.append(block(left, right)[left_place, right_place])
        else:
            few = max(1, rows // 8)
            singles = zip(
                torch.split(queries[part], few), torch.split(gallery[part], few), strict=True
            )
            found += [single(*pair) for pair in singles]
    return torch.cat(found)


def _pairs_at_once(queries: Chosen, rows: int) -> int:
    """As many pairs as need about as many rows of the gallery as queries."""
    if not len(queries):
        return 1
    each = len(queries) / int((queries.diff() != 0).sum() + 1)
    return int(min(max(each, rows / 24), rows) ** 2) + 1
