"""k-reciprocal re-ranking, exact and without a matrix over all pairs of images."""

from functools import partial
from typing import NamedTuple, overload

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.errors import ConfigError
from elsewhere.functional.neighbours import Slack, blocks, nearest_images, smallest
from elsewhere.functional.points import Features, Points, exact_distances, place, rounding
from elsewhere.functional.reciprocal import reciprocal_weights
from elsewhere.functional.sparse import SparseRows, mean_rows, select, shared_weight, transpose

Distances = Float[Tensor, "queries gallery"]
Nearest = tuple[Float[Tensor, "queries nearest"], Int[Tensor, "queries nearest"]]


@overload
def rerank(
    query: Features,
    gallery: Features | None,
    k1: int = ...,
    k2: int = ...,
    lambda_: float = ...,
    top: None = ...,
    *,
    normalize: bool = ...,
    block: int | None = ...,
) -> Distances: ...
@overload
def rerank(
    query: Features,
    gallery: Features | None,
    k1: int = ...,
    k2: int = ...,
    lambda_: float = ...,
    *,
    top: int,
    normalize: bool = ...,
    block: int | None = ...,
) -> Nearest: ...
@torch.no_grad()
def rerank(
    query: Features,
    gallery: Features | None,
    k1: int = 20,
    k2: int = 6,
    lambda_: float = 0.3,
    top: int | None = None,
    *,
    normalize: bool = False,
    block: int | None = None,
) -> Distances | Nearest:
    """Compute the k-reciprocal distance of every query to every gallery image.

    Images that share their mutual neighbours come closer. As published, neighbours are sought
    among all images, queries and gallery together; distances are squared Euclidean ones, divided
    for each image by the largest it has to any image; and the result is
    (1 - `lambda_`) · Jaccard distance + `lambda_` · original distance, in 0..1.

    The result is exact: neighbours are those by true distance, of equally near ones the lower
    index first, queries before gallery. Besides the result, memory grows with the number of
    images, not with its square. Features that are float64 are treated so throughout.

    Args:
        query: one row per image, a tensor or an array.
        gallery: likewise, of the same size; None ranks the images of `query` among themselves,
            each of them once, itself included.
        k1: length of the neighbour lists, the image itself not counted.
        k2: over how many nearest images, itself counted, an image's weights are averaged; 1 for
            no averaging.
        lambda_: share of the original distance, 0..1.
        top: return the nearest alone; all where the gallery has fewer.
        normalize: bring every row to length one first, as for the cosine.
        block: images compared with all others at a time; None lets the gallery's size decide. It
            changes memory and time, and the result by rounding alone.

    Returns:
        Distances; with `top`, the distances of each query's nearest gallery images in order, and
        their indices, of equally near ones the lower index first. On the features' device.

    Raises:
        ConfigError: a parameter out of its range.
        DataError: features that are empty, of different sizes or not finite.

    Reference:
        Z. Zhong, L. Zheng, D. Cao, S. Li: Re-ranking person re-identification with k-reciprocal
        encoding, CVPR 2017.
    """
    _check(k1, k2, lambda_, top, block)
    points = place(query, gallery, normalize)
    with torch.autocast(points.centred.device.type, enabled=False):
        if top is not None:
            return _nearest(_prepare(points, k1, k2, lambda_, block), top, block)
        result = points.given.new_empty(_shape(points))
        return _fill(result, _prepare(points, k1, k2, lambda_, block, result), block)


class _Mixture(NamedTuple):
    """All that the queries' distances are computed from.

    Attributes:
        points: all images.
        farthest: squared distance of every image to the farthest one.
        scales: what a squared distance is multiplied by, `share` included.
        weights: of the queries, a column for every image.
        holders: for every image, which images of the gallery give it weight.
        share: of the original distance.
    """

    points: Points
    farthest: Float64[Tensor, " images"]
    scales: Float64[Tensor, " images"]
    weights: SparseRows
    holders: SparseRows
    share: float


def _prepare(
    points: Points,
    k1: int,
    k2: int,
    share: float,
    block: int | None,
    crossing: Distances | None = None,
) -> _Mixture:
    neighbours = nearest_images(points, max(k1 + 1, k2), block, crossing)
    weights = reciprocal_weights(points, neighbours, k1)
    if k2 > 1:
        weights = mean_rows(weights, neighbours.lists[:, :k2])
    holders = transpose(select(weights, slice(points.gallery, len(points.given))))
    # images that are all the same are at distance 0, not at 0 / 0
    scales = share / neighbours.farthest.where(neighbours.farthest > 0, 1.0)
    queries_own = select(weights, slice(points.queries))
    return _Mixture(points, neighbours.farthest, scales, queries_own, holders, share)


def _fill(squares: Distances, mixture: _Mixture, block: int | None) -> Distances:
    """Turn squared distances of queries to the gallery into mixed ones, in place."""
    for rows in blocks(len(squares), squares.shape[1], block):
        squares[rows].clamp_min_(0).mul_(mixture.scales[rows, None]).add_(_jaccard(mixture, rows))
    return squares


def _nearest(mixture: _Mixture, top: int, block: int | None) -> Nearest:
    queries, gallery = _shape(mixture.points)
    count = min(top, gallery)
    distances = mixture.points.given.new_empty(queries, count)
    indices = torch.empty_like(distances, dtype=torch.int64)
    for rows in blocks(queries, gallery, block):
        jaccard = _jaccard(mixture, rows)
        mixed = _gallery_distances(mixture.points, rows) * mixture.scales[rows, None] + jaccard
        exact = partial(_exact, mixture, jaccard, rows.start)
        distances[rows], indices[rows] = smallest(mixed, count, _slack(mixture, rows), exact)
    return distances, indices


def _shape(points: Points) -> tuple[int, int]:
    return points.queries, len(points.given) - points.gallery


def _jaccard(mixture: _Mixture, rows: slice) -> Float64[Tensor, "rows gallery"]:
    """The Jaccard part of the distances of some queries to the whole gallery."""
    overlap = shared_weight(select(mixture.weights, rows), mixture.holders).clamp_max_(1)
    # the weights of both sum to one, so the larger ones of each pair sum to 2 - overlap
    return overlap.div_(2 - overlap).mul_(mixture.share - 1).add_(1 - mixture.share)


def _gallery_distances(points: Points, rows: slice) -> Float[Tensor, "rows gallery"]:
    """Squared distances of some queries to the whole gallery, by products."""
    gallery = slice(points.gallery, None)
    products = points.centred[rows] @ points.centred[gallery].T
    squares = products.mul_(-2).add_(points.squares[gallery]).add_(points.squares[rows, None])
    return squares.clamp_min_(0)


def _slack(mixture: _Mixture, rows: slice) -> Slack:
    """How far two distances must be apart for their order to be sure, wherever the bar lies."""
    error = rounding(mixture.points, mixture.points.squares[rows], mixture.farthest[rows])
    return lambda _: 2 * error * mixture.scales[rows]


def _exact(
    mixture: _Mixture,
    jaccard: Float64[Tensor, "rows gallery"],
    start: int,
    rows: Int[Tensor, " entries"],
    columns: Int[Tensor, " entries"],
) -> Float64[Tensor, " entries"]:
    """Mixed distances of entries of a block, by differences of features."""
    images = columns + mixture.points.gallery
    original = exact_distances(mixture.points, rows + start, images)
    return original * mixture.scales[rows + start] + jaccard[rows, columns]


def _check(k1: int, k2: int, lambda_: float, top: int | None, block: int | None) -> None:
    for name, value in {"k1": k1, "k2": k2, "top": top, "block": block}.items():
        if value is not None and value < 1:
            raise ConfigError(f"{name} must be 1 or more, got {value}")
    if not 0 <= lambda_ <= 1:
        raise ConfigError(f"lambda_ is a share within 0 and 1, got {lambda_:g}")
