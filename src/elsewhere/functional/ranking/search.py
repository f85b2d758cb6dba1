"""The nearest gallery images of each query."""

from typing import NamedTuple

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.functional.distance import Features, Metric, Points, as_features
from elsewhere.functional.ranking.blocks import Comparison, estimates, panels
from elsewhere.functional.ranking.labels import Ids, Labels, Pairs

_DENSE = 0.04
"""Share of a block in question from which on all of it is measured exactly."""

_MOST = 1000  # so many columns are filled up even where the gallery is smaller


class Nearest(NamedTuple):
    """The nearest gallery images, the nearest first.

    Attributes:
        distances: Euclidean, or 1 − cosine; infinite where a query has fewer images.
        indices: rows of the gallery; -1 where a query has fewer images.
    """

    distances: Float64[Tensor, "queries k"]
    indices: Int[Tensor, "queries k"]


class _Candidates(NamedTuple):
    """Pairs that may be among the nearest."""

    rows: Tensor
    columns: Tensor
    values: Tensor


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
    query, gallery = as_features(query, "query"), as_features(gallery, "gallery")
    shape = (len(query), len(gallery))
    if not 1 <= k <= max(_MOST, shape[1]):
        raise DataError(f"k is {k}; ask for 1 to {shape[1]} images, as many as the gallery has")
    if query_ids is None and gallery_ids is None:
        if query_cameras is not None or gallery_cameras is not None:
            raise DataError("cameras are given, identities are not; give both")
        # no image is of the query's own, and only junk is left out
        query_ids = torch.zeros(shape[0], dtype=torch.int64)
        gallery_ids = torch.ones(shape[1], dtype=torch.int64)
    if query_ids is None or gallery_ids is None:
        raise DataError("identities are given of one of query and gallery; give both or none")
    labels = Labels(query_ids, gallery_ids, query_cameras, gallery_cameras, junk, shape)
    comparison = Comparison(query, gallery, metric, normalize, block)
    found = []
    for panel in panels(labels.counts, comparison.sizes.panel):
        members = torch.arange(shape[0])[panel]
        strips = [
            _Strip(comparison, labels, part, k)
            for part in torch.split(members, comparison.sizes.strip)
        ]
        for start, points in comparison.blocks():
            for strip in strips:
                strip.look(start, points)
        found += [strip.result(metric) for strip in strips]
    return Nearest(*(torch.cat(values) for values in zip(*found, strict=True)))


class _Strip:
    """Some queries and what may be nearest to them, as far as the gallery has been seen."""

    def __init__(self, comparison: Comparison, labels: Labels, queries: Tensor, k: int) -> None:
        self.comparison = comparison
        self.k = k
        device = comparison.space.device
        self.queries = queries.to(device)
        self.points = comparison.queries(queries)
        related = labels.related(queries)
        order = related.columns.argsort(stable=True)
        order = order[~related.match[order]]
        self.left_out = related.rows[order].to(device), related.columns[order].to(device)
        self.best = self.points.squares.new_full((len(queries), k), torch.inf)
        empty = self.queries.new_empty(0)
        self.candidates = _Candidates(empty, empty, self.points.squares.new_empty(0))

    def look(self, start: int, points: Points) -> None:
        """Look through a block of the gallery."""
        values = estimates(self.points, points)
        self._leave_out(values, start)
        small = values.topk(min(self.k, values.shape[1]), dim=1, largest=False).values
        both = torch.cat([self.best, small], dim=1)
        self.best = both.topk(self.k, dim=1, largest=False, sorted=True).values
        inside = (values <= self._limits(points.squares.max())[:, None]) & (values < torch.inf)
        amount = int(inside.count_nonzero())
        if amount > len(values) * (2 * self.k + _DENSE * values.shape[1]):
            inside = self._exactly(start, values)
        rows, columns = inside.nonzero(as_tuple=True)
        found = _Candidates(rows, columns + start, values[rows, columns])
        pairs = zip(self.candidates, found, strict=True)
        self.candidates = _Candidates(*(torch.cat(pair) for pair in pairs))
        if len(self.candidates.rows) > 8 * (self.k + 16) * len(values):
            self._settle()

    def result(self, metric: Metric) -> Nearest:
        """Order what is left."""
        self.candidates = self._kept(self.candidates.values <= self._limits()[self.candidates.rows])
        places, squares = self._settle()
        space = self.comparison.space
        distances = squares / 2 if metric == "cosine" else squares.clamp_min(0).sqrt() / space.scale
        rows, columns = self.candidates.rows, self.candidates.columns
        shape = (len(self.queries), self.k)
        laid = distances.new_full(shape, torch.inf), columns.new_full(shape, -1)
        laid[0][rows, places], laid[1][rows, places] = distances, columns
        return Nearest(laid[0].cpu(), laid[1].cpu())

    def _limits(self, longest: Tensor | None = None) -> Tensor:
        """Estimates up to which an image may be among the nearest."""
        limits, squares = self.best[:, -1], self.points.squares
        # no point as near as the limit is longer than this
        reach = 4 * squares + 2 * limits.clamp_min(-squares)
        lengths = squares + (reach if longest is None else reach.clamp_max(longest))
        return limits + 2 * self.comparison.error * lengths

    def _exactly(self, start: int, values: Tensor) -> Tensor:
        """Mark the k nearest of a block by exact distances, where estimates are all alike."""
        keys = self.comparison.exact_block(self.queries, start, values.shape[1])
        keys[values == torch.inf] = torch.inf
        chosen = keys.sort(dim=1, stable=True).indices[:, : self.k]
        marked = torch.zeros_like(values, dtype=torch.bool).scatter_(1, chosen, True)
        return marked & (values < torch.inf)

    def _settle(self) -> tuple[Tensor, Tensor]:
        """Keep the k nearest of the candidates; their places and squared distances."""
        squares, order = self._in_order()
        rows = self.candidates.rows[order]
        counts = rows.bincount(minlength=len(self.queries))
        places = torch.arange(len(rows), device=rows.device)
        places -= (counts.cumsum(0) - counts)[rows]
        few = places < self.k
        self.candidates = self._kept(order[few])
        return places[few], squares[order[few]]

    def _in_order(self) -> tuple[Tensor, Tensor]:
        """Squared distances of the candidates, and their order by query and distance."""
        rows, columns, _ = self.candidates
        queries = self.queries[rows]
        squares = self.comparison.precise.pairs(queries, columns)
        order = columns.argsort(stable=True)
        order = order[squares[order].argsort(stable=True)]
        order = order[rows[order].argsort(stable=True)]
        # what lies within the error of its neighbour forms a run, to be put in order exactly
        lengths = 4 * self.points.squares[rows[order]].double() + 2 * squares[order].clamp_min(0)
        gaps = squares[order].diff() > self.comparison.precise.error(lengths)[1:]
        apart = gaps | (rows[order].diff() != 0)
        runs = torch.cat([rows.new_zeros(1), apart.long().cumsum(0)])[: len(rows)]
        alone = runs.bincount()[runs] == 1
        tied = order[~alone]
        keys = torch.zeros_like(squares)
        keys[tied] = self.comparison.exact.pairs(queries[tied], columns[tied])
        again = columns[order].argsort(stable=True)
        again = again[keys[order][again].argsort(stable=True)]
        return squares, order[again[runs[again].argsort(stable=True)]]

    def _kept(self, chosen: Tensor) -> _Candidates:
        return _Candidates(*(values[chosen] for values in self.candidates))

    def _leave_out(self, values: Tensor, start: int) -> None:
        rows, columns = self.left_out
        ends = torch.tensor([start, start + values.shape[1]], device=values.device)
        first, last = torch.searchsorted(columns, ends).tolist()
        values[rows[first:last], columns[first:last] - start] = torch.inf
