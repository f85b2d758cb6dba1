"""k-reciprocal re-ranking, exact and without a matrix over all pairs of images."""

from typing import NamedTuple, overload

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.errors import ConfigError
from elsewhere.ranking.features import Features, refuse_strange
from elsewhere.ranking.neighbours import Cloud, nearest_images, place
from elsewhere.ranking.reciprocal import reciprocal_weights
from elsewhere.ranking.shortlist import runs_in_doubt, sort_pairs
from elsewhere.ranking.space import squared_distances
from elsewhere.ranking.sparse import (
    SparseRows,
    blocks,
    mean_rows,
    select,
    shared_weight,
    transpose,
)

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
    among queries and gallery together; distances are squared Euclidean ones, divided for each
    image by its largest; the result is (1 - `lambda_`) · Jaccard + `lambda_` · original, in 0..1.

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
        DataError: features that are empty, of different sizes or not finite, or zero ones where
            they are brought to length one.

    Reference:
        Zhong et al.: Re-ranking person re-identification with k-reciprocal encoding, CVPR 2017.

    Examples:
        >>> query, gallery = torch.rand(3, 8), torch.rand(40, 8)
        >>> distances = elsewhere.rerank(query, gallery)
        >>> tuple(distances.shape)
        (3, 40)
    """
    _check(k1, k2, lambda_, top, block)
    refuse_strange(query, "query")
    device = query.device.type if isinstance(query, Tensor) else "cpu"
    with torch.autocast(device, enabled=False):
        cloud = place(query, gallery, normalize)
        parameters = k1, k2, lambda_, block
        if top is not None:
            return _nearest(_prepare(cloud, *parameters), min(top, cloud.shape[1]), block)
        result = cloud.new_empty(cloud.shape[1])
        return _fill(result, _prepare(cloud, *parameters, result), block)


class _Mixture(NamedTuple):
    """All that the queries' distances are computed from.

    Attributes:
        cloud: all images.
        farthest: squared distance of every image to the farthest one.
        scales: what a squared distance is multiplied by, `share` included.
        weights: of the queries, a column for every image.
        holders: for every image, which images of the gallery give it weight.
        share: of the original distance.
    """

    cloud: Cloud
    farthest: Float64[Tensor, " images"]
    scales: Float64[Tensor, " images"]
    weights: SparseRows
    holders: SparseRows
    share: float


def _prepare(
    cloud: Cloud,
    k1: int,
    k2: int,
    share: float,
    block: int | None,
    crossing: Distances | None = None,
) -> _Mixture:
    neighbours = nearest_images(cloud, max(k1 + 1, k2), block, crossing)
    weights = reciprocal_weights(cloud.points, neighbours, k1)
    if k2 > 1:
        weights = mean_rows(weights, neighbours.lists[:, :k2])
    holders = transpose(select(weights, slice(cloud.gallery, len(neighbours.lists))))
    # images that are all the same are at distance 0, not at 0 / 0
    scales = share / neighbours.farthest.where(neighbours.farthest > 0, 1.0)
    queries_own = select(weights, slice(cloud.queries))
    return _Mixture(cloud, neighbours.farthest, scales, queries_own, holders, share)


def _jaccard(mixture: _Mixture, rows: slice) -> Float64[Tensor, "rows gallery"]:
    """The Jaccard part of the distances of some queries to the whole gallery."""
    overlap = shared_weight(select(mixture.weights, rows), mixture.holders).clamp_max_(1)
    # the weights of both sum to one, so the larger ones of each pair sum to 2 - overlap
    return overlap.div_(2 - overlap).mul_(mixture.share - 1).add_(1 - mixture.share)


def _fill(squares: Distances, mixture: _Mixture, block: int | None) -> Distances:
    """Turn squared distances of queries to the gallery into mixed ones, in place."""
    for rows in blocks(len(squares), squares.shape[1], block):
        mixed = squares[rows].to(mixture.scales).clamp_min_(0).mul_(mixture.scales[rows, None])
        squares[rows] = mixed.add_(_jaccard(mixture, rows))
    return squares


def _nearest(mixture: _Mixture, count: int, block: int | None) -> Nearest:
    cloud = mixture.cloud
    queries, gallery = cloud.shape
    distances = cloud.new_empty(count)
    indices = torch.empty_like(distances, dtype=torch.int64)
    for rows in blocks(queries, gallery, block or max(16, 2**21 // gallery)):
        near = cloud.points.part(rows), cloud.points.part(slice(cloud.gallery, None))
        jaccard = _jaccard(mixture, rows)
        mixed = squared_distances(*near).clamp_min_(0) * mixture.scales[rows, None] + jaccard
        distances[rows], indices[rows] = _smallest(mixture, rows, mixed, jaccard, count)
    return distances, indices


def _smallest(
    mixture: _Mixture,
    rows: slice,
    mixed: Float[Tensor, "rows gallery"],
    jaccard: Float64[Tensor, "rows gallery"],
    count: int,
) -> tuple[Float64[Tensor, "rows count"], Int[Tensor, "rows count"]]:
    """The smallest of roughly mixed distances in true order, then by column."""
    distances, scales = mixture.cloud.distances, mixture.scales[rows]
    squares, farthest = mixture.cloud.points.squares[rows], mixture.farthest[rows]
    doubt = 2 * distances.estimate_error * (3 * squares + 2 * farthest) * scales
    bar = mixed.topk(count, dim=1, largest=False).values.amax(dim=1)
    row, column = (mixed <= (bar + doubt)[:, None]).nonzero(as_tuple=True)
    values = mixed[row, column].double()
    doubts = doubt, distances.precise_error(4 * squares + 2 * farthest) * scales
    measures = distances.precise_pairs, distances.exact_pairs
    for measure, doubt in zip(measures, doubts, strict=True):
        order = sort_pairs(row, values, column)
        tied = order[runs_in_doubt(row[order], values[order], doubt[row[order]])[1]]
        where = row[tied], column[tied]
        exact = measure(where[0] + rows.start, where[1] + mixture.cloud.gallery).clamp_min_(0)
        values[tied] = exact * scales[where[0]] + jaccard[where]
    order = sort_pairs(row, values, column)
    counts = torch.bincount(row, minlength=len(mixed))
    first = (counts.cumsum(0) - counts)[:, None] + torch.arange(count, device=row.device)
    return values[order][first], column[order][first]


def _check(k1: int, k2: int, lambda_: float, top: int | None, block: int | None) -> None:
    for name, value in {"k1": k1, "k2": k2, "top": top, "block": block}.items():
        if value is not None and value < 1:
            raise ConfigError(f"{name} must be 1 or more, got {value}")
    if not 0 <= lambda_ <= 1:
        raise ConfigError(f"lambda_ is a share within 0 and 1, got {lambda_:g}")
