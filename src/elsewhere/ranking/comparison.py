"""Going through a gallery block by block, for some queries at a time."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.features import distinct_rows, refuse_unlike
from elsewhere.ranking.space import Metric, Points, compare_in, squared_distances

_CELLS = 3 * 2**19
"""Places for matches kept at once; one takes some forty bytes."""


class Block:
    """Neighbouring rows of the gallery, made ready once for all queries.

    Attributes:
        start: the first row.
        stop: the one behind the last.
    """

    def __init__(self, distances: Distances, start: int, stop: int, strip: int) -> None:
        self._distances = distances
        self._strip = strip
        self.start = start
        self.stop = stop

    def strips(self, queries: Int[Tensor, " queries"]) -> tuple[Int[Tensor, " strip"], ...]:
        """Places of so many queries as should be multiplied at once."""
        every = torch.arange(len(queries), device=queries.device)
        return torch.split(every, self._strip)

    def precise(self, queries: Int[Tensor, " rows"]) -> Float64[Tensor, "rows columns"]:
        """Measure squared distances in float64."""
        return squared_distances(self._distances.query_points(queries, fine=True), self._fine)

    def exact(self, queries: Int[Tensor, " rows"]) -> Float64[Tensor, "rows columns"]:
        """Measure exactly, copies among the rows once."""
        columns, kinds = self._kinds
        return self._distances.exact_block(queries, columns)[:, kinds]

    @cached_property
    def points(self) -> Points:
        """The rows, for estimates."""
        return self._distances.gallery_points(slice(self.start, self.stop))

    @cached_property
    def _fine(self) -> Points:
        return self._distances.gallery_points(slice(self.start, self.stop), fine=True)

    @cached_property
    def _kinds(self) -> tuple[Tensor, Tensor]:
        rows = self._distances.gallery[self.start : self.stop]
        columns, kinds = distinct_rows(rows.to(self._distances.space.device))
        return columns + self.start, kinds


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


def compare(query: Tensor, gallery: Tensor, metric: Metric, normalize: bool) -> Distances:
    """Check features and make them ready to be compared.

    Raises:
        DataError: they do not fit each other, or are not finite.
    """
    refuse_unlike(query, gallery)
    if metric not in ("euclidean", "cosine"):
        raise DataError(f"metric is euclidean or cosine, not {metric!r}")
    return Distances(query, gallery, compare_in(query, gallery, metric, normalize))


def choose_sizes(distances: Distances, block: int | None = None, matches: int = 0) -> Sizes:
    """Choose what fits a processor's cache, or fills a GPU.

    Args:
        distances: between what.
        block: gallery rows at a time, where that is given.
        matches: how many a query has at most. Every one is looked up in every block; where there
            are many, blocks are wider, lest that cost more than sorting them.

    Raises:
        DataError: a block of nothing.
    """
    if block is not None and block < 1:
        raise DataError(f"block is {block}; compare at least one gallery row at a time")
    largest = Sizes(4096, 1024, 2048)
    if distances.space.device.type != "cpu":
        largest = Sizes(16384, 4096, 8192)
    wanted = largest
    if block is not None:
        wanted = Sizes(4 * block, block, block)
    elif matches > largest.block // 16:
        width = min(8 * matches, 8 * largest.block)
        strip = 2 * largest.strip * largest.block // (width + 4 * matches)
        wanted = Sizes(largest.panel, min(strip, largest.strip), width)
    fits = max(1, 2**23 // distances.query.shape[1])  # 32 MiB of float32
    return Sizes(*(max(1, min(value, fits)) for value in wanted))


def blocks(distances: Distances, sizes: Sizes) -> Iterator[Block]:
    """Make the gallery ready, some rows at a time."""
    images = len(distances.gallery)
    for start in range(0, images, sizes.block):
        yield Block(distances, start, min(start + sizes.block, images), sizes.strip)


def panels(counts: Int[Tensor, " queries"], largest: int) -> Iterator[slice]:
    """Divide queries, `largest` at once at most, so that not too many matches are kept at once.

    `counts` are the images of its identity that each query has in the gallery.
    """
    start = 0
    while start < len(counts):
        widths = counts[start : start + largest].cummax(0).values.clamp_min(1)
        cells = widths * torch.arange(1, len(widths) + 1)
        rows = max(1, int((cells <= _CELLS).sum()))
        yield slice(start, start + rows)
        start += rows
