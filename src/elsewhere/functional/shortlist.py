"""Every image's nearest images as matrix products see them, each product computed once.

A square of products says of two runs of images how far one lies from the other, and the other from
the one: half of the squares are enough.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.functional.points import Points


class Shortlist(NamedTuple):
    """What is known of every image after some squares of products.

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


def shortlist(
    points: Points,
    count: int,
    block: int | None = None,
    crossing: Float[Tensor, "queries gallery"] | None = None,
) -> Shortlist:
    """Find some nearest images and the farthest of every image, to the rounding of products.

    Args:
        points: all images.
        count: how many nearest ones, the image itself counted.
        block: images on a side of a square.
        crossing: is filled with the squared distances of queries to the gallery.
    """
    images = len(points.given)
    # a square that stays in a processor's cache; a GPU wants more
    side = block or (768 if points.squares.device.type == "cpu" else 8192)
    result = _empty(points, count)
    runs = [slice(start, min(start + side, images)) for start in range(0, images, side)]
    for place, rows in enumerate(runs):
        for columns in runs[place:]:
            square = _square(points, rows, columns)
            if crossing is not None:
                _keep(points, crossing, rows, columns, square)
            _learn(result, rows, columns, square)
            if columns != rows:
                _learn(result, columns, rows, square.T.contiguous())
    return result


def _empty(points: Points, count: int) -> Shortlist:
    images = len(points.given)
    distances = points.centred.new_full((images, count), torch.inf)
    largest = points.centred.new_full((images,), -torch.inf)
    numbers = torch.zeros(images, count + 1, dtype=torch.int64, device=largest.device)
    return Shortlist(distances, numbers[:, :count], largest, numbers[:, count])


def _square(points: Points, rows: slice, columns: slice) -> Float[Tensor, "rows columns"]:
    left, right = points.centred[rows], points.centred[columns]
    return torch.addmm(points.squares[columns], left, right.T, alpha=-2).add_(
        points.squares[rows, None]
    )


def _keep(
    points: Points,
    crossing: Float[Tensor, "queries gallery"],
    rows: slice,
    columns: slice,
    square: Float[Tensor, "rows columns"],
) -> None:
    """Copy the corner of a square that has queries for rows and the gallery for columns."""
    if points.gallery == 0:
        crossing[rows, columns] = square
        crossing[columns, rows] = square.T
    elif rows.start < points.queries < columns.stop:
        first = max(columns.start, points.gallery)
        corner = square[: points.queries - rows.start, first - columns.start :]
        target = slice(first - points.gallery, columns.stop - points.gallery)
        crossing[rows.start : min(rows.stop, points.queries), target] = corner


def _learn(
    known: Shortlist, rows: slice, columns: slice, square: Float[Tensor, "rows columns"]
) -> None:
    """Take in the distances from some images to others."""
    count = known.distances.shape[1]
    nearer = (square.amin(dim=1) < known.distances[rows].amax(dim=1)).nonzero()[:, 0]
    images = nearer + rows.start
    candidates = torch.cat([known.distances[images], square[nearer]], dim=1)
    known.distances[images], places = candidates.topk(count, dim=1, largest=False, sorted=False)
    before = known.images[images].gather(1, places.clamp_max(count - 1))
    known.images[images] = before.where(places < count, places + (columns.start - count))
    largest, farthest = square.max(dim=1)
    farther = largest > known.largest[rows]
    known.farthest[rows] = known.farthest[rows].where(~farther, farthest + columns.start)
    known.largest[rows] = known.largest[rows].maximum(largest)
