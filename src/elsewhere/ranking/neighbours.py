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

from elsewhere.ranking.comparison import choose_sizes
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.features import (
    Features,
    Joined,
    read_features,
    refuse_bad_rows,
    refuse_unlike,
    row_lengths,
)
from elsewhere.ranking.shortlist import SPARE, Shortlist, nearest_of_all
from elsewhere.ranking.space import Points, compare_in, squared_distances
from elsewhere.ranking.sparse import blocks


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


class Neighbours(NamedTuple):
    """How every image sees all others.

    Attributes:
        lists: indices of the nearest images, nearest first, the image itself among them; of
            equally near ones the lower index first.
        farthest: squared distance to the farthest image.
    """

    lists: Int[Tensor, "images nearest"]
    farthest: Float64[Tensor, " images"]


def place(query: Features, gallery: Features | None, normalize: bool = False) -> Cloud:
    """Check features, one row per image, and make them ready to be measured.

    Without a gallery the queries are the gallery, too. Products are computed in float32, and in
    float64 where the features are float64 or where torch's `set_float32_matmul_precision` would let
    products of float32 be rounded further.

    Raises:
        DataError: empty, mismatched, not finite, or zero where a length is divided by.
    """
    sides = [read_features(query, "query")]
    if gallery is not None:
        sides.append(read_features(gallery, "gallery"))
        refuse_unlike(*sides)
    dtype = torch.promote_types(sides[0].dtype, sides[-1].dtype)
    dtype = torch.promote_types(dtype, torch.float32)
    sides = [side.to(sides[-1].device, dtype) for side in sides]
    if normalize:
        for side, name in zip(sides, ("query", "gallery"), strict=False):
            refuse_bad_rows(side, angular=True, name=name)
        tiny = torch.finfo(dtype).tiny
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

    The order is that of exact distances, whatever the size of a block. An image is itself among its
    `count` nearest; where there are fewer, all are given. `crossing` is filled with the squared
    distances of queries to the gallery, by products.
    """
    points, images = cloud.points, len(cloud.points.squares)
    count = min(count, images)
    short = Shortlist(points.squares, min(count + SPARE, images))
    farthest = torch.zeros_like(points.squares)
    # what stays in a processor's cache; a GPU wants more
    side = block or (1024 if points.squares.device.type == "cpu" else 8192)
    room = points.squares.new_empty(2 * min(side, images) ** 2)
    for rows, columns in _half(images, side):
        shape = rows.stop - rows.start, columns.stop - columns.start
        square = room[: math.prod(shape)].view(shape)
        squared_distances(points.part(rows), points.part(columns), out=square)
        if crossing is not None:
            _keep(cloud, crossing, rows, columns, square)
        later = slice(max(columns.start, rows.stop), columns.stop)
        for mine, start, values in (
            (rows, columns.start, square),
            (later, rows.start, square[:, later.start - columns.start :].T),
        ):
            if len(values):
                short.learn(mine, start, values)
                farthest[mine] = farthest[mine].maximum(values.amax(dim=1))
    every = torch.arange(images, device=points.squares.device)
    lists, crowded = short.settle(cloud.distances, every, count)
    sizes = choose_sizes(cloud.distances, block)
    lists[crowded] = nearest_of_all(cloud.distances, every[crowded], count, sizes)
    return Neighbours(lists, farthest.double())


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
