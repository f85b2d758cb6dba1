"""CMC, mAP and mINP of a gallery, exact and in small memory."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.ranking.comparison import Sizes, blocks, choose_sizes, compare, panels
from elsewhere.ranking.counting import sort_rows
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.features import Features, read_features
from elsewhere.ranking.labels import Ids, Labels, Pairs
from elsewhere.ranking.match_ranks import Matches, MatchPanel
from elsewhere.ranking.space import Metric
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

    Examples:
        >>> ids = torch.arange(20) // 5
        >>> features = torch.nn.functional.one_hot(ids) + 0.01 * torch.rand(20, 4)
        >>> query, gallery = slice(0, 20, 5), torch.arange(20) % 5 > 0
        >>> ranking = elsewhere.evaluate_ranking(
        ...     features[query], features[gallery], query_ids=ids[query], gallery_ids=ids[gallery]
        ... )
        >>> round(ranking.mAP, 6), ranking.matches.tolist()
        (1.0, [4, 4, 4, 4])
    """
    query, gallery = read_features(query, "query"), read_features(gallery, "gallery")
    shape = (len(query), len(gallery))
    labels = Labels(query_ids, gallery_ids, query_cameras, gallery_cameras, junk, shape)
    tally = _Tally(len(query), ranks)
    distances = compare(query, gallery, metric, normalize)
    _count(distances, labels, choose_sizes(distances, block, int(labels.counts.max())), tally)
    return tally.ranking(len(gallery))


def _count(distances: Distances, labels: Labels, sizes: Sizes, tally: "_Tally") -> None:
    # queries of one identity share gallery rows, those with as many matches share a table's width
    order = torch.from_numpy(np.lexsort((labels.query.numpy(), labels.counts.numpy())))
    for part in panels(labels.counts[order], sizes.panel):
        panel = MatchPanel(distances, labels, order[part])
        for rows in blocks(distances, sizes):
            panel.look(rows)
        tally.enter(order[part], panel.matches)


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

    Examples:
        >>> distances = torch.tensor([[0.1, 0.9, 0.4], [0.7, 0.2, 0.3]])
        >>> ranking = elsewhere.evaluate_distances(
        ...     distances, query_ids=torch.tensor([0, 1]), gallery_ids=torch.tensor([0, 0, 1])
        ... )
        >>> ranking.first_match.tolist()  # ranks count from 1
        [1, 2]
    """
    matrix = read_features(distances, "distances")
    shape = (len(matrix), matrix.shape[1])
    labels = Labels(query_ids, gallery_ids, query_cameras, gallery_cameras, junk, shape)
    tally = _Tally(len(matrix), ranks)
    for members in torch.split(torch.arange(len(matrix)), max(1, _CELLS // matrix.shape[1])):
        values = _read_rows(matrix, members)
        related = labels.related(members, values.device)
        matches = Matches(related, values.gather(1, related.columns.clamp_min(0)))
        every = torch.arange(len(members))
        matches.leave_out(values, 0, every)
        matches.count_exactly(values, matches.keys, 0, every)
        tally.enter(members, matches)
    return tally.ranking(shape[1])


def _read_rows(matrix: Tensor, members: Int[Tensor, " rows"]) -> Float[Tensor, "rows gallery"]:
    values = matrix[members[0] : members[-1] + 1].cpu()
    values = values.to(torch.promote_types(values.dtype, torch.float32), copy=True)
    if values.isnan().any():
        row = int(values.isnan().any(dim=1).nonzero()[0, 0] + members[0])
        raise DataError(f"distances: NaN in row {row}; look at the features of that query")
    # the farthest of all is kept for what does not count
    largest = torch.finfo(values.dtype).max * (1 - torch.finfo(values.dtype).eps)
    return values.clamp_(-largest, largest)


class _Tally:
    """Scores of every query, filled in as its matches are counted."""

    def __init__(self, queries: int, ranks: int) -> None:
        if ranks < 1:
            raise DataError(f"ranks is {ranks}; ask for at least one place")
        self.ranks = ranks
        self.average_precision = torch.full((queries,), torch.nan, dtype=torch.float64)
        self.inverse_penalty = self.average_precision.clone()
        self.first_match = torch.zeros(queries, dtype=torch.int64)
        self.matches = torch.zeros(queries, dtype=torch.int64)

    def enter(self, queries: Int[Tensor, " queries"], matches: Matches) -> None:
        """Enter queries whose matches are counted."""
        taken = matches.taken.cpu()
        if not taken.shape[1]:
            return
        counts = taken.sum(dim=1)
        places = torch.arange(1, taken.shape[1] + 1)
        # the matches may be out of order where they are equally near; their counts put that right
        before = torch.where(taken, matches.before.cpu(), torch.iinfo(torch.int64).max // 2)
        ranks = sort_rows(before) + places
        precision = torch.where(taken, places.double() / ranks, 0.0)
        some = counts > 0
        last = ranks.gather(1, (counts - 1).clamp_min(0)[:, None])[:, 0]
        # added up place by place, so that no query depends on its neighbours' number of matches
        total = precision.cumsum(dim=1)[:, -1]
        self.average_precision[queries[some]] = (total / counts)[some]
        self.inverse_penalty[queries[some]] = (counts / last.double())[some]
        self.first_match[queries[some]] = ranks[some, 0]
        self.matches[queries] = counts

    def ranking(self, gallery: int) -> Ranking:
        """Sum up over the queries that have a match, in a gallery of so many images."""
        some = self.matches > 0
        if not some.any():
            raise DataError(
                "no query has a match in the gallery once its own camera and junk are left out; "
                "look at identities and cameras of both"
            )
        ranks = min(self.ranks, gallery)
        found = self.first_match[some].bincount(minlength=ranks + 1)[: ranks + 1].cumsum(0)
        return Ranking(
            mAP=float(self.average_precision[some].mean()),
            mINP=float(self.inverse_penalty[some].mean()),
            cmc=found[1:].double() / int(some.sum()),
            average_precision=self.average_precision,
            inverse_penalty=self.inverse_penalty,
            first_match=self.first_match,
            matches=self.matches,
        )
