"""The nearest gallery images of each query."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float64, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.ranking.comparison import Sizes, blocks, choose_sizes, compare, panels
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.features import Features, read_features
from elsewhere.ranking.labels import Ids, Labels, Pairs
from elsewhere.ranking.shortlist import SPARE, Shortlist, nearest_of_all
from elsewhere.ranking.space import Metric, squared_distances

_MOST = 1000  # so many columns are filled up even where the gallery is smaller


class Nearest(NamedTuple):
    """The nearest gallery images, the nearest first.

    Attributes:
        distances: Euclidean, or 1 − cosine; infinite where a query has fewer images.
        indices: rows of the gallery; -1 where a query has fewer images.
    """

    distances: Float64[Tensor, "queries k"]
    indices: Int[Tensor, "queries k"]


def nearest(
    query: Features,
    gallery: Features,
    k: int,
    *,
    query_ids: Ids | None = None,
    gallery_ids: Ids | None = None,
    query_cameras: Ids | None = None,
    gallery_cameras: Ids | None = None,
    junk: Pairs | None = None,
    metric: Metric = "euclidean",
    normalize: bool = False,
    block: int | None = None,
) -> Nearest:
    """Find the k nearest gallery images of each query, in the order that `evaluate_ranking` ranks.

    Images of the query's identity by its own camera are left out where identities and cameras are
    given, and so is junk. Images at the same distance are ordered by their gallery row.

    Args:
        query: one row of features per image; a tensor or an array, any floating type.
        gallery: likewise.
        k: how many.
        query_ids: identity of each query, whole numbers or words.
        gallery_ids: likewise.
        query_cameras: camera of each query.
        gallery_cameras: likewise.
        junk: pairs (query row, gallery row) to leave out.
        metric: "euclidean" of the features as given, or "cosine".
        normalize: bring features to length one first.
        block: gallery rows compared at a time; None chooses.

    Returns:
        Distances and gallery rows, on the processor's memory.

    Raises:
        DataError: features, labels or pairs that do not fit each other or are not finite.
    """
    query, gallery = read_features(query, "query"), read_features(gallery, "gallery")
    shape = (len(query), len(gallery))
    if not 1 <= k <= max(_MOST, shape[1]):
        raise DataError(f"k is {k}; ask for 1 to {shape[1]} images, as many as the gallery has")
    labels = Labels(query_ids, gallery_ids, query_cameras, gallery_cameras, junk, shape)
    distances = compare(query, gallery, metric, normalize)
    columns = _search(distances, labels, min(k, shape[1]), choose_sizes(distances, block))
    values = torch.full((shape[0], k), torch.inf, dtype=torch.float64, device=columns.device)
    row, place = (columns >= 0).nonzero(as_tuple=True)
    squares = distances.precise_pairs(row, columns[row, place]).clamp_min_(0)
    scale = distances.space.scale
    values[row, place] = squares / 2 if metric == "cosine" else squares.sqrt() / scale
    indices = F.pad(columns, (0, k - columns.shape[1]), value=-1)
    return Nearest(values.cpu(), indices.cpu())


def _search(
    distances: Distances, labels: Labels, count: int, sizes: Sizes
) -> Int[Tensor, "queries count"]:
    device, found = distances.space.device, []
    every = torch.arange(len(labels.query))
    for part in panels(labels.counts, sizes.panel):
        points, queries = distances.query_points(every[part]), every[part].to(device)
        left_out = labels.related(every[part], device).left_out()
        shortlist = Shortlist(points.squares, min(count + SPARE, len(distances.gallery)))
        for block in blocks(distances, sizes):
            for rows in block.strips(queries):
                strip = slice(int(rows[0]), int(rows[-1]) + 1)
                values = squared_distances(points.part(strip), block.points)
                left_out.apply(values, block.start, rows)
                shortlist.learn(strip, block.start, values)
        columns, crowded = shortlist.settle(distances, queries, count)
        rows = crowded.nonzero()[:, 0]
        columns[rows] = nearest_of_all(distances, queries[rows], count, sizes, (left_out, rows))
        found.append(columns)
    return torch.cat(found)
