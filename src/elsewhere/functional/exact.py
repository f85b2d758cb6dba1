"""Distances whose order is the same on every device, in any block, and for equal rows.

A matrix product adds up rounding errors in an order of its own, so two equal rows may come out
different. Here every number is cut into a few whole numbers of so few bits that their products
add up without any rounding. What is left to round is a handful of sums, always the same ones.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from elsewhere.functional.distance import Space
from elsewhere.functional.precise import in_groups, rows_at_once

_BITS = {torch.float64: 60}
"""How far below a row's largest number the others count, by type of features."""
_FEWEST_BITS = 40


class Cut(NamedTuple):
    """Rows cut into whole numbers: their sum, each by the worth of its place, is the row.

    Attributes:
        parts: whole numbers, most significant part first.
        scale: what rows of these parts are to be multiplied by.
        squares: squared lengths of the rows.
    """

    parts: Float64[Tensor, "parts rows size"]
    scale: Float64[Tensor, " rows"]
    squares: Float64[Tensor, " rows"]


class ExactDistances:
    """What orders the gallery of a query; not comparable between queries.

    Squared Euclidean distances, or cosines as signed squares, negative, less a query's own part.
    """

    def __init__(self, query: Tensor, gallery: Tensor, space: Space) -> None:
        self.query = query
        self.gallery = gallery
        self.space = space
        self.bits = (53 - math.ceil(math.log2(query.shape[1]))) // 2
        wanted = max(_BITS.get(t.dtype, _FEWEST_BITS) for t in (query, gallery))
        self.parts = -(-wanted // self.bits)
        self.rows = rows_at_once(query.shape[1], space.device)

    def pairs(
        self, queries: Int[Tensor, " pairs"], gallery: Int[Tensor, " pairs"]
    ) -> Float64[Tensor, " pairs"]:
        """Measure pairs; quickest where neighbours in the list share rows."""
        return in_groups(queries, gallery, self.rows, self.block, self._single)

    def block(
        self, queries: Int[Tensor, " rows"], gallery: Int[Tensor, " columns"]
    ) -> Float64[Tensor, "rows columns"]:
        """Measure every query against every row of the gallery."""
        shape = (len(queries), len(gallery))
        keys = torch.empty(shape, dtype=torch.float64, device=self.space.device)
        for top in range(0, len(queries), self.rows):
            rows = slice(top, top + self.rows)
            left = self._cut(self.query, queries[rows])
            for start in range(0, len(gallery), self.rows):
                columns = slice(start, start + self.rows)
                right = self._cut(self.gallery, gallery[columns])
                products = [[a @ b.T for b in right.parts] for a in left.parts]
                total = self._add(products) * left.scale[:, None] * right.scale
                keys[rows, columns] = self._keys(total, left.squares[:, None], right.squares)
        return keys

    def _single(self, queries: Tensor, gallery: Tensor) -> Tensor:
        left, right = self._cut(self.query, queries), self._cut(self.gallery, gallery)
        total = self._products(left.parts, right.parts) * left.scale * right.scale
        return self._keys(total, left.squares, right.squares)

    def _keys(self, products: Tensor, left: Tensor, right: Tensor) -> Tensor:
        if not self.space.angular:
            return left + right - 2 * products
        # a quotient of whole numbers rounds the same however it is expanded: equal angles of
        # features of whole numbers are ties
        return -products * products.abs() / right

    def _cut(self, features: Tensor, chosen: Tensor) -> Cut:
        """Cut rows into whole numbers of `bits` bits."""
        rows = features[chosen.to(features.device)].to(self.space.device, torch.float64)
        if not self.space.angular:
            rows = rows.mul_(self.space.scale).sub_(self.space.centre)
        low, high = rows.aminmax(dim=1)
        largest = torch.maximum(-low, high)
        # a mantissa over its number is a power of two, exactly
        scale = torch.where(largest > 0, largest.frexp().mantissa / largest, 1.0)
        unit = 2.0**self.bits
        rest = rows.mul_(scale[:, None]).mul_(unit)
        parts = rest.new_empty(self.parts, *rest.shape)
        for place in range(self.parts):
            torch.round(rest, out=parts[place])
            rest = rest.sub_(parts[place]).mul_(unit)
        back = torch.ones_like(scale) if self.space.angular else 1 / scale
        return Cut(parts, back, self._products(parts, parts) * back * back)

    def _products(self, left: Tensor, right: Tensor) -> Tensor:
        """Products of each row of one with the same row of the other."""
        return self._add([[(a * b).sum(dim=1) for b in right] for a in left])

    def _add(self, products: list[list[Tensor]]) -> Tensor:
        """Add up what the places contribute, the smallest first."""
        places = [(a, b) for a in range(self.parts) for b in range(self.parts)]
        places.sort(key=lambda pair: (-sum(pair), pair))
        total = torch.zeros_like(products[0][0])
        for a, b in places:
            total += products[a][b] * 2.0 ** (-self.bits * (a + b + 2))
        return total
