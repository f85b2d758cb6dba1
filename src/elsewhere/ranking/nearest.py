"""The nearest gallery images of each query."""

from typing import NamedTuple

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from elsewhere.errors import DataError
from elsewhere.ranking.comparison import Block, Comparison, compare
from elsewhere.ranking.features import Features, read_features
from elsewhere.ranking.labels import Ids, Labels, Pairs
from elsewhere.ranking.ordering import true_order
from elsewhere.ranking.space import Metric

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
    query, gallery = read_features(query, "query"), read_features(gallery, "gallery")
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
    comparison = compare(query, gallery, metric, normalize, block)

    def begin(queries: Tensor) -> NearestPanel:
        return NearestPanel(comparison, k, queries, labels.related(queries).left_out())

    found = [
        panel.result(metric)
        for panel in comparison.sweep(torch.arange(shape[0]), labels.counts, begin)
    ]
    return Nearest(*(torch.cat(values) for values in zip(*found, strict=True)))


class NearestPanel:
    """Some queries and what may be nearest to them, as far as the gallery has been seen."""

    def __init__(
        self,
        comparison: Comparison,
        k: int,
        queries: Int[Tensor, " queries"],
        left_out: tuple[Int[Tensor, " pairs"], Int[Tensor, " pairs"]],
    ) -> None:
        """Make the queries ready.

        Args:
            comparison: of all queries with the gallery.
            k: how many are sought.
            queries: rows of the queries of this panel.
            left_out: pairs of a place among them and a row of the gallery.
        """
        self.distances = comparison.distances
        self.k = k
        self.queries = queries.to(comparison.device)
        self.points = self.distances.query_points(queries)
        order = left_out[1].argsort(stable=True)
        rows, columns = (side[order].to(comparison.device) for side in left_out)
        self.left_out = rows, columns
        self.best = self.points.squares.new_full((len(queries), k), torch.inf)
        empty = self.queries.new_empty(0)
        self.candidates = _Candidates(empty, empty, self.points.squares.new_empty(0))

    def look(self, block: Block) -> None:
        """Look through a block of the gallery."""
        for start in range(0, len(self.queries), block.strip):
            self._look(slice(start, start + block.strip), block)
        if len(self.candidates.rows) > 8 * (self.k + 16) * len(self.queries):
            self._settle()

    def _look(self, part: slice, block: Block) -> None:
        values = block.estimates(self.points.part(part))
        self._leave_out(values, part.start, block.start)
        small = values.topk(min(self.k, values.shape[1]), dim=1, largest=False).values
        both = torch.cat([self.best[part], small], dim=1)
        self.best[part] = both.topk(self.k, dim=1, largest=False, sorted=True).values
        limits = self._limits(block.points.squares.max())[part, None]
        inside = (values <= limits) & (values < torch.inf)
        amount = int(inside.count_nonzero())
        if amount > len(values) * (2 * self.k + _DENSE * values.shape[1]):
            inside = self._exactly(self.queries[part], block, values)
        rows, columns = inside.nonzero(as_tuple=True)
        found = _Candidates(rows + part.start, columns + block.start, values[rows, columns])
        pairs = zip(self.candidates, found, strict=True)
        self.candidates = _Candidates(*(torch.cat(pair) for pair in pairs))

    def result(self, metric: Metric) -> Nearest:
        """Order what is left."""
        self.candidates = self._kept(self.candidates.values <= self._limits()[self.candidates.rows])
        places, squares = self._settle()
        scale = self.distances.space.scale
        distances = squares / 2 if metric == "cosine" else squares.clamp_min(0).sqrt() / scale
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
        return limits + 2 * self.distances.estimate_error * lengths

    def _exactly(self, queries: Tensor, block: Block, values: Tensor) -> Tensor:
        """Mark the k nearest of a block by exact distances, where estimates are all alike."""
        keys = block.exact(queries)
        keys[values == torch.inf] = torch.inf
        chosen = keys.sort(dim=1, stable=True).indices[:, : self.k]
        marked = torch.zeros_like(values, dtype=torch.bool).scatter_(1, chosen, True)
        return marked & (values < torch.inf)

    def _settle(self) -> tuple[Tensor, Tensor]:
        """Keep the k nearest of the candidates; their places and squared distances."""
        rows, columns, _ = self.candidates
        lengths = self.points.squares[rows]
        squares, order = true_order(self.distances, rows, self.queries[rows], columns, lengths)
        ordered = rows[order]
        counts = ordered.bincount(minlength=len(self.queries))
        places = torch.arange(len(rows), device=rows.device)
        places -= (counts.cumsum(0) - counts)[ordered]
        few = places < self.k
        self.candidates = self._kept(order[few])
        return places[few], squares[order[few]]

    def _kept(self, chosen: Tensor) -> _Candidates:
        return _Candidates(*(values[chosen] for values in self.candidates))

    def _leave_out(self, values: Tensor, top: int, start: int) -> None:
        rows, columns = self.left_out
        ends = torch.tensor([start, start + values.shape[1]], device=values.device)
        first, last = torch.searchsorted(columns, ends).tolist()
        rows, columns = rows[first:last] - top, columns[first:last] - start
        here = (rows >= 0) & (rows < len(values))
        values[rows[here], columns[here]] = torch.inf
