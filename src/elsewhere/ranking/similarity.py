"""The most similar among vectors that come a block at a time, exactly.

Everything is multiplied in float32, by which vectors on disk need not even be copied. What that
leaves in doubt, by a bound that can be proved, is multiplied once more without rounding.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from elsewhere.ranking.shortlist import sort_pairs
from elsewhere.ranking.whole_numbers import on_grid

ReadRows = Callable[[Int64[Tensor, " some"]], Float[Tensor, "some size"]]
"""Reads vectors by their rows."""

_QUERIES = 64
_LOOKED = 2**20
"""Products that are looked through at once."""
_FEW = 8
"""Images of the best groups, for each that is sought, that a bar is first set by."""
_CELLS = 2**24
"""Numbers kept at once of the best of every group, and of what is multiplied exactly."""


class Nearby(NamedTuple):
    """The best of each query, best first; of two as good, the one with the lower row.

    Attributes:
        similarities: cosine, -1..1; -inf where a query has fewer.
        rows: of all vectors; -1 where a query has fewer.
    """

    similarities: Float64[Tensor, "queries best"]
    rows: Int64[Tensor, "queries best"]


def most_similar(
    queries: Float[Tensor, "queries size"],
    blocks: Iterable[Float[Tensor, "_ size"]],
    read_rows: ReadRows,
    groups: Int64[Tensor, " rows"],
    k: int,
    left_out: Sequence[Collection[int] | np.ndarray] | None = None,
    among: Bool[Tensor, " rows"] | None = None,
    chunk: int | None = None,
) -> tuple[Nearby, Nearby]:
    """Compare queries with every vector, never more than a few blocks of them at a time.

    The result does not depend on how vectors are cut into blocks, and equal vectors are equally
    similar.

    Args:
        queries: vectors of length one.
        blocks: all others, of length one, in order.
        read_rows: reads some of them again.
        groups: number of the group of each of them; -1 for none.
        k: how many are sought.
        left_out: rows that are not compared, for each query.
        among: rows that are compared at all; None for every one.
        chunk: rows that are looked through at once; it changes memory and time alone. None chooses.

    Returns:
        The best rows, and the best row of each of the best groups.
    """
    images_of = torch.bincount(groups[groups >= 0])
    count = len(images_of)
    sought = min(k, len(groups)), min(k, int(images_of.count_nonzero()))
    step = max(1, min(_QUERIES, _CELLS // max(count, 1)))
    skipped = [np.sort(np.fromiter(rows, np.int64)) for rows in left_out or [()] * len(queries)]
    parts = [slice(start, start + step) for start in range(0, len(queries), step)]
    shortlists = [_Shortlist(queries[part], skipped[part], sought, groups, count) for part in parts]
    first = 0
    chunk = chunk or max(1, _LOOKED // max(1, min(step, len(queries))))
    for several in _chunks(blocks, chunk):
        rows = sum(block.shape[0] for block in several)
        inside = None if among is None else among[first : first + rows]
        if inside is None or bool(inside.any()):
            for shortlist in shortlists:
                shortlist.learn(several, first, inside)
        first += rows
    found = [shortlist.settle(read_rows) for shortlist in shortlists]
    if not found:
        return _nothing(0, sought[0]), _nothing(0, sought[1])
    return _joined([images for images, _ in found]), _joined([best for _, best in found])


def float32_doubt(size: int) -> float:
    """How far a float32 product of two vectors of length one may lie from the one on the grid.

    `n` roundings in any order come to n·u / (1 - n·u) times the product of lengths (Higham,
    Accuracy and Stability of Numerical Algorithms, section 3.1); the grid, and float32 itself,
    move each of the vectors' numbers by less than 2^-25.
    """
    rounding = size * 2.0**-24
    return 1.01 * (rounding / (1 - rounding) + 2.0**-24 * math.sqrt(size))


def _chunks(blocks: Iterable[Tensor], rows: int) -> Iterator[list[Tensor]]:
    """Blocks, so many together that looking through what they come to is worth its while."""
    several: list[Tensor] = []
    count = 0
    for block in blocks:
        whole = block.shape[0] <= rows
        for part in (block,) if whole else torch.split(block, rows):
            several.append(part.float())
            count += part.shape[0]
            if count >= rows:
                yield several
                several, count = [], 0
    if several:
        yield several


class _Shortlist:
    """What may be best of some queries, as far as vectors have been seen."""

    def __init__(
        self,
        queries: Tensor,
        left_out: Sequence[np.ndarray],
        sought: tuple[int, int],
        groups: Tensor,
        count: int,
    ) -> None:
        self.queries, self.left_out, self.groups = on_grid(queries), left_out, groups
        self.sought = sought
        self.margin = 2 * float32_doubt(queries.shape[1])
        self.estimating = queries.float()
        self.best = torch.full((len(queries), sought[0]), -torch.inf)
        self.of_group = torch.full((len(queries), count), -torch.inf)
        self.images: list[_Pairs] = []
        self.individuals: list[_Pairs] = []

    def learn(self, several: Sequence[Tensor], first: int, inside: Tensor | None) -> None:
        """Look through some blocks.

        Args:
            several: blocks that follow each other.
            first: row of the first vector in them.
            inside: which of their rows are compared.
        """
        values = self._multiply(several)
        for query, rows in enumerate(self.left_out):
            start, stop = np.searchsorted(rows, (first, first + values.shape[1]))
            values[query, rows[start:stop] - first] = -torch.inf
        if inside is not None:
            values[:, ~inside] = -torch.inf
        if self.sought[0]:
            self._learn_images(values, first)
        if self.sought[1]:
            self._learn_individuals(values, first)

    def settle(self, read_rows: ReadRows) -> tuple[Nearby, Nearby]:
        """The best in true order."""
        size = len(self.queries)
        images, individuals = _gather(self.images), _gather(self.individuals)
        images = images.part(images.values >= self._bar()[images.queries])
        individuals = individuals.part(individuals.values >= self._group_bar(individuals))
        found = []
        for pairs, groups, count in (
            (images, None, self.sought[0]),
            (individuals, self.groups, self.sought[1]),
        ):
            exact = _exact(self.queries, pairs, read_rows)
            order = sort_pairs(pairs.queries, -exact, pairs.rows)
            query, row = pairs.queries[order], pairs.rows[order]
            if groups is not None:
                order = order[_first_of_each(query * len(self.groups) + groups[row])]
                query, row = pairs.queries[order], pairs.rows[order]
            found.append(_table(query, row, exact[order], size, count))
        return found[0], found[1]

    def _multiply(self, several: Sequence[Tensor]) -> Float[Tensor, "queries rows"]:
        out = torch.empty(len(self.queries), sum(block.shape[0] for block in several))
        start, in_float32 = 0, _adds_in_float32()
        for block in several:
            stop = start + block.shape[0]
            part = out[:, start:stop]
            if not in_float32:
                part.copy_(self.queries @ block.double().T)
            elif len(self.queries) == 1:
                torch.mv(block, self.estimating[0], out=part[0])
            else:
                torch.mm(self.estimating, block.T, out=part)
            start = stop
        return out

    def _learn_images(self, values: Tensor, first: int) -> None:
        rows = (values.amax(dim=1) > self.best[:, -1]).nonzero()[:, 0]
        if len(rows):
            best = values[rows].topk(min(self.sought[0], values.shape[1]), dim=1).values
            joined = torch.cat([self.best[rows], best], dim=1)
            self.best[rows] = joined.topk(self.sought[0], dim=1).values
        self.images.append(_above(values, self._bar(), first))

    def _learn_individuals(self, values: Tensor, first: int) -> None:
        groups = self.groups[first : first + values.shape[1]]
        values = values.masked_fill(groups < 0, -torch.inf)
        if bool((self._last_group() == -torch.inf).any()):
            # the best few raise the bar, so that few others need be told apart by their groups
            few = values.topk(min(_FEW * self.sought[1], values.shape[1]), dim=1)
            self._raise(_above_all(few.values, few.indices + first))
        pairs = _above(values, self._last_group() - self.margin, first)
        self._raise(pairs)
        self.individuals.append(pairs.part(pairs.values >= self._group_bar(pairs)))

    def _raise(self, pairs: "_Pairs") -> None:
        """Keep the best of every group."""
        places = pairs.queries * self.of_group.shape[1] + self.groups[pairs.rows]
        self.of_group.view(-1).scatter_reduce_(0, places, pairs.values, "amax")

    def _last_group(self) -> Tensor:
        """The best of the last of the best groups, for each query."""
        last: Tensor = self.of_group.topk(self.sought[1], dim=1).values[:, -1]
        return last.clamp_max(1)

    def _bar(self) -> Tensor:
        """What an image's product must reach, for each query."""
        # no similarity is above 1, so those a rounding lifts above it are as good
        last = self.best[:, -1] if self.sought[0] else self.best.new_zeros(len(self.best))
        return last.clamp_max(1) - self.margin

    def _group_bar(self, pairs: "_Pairs") -> Tensor:
        """What a product must reach to be the best of a group that is among the best."""
        if not self.sought[1]:
            return torch.zeros_like(pairs.values)
        own = self.of_group[pairs.queries, self.groups[pairs.rows]]
        return torch.maximum(self._last_group()[pairs.queries], own.clamp_max(1)) - self.margin


class _Pairs(NamedTuple):
    """Queries, rows of vectors, and their float32 products."""

    queries: Tensor
    rows: Tensor
    values: Tensor

    def part(self, mask: Tensor) -> "_Pairs":
        return _Pairs(self.queries[mask], self.rows[mask], self.values[mask])


def _adds_in_float32() -> bool:
    """Whether torch's float32 products are that: it can be told to make them of shorter numbers."""
    try:
        precise = torch.get_float32_matmul_precision() == "highest"
    except RuntimeError:  # it was told in two ways at once
        return False
    return precise and not torch.is_autocast_enabled("cpu")


def _above(values: Tensor, bar: Tensor, first: int) -> _Pairs:
    query, column = ((values >= bar[:, None]) & (values > -torch.inf)).nonzero(as_tuple=True)
    return _Pairs(query, column + first, values[query, column])


def _above_all(values: Tensor, rows: Tensor) -> _Pairs:
    query, column = (values > -torch.inf).nonzero(as_tuple=True)
    return _Pairs(query, rows[query, column], values[query, column])


def _gather(several: Sequence[_Pairs]) -> _Pairs:
    if not several:
        none = torch.empty(0, dtype=torch.int64)
        return _Pairs(none, none, torch.empty(0))
    return _Pairs(*(torch.cat(parts) for parts in zip(*several, strict=True)))


def _exact(points: Tensor, pairs: _Pairs, read_rows: ReadRows) -> Float64[Tensor, " pairs"]:
    """Similarities of pairs, without rounding."""
    found = torch.empty(len(pairs.rows), dtype=torch.float64)
    order = pairs.rows.argsort(stable=True)
    for places in torch.split(order, max(1, _CELLS // (8 * points.shape[1]))):
        rows, which = torch.unique_consecutive(pairs.rows[places], return_inverse=True)
        others = on_grid(read_rows(rows))[which]
        found[places] = (points[pairs.queries[places]] * others).sum(dim=1)
    return found.clamp_(-1, 1)


def _first_of_each(keys: Tensor) -> Int64[Tensor, " kinds"]:
    """Where every key comes first, in order."""
    ordered = keys.sort(stable=True)
    fresh = torch.ones_like(keys, dtype=torch.bool)
    fresh[1:] = ordered.values[1:] != ordered.values[:-1]
    return ordered.indices[fresh].sort().values


def _table(query: Tensor, row: Tensor, values: Tensor, queries: int, count: int) -> Nearby:
    """The first of each query's pairs, which stand in order."""
    counts = torch.bincount(query, minlength=queries)
    place = torch.arange(len(query)) - (counts.cumsum(0) - counts)[query]
    kept = place < count
    found = _nothing(queries, count)
    found.similarities[query[kept], place[kept]] = values[kept]
    found.rows[query[kept], place[kept]] = row[kept]
    return found


def _nothing(queries: int, count: int) -> Nearby:
    rows = torch.full((queries, count), -1, dtype=torch.int64)
    return Nearby(torch.full((queries, count), -torch.inf, dtype=torch.float64), rows)


def _joined(parts: Sequence[Nearby]) -> Nearby:
    return Nearby(*(torch.cat(each) for each in zip(*parts, strict=True)))
