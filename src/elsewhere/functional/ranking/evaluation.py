"""CMC, mAP and mINP of a gallery, exact and in small memory."""

import numpy as np
import torch
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.functional.distance import Features, Metric, as_features
from elsewhere.functional.ranking.blocks import Comparison, panels
from elsewhere.functional.ranking.counting import Matches, Tally
from elsewhere.functional.ranking.labels import Ids, Labels, Pairs
from elsewhere.functional.ranking.strips import Strip
from elsewhere.structures import Ranking

_CELLS = 2**23
"""Numbers of a given matrix looked at at once."""


def evaluate_ranking(
    query: Features,
    gallery: Features,
    *,
    query_ids: Ids,
    gallery_ids: Ids,
    query_cameras: Ids | None = None,
    gallery_cameras: Ids | None = None,
    junk: Pairs | None = None,
    metric: Metric = "euclidean",
    normalize: bool = False,
    ranks: int = 50,
    block: int | None = None,
) -> Ranking:
    """Score how well queries find images of their own identity in a gallery.

    For each query, gallery images of its identity by its own camera are left out, and so is its
    junk. Images of identities that nobody asks for stay as distractors. Average precision is the
    mean, over the matches, of the precision at each; nothing is interpolated. Images at the same
    distance, such as copies, are ordered by their gallery row.

    The gallery is read in blocks and never copied as a whole. Products in float32 decide what is
    clear; what is nearer to a match than their rounding is measured again without any. So the
    result depends neither on the device nor on the size of the blocks.

    Args:
        query: one row of features per image; a tensor or an array, any floating type.
        gallery: likewise.
        query_ids: identity of each query, whole numbers or words.
        gallery_ids: likewise.
        query_cameras: camera of each query; without cameras nothing is left out on their account.
        gallery_cameras: likewise.
        junk: pairs (query row, gallery row) to leave out.
        metric: "euclidean" of the features as given, or "cosine".
        normalize: bring features to length one first; Euclidean distances then order as cosines.
        ranks: how many places of `cmc`, at most as many as the gallery has images.
        block: gallery rows compared at a time; None chooses. Smaller is slower and needs less.

    Raises:
        DataError: features, labels or pairs that do not fit each other or are not finite, or no
            query with a match.
    """
    query, gallery = as_features(query, "query"), as_features(gallery, "gallery")
    shape = (len(query), len(gallery))
    labels = Labels(query_ids, gallery_ids, query_cameras, gallery_cameras, junk, shape)
    tally = _new_tally(labels, ranks)
    comparison = Comparison(query, gallery, metric, normalize, block)
    # queries of one identity share gallery rows, those with as many matches share a table's width
    order = torch.from_numpy(np.lexsort((labels.query.numpy(), labels.counts.numpy())))
    sizes = comparison.sizes
    for panel in panels(labels.counts[order], sizes.panel):
        members = order[panel]
        strips = [Strip(comparison, labels, part) for part in torch.split(members, sizes.strip)]
        for start, points in comparison.blocks():
            for strip in strips:
                strip.count(start, points)
        for strip, part in zip(strips, torch.split(members, sizes.strip), strict=True):
            tally.enter(part, strip.matches)
    return _ranking(tally, ranks, len(gallery))


def evaluate_distances(
    distances: Tensor | np.ndarray,
    *,
    query_ids: Ids,
    gallery_ids: Ids,
    query_cameras: Ids | None = None,
    gallery_cameras: Ids | None = None,
    junk: Pairs | None = None,
    ranks: int = 50,
) -> Ranking:
    """Score given distances, as `evaluate_ranking` scores features.

    Args:
        distances: of each query (row) to each gallery image; the smallest is the nearest, infinite
            ones are the farthest.
        query_ids: identity of each query, whole numbers or words.
        gallery_ids: likewise.
        query_cameras: camera of each query; without cameras nothing is left out on their account.
        gallery_cameras: likewise.
        junk: pairs (query row, gallery row) to leave out.
        ranks: how many places of `cmc`, at most as many as the gallery has images.

    Raises:
        DataError: NaN, labels that do not fit, or no query with a match.
    """
    matrix = as_features(distances, "distances")
    shape = (len(matrix), matrix.shape[1])
    labels = Labels(query_ids, gallery_ids, query_cameras, gallery_cameras, junk, shape)
    tally = _new_tally(labels, ranks)
    for members in torch.split(torch.arange(len(matrix)), max(1, _CELLS // matrix.shape[1])):
        values = matrix[members[0] : members[-1] + 1].cpu()
        values = values.to(torch.promote_types(values.dtype, torch.float32), copy=True)
        if values.isnan().any():
            row = int(values.isnan().any(dim=1).nonzero()[0, 0] + members[0])
            raise DataError(f"distances: NaN in row {row}; look at the features of that query")
        # the farthest of all is kept for what does not count
        largest = torch.finfo(values.dtype).max * (1 - torch.finfo(values.dtype).eps)
        values.clamp_(-largest, largest)
        related = labels.related(members)
        given = values[related.rows, related.columns]
        values[related.rows, related.columns] = torch.inf
        matches = Matches(len(members), related, given[related.match])
        matches.count_exactly(values, matches.table(given[related.match], torch.inf), 0)
        tally.enter(members, matches)
    return _ranking(tally, ranks, shape[1])


def _new_tally(labels: Labels, ranks: int) -> Tally:
    if ranks < 1:
        raise DataError(f"ranks is {ranks}; ask for at least one place")
    return Tally(len(labels.query))


def _ranking(tally: Tally, ranks: int, gallery: int) -> Ranking:
    if not tally.matches.any():
        raise DataError(
            "no query has a match in the gallery once its own camera and junk are left out; "
            "look at identities and cameras of both"
        )
    return tally.ranking(min(ranks, gallery))
