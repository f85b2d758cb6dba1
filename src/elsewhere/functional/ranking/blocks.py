"""Products of blocks of queries and gallery, and how far they may be from the truth."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.functional.distance import (
    Metric,
    Points,
    Space,
    check_alike,
    compare_in,
    refuse_bad_rows,
    spread_over,
)
from elsewhere.functional.exact import ExactDistances
from elsewhere.functional.precise import PreciseDistances
from elsewhere.functional.ranking.copies import distinct_rows

_CELLS = 2**20
"""Places for matches kept at once; one takes about a hundred bytes."""
_SAMPLED = (64, 256)
_MARGIN = 4.0


class Sizes(NamedTuple):
    """How much is worked on at a time.

    Attributes:
        panel: queries made ready at once.
        strip: queries multiplied at once.
        block: gallery rows multiplied at once.
    """

    panel: int
    strip: int
    block: int


class Comparison:
    """Query and gallery, ready to be compared block by block.

    Attributes:
        space: where.
        precise: measures chosen pairs in float64.
        exact: measures chosen pairs so that equal ones come out equal.
        error: `estimates` are within `error` times the sum of the squared lengths of both points.
    """

    def __init__(
        self, query: Tensor, gallery: Tensor, metric: Metric, normalize: bool, block: int | None
    ) -> None:
        check_alike(query, gallery)
        if metric not in ("euclidean", "cosine"):
            raise DataError(f"metric is euclidean or cosine, not {metric!r}")
        if block is not None and block < 1:
            raise DataError(f"block is {block}; compare at least one gallery row at a time")
        self.query, self.gallery = query, gallery
        self.space: Space = compare_in(query, gallery, metric, normalize)
        self.precise = PreciseDistances(query, gallery, self.space)
        self.exact = ExactDistances(query, gallery, self.space)
        self._distinct: tuple[int, Tensor, Tensor] | None = None
        self.sizes = _sizes(query.shape[1], self.space.device, block)
        self.error = self._measured_error()

    def queries(self, rows: Int[Tensor, " rows"]) -> Points:
        """Make some queries ready."""
        points = self.space.points(self.query[rows.to(self.query.device)])
        self._check(points)
        return points

    def blocks(self) -> Iterator[tuple[int, Points]]:
        """Make the gallery ready, block by block, each with its first row."""
        for start in range(0, len(self.gallery), self.sizes.block):
            points = self.space.points(self.gallery[start : start + self.sizes.block])
            self._check(points)
            yield start, points

    def precise_block(self, queries: Int[Tensor, " rows"], start: int, width: int) -> Tensor:
        """Measure queries against a block of the gallery in float64, its copies once."""
        columns, kinds = self._kinds(start, width)
        return self.precise.block(queries, columns)[:, kinds]

    def exact_block(self, queries: Int[Tensor, " rows"], start: int, width: int) -> Tensor:
        """Measure queries against a block of the gallery exactly, its copies once."""
        columns, kinds = self._kinds(start, width)
        return self.exact.block(queries, columns)[:, kinds]

    def _kinds(self, start: int, width: int) -> tuple[Tensor, Tensor]:
        """What a block's rows are copies of; kept for the other queries."""
        if self._distinct is None or self._distinct[0] != start:
            rows = self.gallery[start : start + width].to(self.space.device)
            self._distinct = (start, *distinct_rows(rows))
        return self._distinct[1] + start, self._distinct[2]

    def _check(self, points: Points) -> None:
        if not bool(points.squares.sum().isfinite()):
            refuse_bad_rows(self.query, self.space.angular, "query")
            refuse_bad_rows(self.gallery, self.space.angular, "gallery")
            raise DataError(
                "features differ too much in size to be compared; look at the largest of them"
            )

    def _measured_error(self) -> float:
        """Compare estimates of a sample with the truth.

        Rounding depends on the features, on the library that multiplies, and on what torch was
        told about the precision of products; so it is measured. The margin is for the rest.
        """
        sizes = (len(self.query), len(self.gallery))
        chosen = [spread_over(n, k) for n, k in zip(sizes, _SAMPLED, strict=True)]
        query, gallery = self.queries(chosen[0]), self.space.points(self.gallery[chosen[1]])
        self._check(gallery)
        device = self.space.device
        truth = self.precise.block(chosen[0].to(device), chosen[1].to(device))
        lengths = query.squares[:, None].double() + gallery.squares
        errors = (estimates(query, gallery) + query.squares[:, None].double() - truth).abs()
        unit = torch.finfo(torch.float32).eps
        largest = float(torch.where(lengths > 0, errors / lengths, 0.0).max())
        return max(_MARGIN * largest, unit * (4 + math.sqrt(self.query.shape[1]) / 8))


def estimates(query: Points, gallery: Points) -> Float[Tensor, "queries columns"]:
    """Squared distances less the query's own squared length, quickly and roughly."""
    return torch.addmm(gallery.squares, query.coordinates, gallery.coordinates.T, alpha=-2)


def _sizes(size: int, device: torch.device, block: int | None) -> Sizes:
    """Choose what fits a processor's cache, or fills a GPU."""
    largest = Sizes(4096, 1024, 2048) if device.type == "cpu" else Sizes(16384, 4096, 8192)
    wanted = largest if block is None else Sizes(4 * block, block, block)
    fits = max(1, 2**23 // size)  # 32 MiB of float32
    return Sizes(*(max(1, min(value, fits)) for value in wanted))


def panels(counts: Int[Tensor, " queries"], largest: int) -> Iterator[slice]:
    """Divide queries so that not too many matches are kept at once.

    Args:
        counts: images of its identity that each query has in the gallery.
        largest: how many queries at once, at most.
    """
    start = 0
    while start < len(counts):
        widths = counts[start : start + largest].cummax(0).values.clamp_min(1)
        cells = widths * torch.arange(1, len(widths) + 1)
        rows = max(1, int((cells <= _CELLS).sum()))
        yield slice(start, start + rows)
        start += rows
