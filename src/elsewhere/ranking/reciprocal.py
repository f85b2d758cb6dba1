"""Who is among whose nearest: k-reciprocal neighbours and the weights they are given.

Z. Zhong, L. Zheng, D. Cao, S. Li: Re-ranking person re-identification with k-reciprocal encoding,
CVPR 2017, sections 3.2 and 3.3.
"""

import torch
from jaxtyping import Bool, Float64, Int
from torch import Tensor

from elsewhere.ranking.counting import marked
from elsewhere.ranking.neighbours import Neighbours
from elsewhere.ranking.space import Points, chosen_estimates
from elsewhere.ranking.sparse import SparseRows, blocks

Lists = Int[Tensor, "images nearest"]

_MARKED = 2**23
"""Images marked at once, for some rows each."""


def mutual_neighbours(lists: Lists) -> Bool[Tensor, "images nearest"]:
    """Mark those in an image's list whose own list holds the image."""
    result = torch.zeros_like(lists, dtype=torch.bool)
    for rows in blocks(len(lists), lists.shape[1] ** 2):
        image = torch.arange(rows.start, rows.stop, device=lists.device)
        result[rows] = (lists[lists[rows]] == image[:, None, None]).any(dim=2)
    return result


def reciprocal_weights(points: Points, neighbours: Neighbours, k1: int) -> SparseRows:
    """Describe every image by its k-reciprocal neighbours, the nearer the heavier.

    The neighbours of an image are those mutual at `k1`. Each of them brings in its own ones,
    mutual at half of `k1` (a half rounded to the even number), if more than two thirds of those
    are the image's already. A neighbour at distance d weighs exp(-d), where d is the squared
    distance divided by the image's largest; the weights of an image sum to one.

    Returns:
        One row of weights per image, a column per image. A row is empty where the image has no
        place in its own list, for which there must be more than `k1` images identical to it.
    """
    near = neighbours.lists[:, : k1 + 1]
    half = neighbours.lists[:, : round(k1 / 2) + 1]
    nobody = len(near)
    own = near.where(mutual_neighbours(near), nobody)
    brought = half.where(mutual_neighbours(half), nobody)
    step = max(1, min(nobody, _MARKED // nobody))
    marks = torch.empty(step, nobody + 1, dtype=torch.bool, device=near.device)
    parts = [
        _members(own[rows], brought[near[rows]], marks[: rows.stop - rows.start])
        for rows in blocks(nobody, 1, step)
    ]
    counts, columns = map(torch.cat, zip(*parts, strict=True))
    owners = torch.repeat_interleave(counts)
    farthest = neighbours.farthest.where(neighbours.farthest > 0, 1.0)
    weights = torch.exp(-_distances(points, owners, columns) / farthest[owners])
    totals = weights.new_zeros(len(counts)).index_add_(0, owners, weights)
    return SparseRows(counts, columns, weights / totals[owners], len(near))


def _distances(
    points: Points, rows: Int[Tensor, " entries"], columns: Int[Tensor, " entries"]
) -> Float64[Tensor, " entries"]:
    """Estimate squared distances of pairs, each once: most of them come either way round."""
    images = len(points.squares)
    keys = torch.minimum(rows, columns) * images + torch.maximum(rows, columns)
    keys, places = torch.unique(keys, return_inverse=True)
    counts = torch.bincount(keys // images, minlength=images)
    return chosen_estimates(points, points, counts, keys % images)[places]


def _members(
    own: Int[Tensor, "rows nearest"],
    brought: Int[Tensor, "rows nearest half"],
    marks: Bool[Tensor, "rows others"],
) -> tuple[Int[Tensor, " rows"], Int[Tensor, " entries"]]:
    """Join every row's own neighbours with what they bring in; the last mark stands for nobody.

    Returns:
        How many each row has, and who they are, ascending for each row.
    """
    nobody = marks.shape[1] - 1
    marks.zero_().scatter_(1, own, True)[:, nobody] = False
    shared = marks.gather(1, brought.flatten(1)).view_as(brought).sum(dim=2)
    accepted = (own < nobody) & (3 * shared > 2 * (brought < nobody).sum(dim=2))
    marks.scatter_(1, brought.where(accepted[:, :, None], nobody).flatten(1), True)
    marks[:, nobody] = False
    rows, columns = marked(marks)
    return torch.bincount(rows, minlength=len(own)), columns
