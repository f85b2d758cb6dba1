"""The nearest images of every image, exactly and in little memory."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

from elsewhere.functional.points import Points, chosen_distances, exact_distances, rounding
from elsewhere.functional.shortlist import Shortlist, shortlist
from elsewhere.functional.sparse import starts_of

SPARE = 12
"""Images on a shortlist beyond the nearest ones, for those that rounding puts out of place."""

Entries = Int[Tensor, " entries"]
Lists = Int[Tensor, "rows nearest"]
Exact = Callable[[Tensor, Tensor], Tensor]
Slack = Callable[[Tensor], Tensor]


class Neighbours(NamedTuple):
    """How every image sees all others.

    Attributes:
        lists: indices of the nearest images, nearest first, the image itself among them; of
            equally near ones the lower index first.
        farthest: squared distance to the farthest image.
    """

    lists: Int[Tensor, "images nearest"]
    farthest: Float64[Tensor, " images"]


def blocks(length: int, width: int, block: int | None = None) -> Iterator[slice]:
    """Cut rows into blocks: of `block` rows, or of some 8 million numbers of `width` a row."""
    step = block or max(1, 2**23 // width)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))


def nearest_images(
    points: Points,
    count: int,
    block: int | None = None,
    crossing: Float[Tensor, "queries gallery"] | None = None,
) -> Neighbours:
    """Find the nearest and the farthest image of every image among all images.

    The order is that of exact distances, whatever the size of a block.

    Args:
        points: all images.
        count: how many nearest ones, the image itself counted; all where there are fewer.
        block: images treated at a time.
        crossing: is filled with the squared distances of queries to the gallery, by products.
    """
    images = len(points.given)
    count = min(count, images)
    short = shortlist(points, min(count + SPARE, images), block, crossing)
    # once more and pair by pair: a product's rounding depends on what is beside it
    alone = torch.ones_like(short.farthest)
    farthest = chosen_distances(points, slice(images), alone, short.farthest)
    lists = _settled(points, short, count)
    crowded = _crowded(points, short, count).nonzero()[:, 0]
    for rows in blocks(len(crowded), images, block):
        lists[crowded[rows]] = _among_all(points, crowded[rows], count)
    return Neighbours(lists, farthest)


def smallest(
    values: Float[Tensor, "rows columns"],
    count: int,
    slack: Slack,
    exact: Exact,
) -> tuple[Float64[Tensor, "rows count"], Int[Tensor, "rows count"]]:
    """Find each row's smallest values in order, of equal ones the lower column first.

    Args:
        values: of entries, roughly.
        count: how many; no more than there are columns.
        slack: gives for each row, from the last of its smallest values, how far two values must
            be apart at least for their order to be sure: twice the error of one.
        exact: gives the true values of entries, from their rows and columns.

    Returns:
        Values, exact where it mattered, and their columns.
    """
    bar = values.topk(count, dim=1, largest=False).values.amax(dim=1)
    margin = slack(bar)
    rows, columns = (values <= (bar + margin)[:, None]).nonzero(as_tuple=True)
    found = values[rows, columns].double()
    order = _order(rows, found)
    doubtful = order[_doubtful(rows[order], found[order], margin)]
    found[doubtful] = exact(rows[doubtful], columns[doubtful])
    starts = starts_of(torch.bincount(rows, minlength=len(values)))
    first = _order(rows, found)[starts[:, None] + torch.arange(count, device=starts.device)]
    return found[first], columns[first]


def _settled(points: Points, short: Shortlist, count: int) -> Lists:
    """The nearest of each shortlist in exact order."""
    images, order = short.images.sort(dim=1)
    distances = short.distances.gather(1, order)

    def exact(rows: Entries, columns: Entries) -> Tensor:
        return exact_distances(points, rows, images[rows, columns])

    slack = partial(_slack, points, points.squares)
    return images.gather(1, smallest(distances, count, slack, exact)[1])


def _crowded(points: Points, short: Shortlist, count: int) -> Bool[Tensor, " images"]:
    """Mark images with more neighbours in doubt than their shortlist holds."""
    if short.images.shape[1] == len(short.images):
        return torch.zeros_like(short.farthest, dtype=torch.bool)
    bar = short.distances.topk(count, dim=1, largest=False).values.amax(dim=1)
    return short.distances.amax(dim=1) <= bar + _slack(points, points.squares, bar)


def _among_all(points: Points, chosen: Int[Tensor, " rows"], count: int) -> Lists:
    """The nearest of some images in exact order, without a shortlist."""
    squares = points.squares[chosen]
    products = points.centred[chosen] @ points.centred.T
    distances = products.mul_(-2).add_(points.squares).add_(squares[:, None])

    def exact(rows: Entries, columns: Entries) -> Tensor:
        return exact_distances(points, chosen[rows], columns)

    return smallest(distances, count, partial(_slack, points, squares), exact)[1]


def _slack(
    points: Points, squares: Float[Tensor, " rows"], bar: Float[Tensor, " rows"]
) -> Float[Tensor, " rows"]:
    """How far two distances up to the bar must be apart for their order to be sure."""
    return 2 * rounding(points, squares, bar.clamp_min(0))


def _order(rows: Entries, values: Float64[Tensor, " entries"]) -> Entries:
    """By row, then by value, then as they come."""
    by_value = values.argsort(stable=True)
    return by_value[rows[by_value].argsort(stable=True)]


def _doubtful(
    rows: Entries, values: Float64[Tensor, " entries"], slack: Float[Tensor, " rows"]
) -> Bool[Tensor, " entries"]:
    """Mark sorted entries that lie within their row's slack of the one before or behind."""
    close = (values[1:] - values[:-1] <= slack[rows[1:]]) & (rows[1:] == rows[:-1])
    result = torch.zeros_like(rows, dtype=torch.bool)
    result[1:] |= close
    result[:-1] |= close
    return result
