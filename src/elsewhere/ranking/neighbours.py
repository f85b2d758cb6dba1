"""The nearest images of every image among all, exactly and in little memory.

A strip of products says of some images how far all later ones lie from them, and they from the
later ones: half of all products are enough. What they leave in doubt is measured better.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.ranking.comparison import Comparison
from elsewhere.ranking.counting import are_few, marked, smallest_of_rows
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.features import Features, Joined, read_features, refuse_unlike, row_lengths
from elsewhere.ranking.nearest import NearestPanel
from elsewhere.ranking.ordering import runs_in_doubt, true_order
from elsewhere.ranking.space import Points, chosen_estimates, compare_in, squared_distances
from elsewhere.ranking.sparse import blocks

SPARE = 12
"""Images on a shortlist beyond the nearest ones, for those that rounding puts out of place."""

_FEW = 0.1
"""Share of near images in a square up to which picking them out costs less than sifting it."""


class Cloud(NamedTuple):
    """All images, queries before gallery; or one set whose images all query each other.

    Attributes:
        distances: between all of them.
        points: all of them, for estimates.
        queries: how many of the images, from the first on, are queries.
        gallery: the first image of the gallery, which reaches to the last; 0 in one set.
    """

    distances: Distances
    points: Points
    queries: int
    gallery: int

    @property
    def shape(self) -> tuple[int, int]:
        """How many queries and images of the gallery."""
        return self.queries, len(self.points.squares) - self.gallery

    def new_empty(self, columns: int) -> Float[Tensor, "queries columns"]:
        """Room for so many numbers of each query, of the features' type."""
        images = self.distances.query
        return torch.empty(self.queries, columns, dtype=images.dtype, device=images.device)

    def doubt(
        self, squares: Float[Tensor, " rows"], bar: Float[Tensor, " rows"]
    ) -> Float[Tensor, " rows"]:
        """How far two estimates must be apart for their order to be sure.

        Args:
            squares: squared length of each row's image.
            bar: squared distance up to which they lie. An image within reach is no longer than
                the row's length and the reach together, so far images do not count.
        """
        return 2 * self.distances.estimate_error * (3 * squares + 2 * bar.clamp_min(0))


class Neighbours(NamedTuple):
    """How every image sees all others.

    Attributes:
        lists: indices of the nearest images, nearest first, the image itself among them; of
            equally near ones the lower index first.
        farthest: squared distance to the farthest image.
    """

    lists: Int[Tensor, "images nearest"]
    farthest: Float64[Tensor, " images"]


class _Shortlist(NamedTuple):
    """What is known of every image after some strips of products.

    Attributes:
        distances: the smallest squared distances, in no order.
        images: whose they are.
        largest: the largest squared distance.
        farthest: whose it is.
    """

    distances: Float[Tensor, "images count"]
    images: Int[Tensor, "images count"]
    largest: Float[Tensor, " images"]
    farthest: Int[Tensor, " images"]


def place(query: Features, gallery: Features | None, normalize: bool = False) -> Cloud:
    """Check features and make them ready to be measured.

    Products are computed in float32, and in float64 where the features are float64 or where
    torch's `set_float32_matmul_precision` would let products of float32 be rounded further.

    Args:
        query: one row per image.
        gallery: likewise, of the same size; None where the queries are the gallery, too.
        normalize: bring every row to length one first.

    Raises:
        DataError: empty, mismatched, or not finite.
    """
    sides = [read_features(query, "query")]
    if gallery is not None:
        sides.append(read_features(gallery, "gallery"))
        refuse_unlike(*sides)
    dtype = torch.promote_types(sides[0].dtype, sides[-1].dtype)
    dtype = torch.promote_types(dtype, torch.float32)
    sides = [side.to(sides[-1].device, dtype) for side in sides]
    if normalize:
        tiny = torch.finfo(torch.float32).tiny
        sides = [side / row_lengths(side).clamp_min(tiny)[:, None] for side in sides]
    images = sides[0] if gallery is None else Joined(*sides)
    coarse = torch.get_float32_matmul_precision() != "highest"
    space = compare_in(sides[0], sides[-1], "euclidean", False, torch.float64 if coarse else dtype)
    distances = Distances(images, images, space)
    coordinates = torch.empty(images.shape, dtype=space.dtype, device=space.device)
    squares = coordinates.new_empty(len(images))
    for rows in blocks(*images.shape):
        coordinates[rows], squares[rows] = distances.query_points(rows)
    first = len(sides[0]) if gallery is not None else 0
    return Cloud(distances, Points(coordinates, squares), len(sides[0]), first)


def nearest_images(
    cloud: Cloud,
    count: int,
    block: int | None = None,
    crossing: Float[Tensor, "queries gallery"] | None = None,
) -> Neighbours:
    """Find the nearest and the farthest image of every image among all images.

    The order is that of exact distances, whatever the size of a block.

    Args:
        cloud: all images.
        count: how many nearest ones, the image itself counted; all where there are fewer.
        block: images treated at a time.
        crossing: is filled with the squared distances of queries to the gallery, by products.
    """
    images = len(cloud.points.squares)
    count = min(count, images)
    short = _shortlist(cloud, min(count + SPARE, images), block, crossing)
    # once more and pair by pair: a product's rounding depends on what is beside it
    alone = torch.ones_like(short.farthest)
    farthest = chosen_estimates(cloud.points, cloud.points, alone, short.farthest)
    distances, order = short.distances.sort(dim=1)
    bar = distances[:, count - 1]
    doubt = cloud.doubt(cloud.points.squares, bar)
    lists = _settled(cloud, distances, short.images.gather(1, order), doubt, bar)[:, :count]
    if short.images.shape[1] < images:
        # more neighbours are in doubt than the shortlist holds
        crowded = (distances[:, -1] <= bar + doubt).nonzero()[:, 0]
        lists[crowded] = _among_all(cloud, crowded, count, block)
    return Neighbours(lists, farthest)


def _settled(
    cloud: Cloud,
    distances: Float[Tensor, "images count"],
    images: Int[Tensor, "images count"],
    doubt: Float[Tensor, " images"],
    bar: Float[Tensor, " images"],
) -> Int[Tensor, "images count"]:
    """Put shortlists that are sorted by estimates in exact order, as far as the bar."""
    rows = torch.arange(len(images), device=images.device)[:, None].expand_as(images).flatten()
    runs, shared = runs_in_doubt(rows, distances.flatten(), doubt[rows])
    tied = (shared & (distances <= (bar + doubt)[:, None]).flatten()).nonzero()[:, 0]
    rows, columns = rows[tied], images.view(-1)[tied]
    lengths = cloud.points.squares[rows]
    order = true_order(cloud.distances, runs[tied], rows, columns, lengths)[1]
    images.view(-1)[tied] = columns[order]
    return images


def _among_all(
    cloud: Cloud, chosen: Int[Tensor, " chosen"], count: int, block: int | None
) -> Int[Tensor, "chosen count"]:
    """The nearest of some images in exact order, without a shortlist."""
    nobody = chosen.new_empty(0)
    lists = [nobody.view(0, count)]
    if len(chosen):
        comparison = Comparison(cloud.distances, block)
        panels = comparison.sweep(
            chosen.cpu(),
            torch.zeros(len(chosen), dtype=torch.int64),
            lambda rows: NearestPanel(comparison, count, rows, (nobody, nobody)),
        )
        lists += [panel.result("euclidean").indices.to(chosen.device) for panel in panels]
    return torch.cat(lists)


def _shortlist(
    cloud: Cloud,
    count: int,
    block: int | None = None,
    crossing: Float[Tensor, "queries gallery"] | None = None,
) -> _Shortlist:
    """Find some nearest images and the farthest of every image, to the rounding of products."""
    points, images = cloud.points, len(cloud.points.squares)
    numbers = torch.zeros(images, count + 1, dtype=torch.int64, device=points.squares.device)
    known = _Shortlist(
        points.squares.new_full((images, count), torch.inf),
        numbers[:, :count],
        torch.full_like(points.squares, -torch.inf),
        numbers[:, count],
    )
    # what stays in a processor's cache; a GPU wants more
    side = block or (1024 if points.squares.device.type == "cpu" else 8192)
    room = points.squares.new_empty(2 * min(side, images) ** 2)
    for rows, columns in _half(images, side):
        shape = rows.stop - rows.start, columns.stop - columns.start
        square = room[: math.prod(shape)].view(shape)
        squared_distances(points.part(rows), points.part(columns), out=square)
        if crossing is not None:
            _keep(cloud, crossing, rows, columns, square)
        _learn(known, rows, columns, square)
        later = slice(max(columns.start, rows.stop), columns.stop)
        if later.start < later.stop:
            _learn(known, later, rows, square[:, later.start - columns.start :].T)
    return known


def _half(images: int, side: int) -> Iterator[tuple[slice, slice]]:
    """Cover all pairs of images once, either way round: runs of rows, and of columns from there."""
    for start in range(0, images, side):
        stop = min(start + side, images)
        thin = max(1, side // 4)  # along the diagonal, lest much is covered twice
        for first in range(start, stop, thin):
            yield slice(first, min(first + thin, stop)), slice(first, stop)
        for first in range(stop, images, 2 * side):
            yield slice(start, stop), slice(first, min(first + 2 * side, images))


def _keep(
    cloud: Cloud,
    crossing: Float[Tensor, "queries gallery"],
    rows: slice,
    columns: slice,
    square: Float[Tensor, "rows columns"],
) -> None:
    """Copy the corner of a square that has queries for rows and the gallery for columns."""
    if cloud.gallery == 0:
        crossing[rows, columns] = square
        crossing[columns, rows] = square.T
    elif rows.start < cloud.queries < columns.stop:
        first = max(columns.start, cloud.gallery)
        corner = square[: cloud.queries - rows.start, first - columns.start :]
        target = slice(first - cloud.gallery, columns.stop - cloud.gallery)
        crossing[rows.start : min(rows.stop, cloud.queries), target] = corner


def _learn(
    known: _Shortlist, rows: slice, columns: slice, square: Float[Tensor, "rows columns"]
) -> None:
    """Take in the distances from some images to others."""
    _learn_farthest(known, rows, columns, square)
    count = known.distances.shape[1]
    near = square < known.distances[rows].amax(dim=1)[:, None]
    if are_few(near, _FEW):
        row, place = marked(near)
        images, counts = torch.unique_consecutive(row, return_counts=True)
        if not len(images):
            return
        # one line of a table for every image, filled up with infinity
        first = counts.cumsum(0) - counts
        line = torch.repeat_interleave(counts)
        found = square.new_full((len(images), int(counts.max())), torch.inf)
        found[line, torch.arange(len(row), device=row.device) - first[line]] = square[row, place]
    else:
        images = torch.arange(len(square), device=near.device)
        found, place = square, torch.arange(square.shape[1], device=near.device)
        first = torch.zeros_like(images)
    images = images + rows.start
    candidates = torch.cat([known.distances[images], found], dim=1)
    chosen = smallest_of_rows(candidates, count)
    known.distances[images] = candidates.gather(1, chosen)
    before = known.images[images].gather(1, chosen.clamp_max(count - 1))
    new = place[(first[:, None] + chosen - count).clamp_(0, len(place) - 1)] + columns.start
    known.images[images] = before.where(chosen < count, new)


def _learn_farthest(
    known: _Shortlist, rows: slice, columns: slice, square: Float[Tensor, "rows columns"]
) -> None:
    before, largest = known.largest[rows], square.amax(dim=1)
    row, place = marked(square == largest.where(largest > before, torch.inf)[:, None])
    known.largest[rows] = before.maximum(largest)
    known.farthest[row + rows.start] = place + columns.start
