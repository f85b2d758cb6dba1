"""The most similar among vectors that come a block at a time, exactly.

Everything is multiplied in float32, by which vectors on disk need not even be copied. What that
leaves in doubt, by a bound that can be proved, is multiplied once more without rounding.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

Array = np.ndarray
ReadRows = Callable[[Int64[Array, " some"]], Float[Array, "some size"]]
"""Reads vectors by their rows."""

_QUERIES = 64
_LOOKED = 2**20
"""Products that are looked through at once."""
_FEW = 8
"""Images of the best groups, for each that is sought, that a bar is first set by."""
_CELLS = 2**24
"""Numbers kept at once of the best of every group, and of what is multiplied exactly."""
_GRID = 2.0**26


class Nearby(NamedTuple):
    """The best of each query, best first; of two as good, the one with the lower row.

    Attributes:
        similarities: cosine, -1..1; -inf where a query has fewer.
        rows: of all vectors; -1 where a query has fewer.
    """

    similarities: Float64[Array, "queries best"]
    rows: Int64[Array, "queries best"]


def most_similar(
    queries: Float[Array, "queries size"],
    blocks: Iterable[Float[Array, "_ size"]],
    read_rows: ReadRows,
    groups: Int64[Array, " rows"],
    k: int,
    left_out: Sequence[Collection[int] | Array] | None = None,
    among: Bool[Array, " rows"] | None = None,
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
    images_of = np.bincount(groups[groups >= 0])
    count = len(images_of)
    sought = min(k, len(groups)), min(k, int(np.count_nonzero(images_of)))
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


def on_grid(vectors: Float[Array, "rows size"]) -> Float64[Array, "rows size"]:
    """Round vectors of length one to multiples of 2^-26.

    All their products and sums of those are then float64 numbers, so a matrix product rounds
    nothing, in whatever order it adds. A similarity moves by about 1e-8, less than float32 vectors
    are good for.
    """
    return np.round(vectors.astype(np.float64) * _GRID) / _GRID


def _chunks(blocks: Iterable[Array], rows: int) -> Iterator[list[Array]]:
    """Blocks, so many together that looking through what they come to is worth its while."""
    several: list[Array] = []
    count = 0
    for block in blocks:
        for start in range(0, len(block), rows):
            part = block[start : start + rows]
            several.append(np.asarray(part, np.float32))
            count += len(part)
            if count >= rows:
                yield several
                several, count = [], 0
    if several:
        yield several


class _Shortlist:
    """What may be best of some queries, as far as vectors have been seen."""

    def __init__(
        self,
        queries: Array,
        left_out: Sequence[Array],
        sought: tuple[int, int],
        groups: Array,
        count: int,
    ) -> None:
        self.queries, self.left_out, self.groups = on_grid(queries), left_out, groups
        self.sought = sought
        self.margin = 2 * float32_doubt(queries.shape[1])
        self.estimating = np.asarray(queries, np.float32)
        self.best = np.full((len(queries), sought[0]), -np.inf, np.float32)
        self.of_group = np.full((len(queries), count), -np.inf, np.float32)
        self.images: list[_Pairs] = []
        self.individuals: list[_Pairs] = []

    def learn(self, several: Sequence[Array], first: int, inside: Array | None) -> None:
        """Look through blocks that follow each other from row `first` on; `inside` are compared."""
        values = self._multiply(several)
        for query, rows in enumerate(self.left_out):
            start, stop = np.searchsorted(rows, (first, first + values.shape[1]))
            values[query, rows[start:stop] - first] = -np.inf
        if inside is not None:
            values[:, ~inside] = -np.inf
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
            order = np.lexsort((pairs.rows, -exact, pairs.queries))
            query, row = pairs.queries[order], pairs.rows[order]
            if groups is not None:
                order = order[_first_of_each(query * len(self.groups) + groups[row])]
                query, row = pairs.queries[order], pairs.rows[order]
            found.append(_table(query, row, exact[order], size, count))
        return found[0], found[1]

    def _multiply(self, several: Sequence[Array]) -> Float[Array, "queries rows"]:
        values = np.empty((len(self.queries), sum(map(len, several))), np.float32)
        start = 0
        for block in several:
            stop = start + len(block)
            if len(self.queries) == 1:
                np.dot(block, self.estimating[0], out=values[0, start:stop])
            else:
                values[:, start:stop] = self.estimating @ block.T
            start = stop
        return values

    def _learn_images(self, values: Array, first: int) -> None:
        rows = np.flatnonzero(values.max(axis=1) > self.best.min(axis=1))
        if len(rows):
            best = np.concatenate([self.best[rows], _largest(values[rows], self.sought[0])], axis=1)
            self.best[rows] = _largest(best, self.sought[0])
        self.images.append(_above(values, self._bar(), first))

    def _learn_individuals(self, values: Array, first: int) -> None:
        groups = self.groups[first : first + values.shape[1]]
        values = np.where(groups < 0, np.float32(-np.inf), values)
        if bool((self._last_group() == -np.inf).any()):
            # the best few raise the bar, so that few others need be told apart by their groups
            few = _largest(values, _FEW * self.sought[1]).min(axis=1)
            self._raise(_above(values, few, first))
        pairs = _above(values, self._last_group() - self.margin, first)
        self._raise(pairs)
        self.individuals.append(pairs.part(pairs.values >= self._group_bar(pairs)))

    def _raise(self, pairs: "_Pairs") -> None:
        """Keep the best of every group."""
        places = pairs.queries * self.of_group.shape[1] + self.groups[pairs.rows]
        np.maximum.at(self.of_group.reshape(-1), places, pairs.values)

    def _last_group(self) -> Array:
        """The best of the last of the best groups, for each query."""
        last: Array = _largest(self.of_group, self.sought[1]).min(axis=1)
        return last.clip(max=1)

    def _bar(self) -> Array:
        """What an image's product must reach, for each query."""
        if not self.sought[0]:
            return np.full(len(self.best), -self.margin, np.float32)
        # no similarity is above 1, so those a rounding lifts above it are as good
        bar: Array = self.best.min(axis=1).clip(max=1) - self.margin
        return bar

    def _group_bar(self, pairs: "_Pairs") -> Array:
        """What a product must reach to be the best of a group that is among the best."""
        if not self.sought[1]:
            return np.zeros_like(pairs.values)
        own = self.of_group[pairs.queries, self.groups[pairs.rows]]
        bar: Array = np.maximum(self._last_group()[pairs.queries], own.clip(max=1)) - self.margin
        return bar


class _Pairs(NamedTuple):
    """Queries, rows of vectors, and their float32 products."""

    queries: Array
    rows: Array
    values: Array

    def part(self, mask: Array) -> "_Pairs":
        return _Pairs(self.queries[mask], self.rows[mask], self.values[mask])


def _largest(values: Float[Array, "queries some"], count: int) -> Float[Array, "queries few"]:
    """So many of each query's largest values, in no order; all where there are fewer."""
    if values.shape[1] <= count:
        return values
    return np.partition(values, -count, axis=1)[:, -count:]


def _above(values: Array, bar: Array, first: int) -> _Pairs:
    query, column = np.nonzero((values >= bar[:, None]) & (values > -np.inf))
    return _Pairs(query, column + first, values[query, column])


def _gather(several: Sequence[_Pairs]) -> _Pairs:
    if not several:
        none = np.empty(0, np.int64)
        return _Pairs(none, none, np.empty(0, np.float32))
    return _Pairs(*(np.concatenate(parts) for parts in zip(*several, strict=True)))


def _exact(points: Array, pairs: _Pairs, read_rows: ReadRows) -> Float64[Array, " pairs"]:
    """Similarities of pairs, without rounding."""
    found = np.empty(len(pairs.rows))
    order = np.argsort(pairs.rows, kind="stable")
    step = max(1, _CELLS // (8 * points.shape[1]))
    for start in range(0, len(order), step):
        places = order[start : start + step]
        rows, which = np.unique(pairs.rows[places], return_inverse=True)
        others = on_grid(read_rows(rows))[which]
        found[places] = (points[pairs.queries[places]] * others).sum(axis=1)
    return np.clip(found, -1, 1)


def _first_of_each(keys: Array) -> Int64[Array, " kinds"]:
    """Where every key comes first, in order."""
    return np.sort(np.unique(keys, return_index=True)[1])


def _table(query: Array, row: Array, values: Array, queries: int, count: int) -> Nearby:
    """The first of each query's pairs, which stand in order."""
    counts = np.bincount(query, minlength=queries)
    place = np.arange(len(query)) - (np.cumsum(counts) - counts)[query]
    kept = place < count
    found = _nothing(queries, count)
    found.similarities[query[kept], place[kept]] = values[kept]
    found.rows[query[kept], place[kept]] = row[kept]
    return found


def _nothing(queries: int, count: int) -> Nearby:
    shape = queries, count
    return Nearby(np.full(shape, -np.inf), np.full(shape, -1, np.int64))


def _joined(parts: Sequence[Nearby]) -> Nearby:
    return Nearby(*(np.concatenate(each) for each in zip(*parts, strict=True)))
