"""Counting what comes before each match, block by block, with nothing kept but the counts.

The rank of a match is its place among the query's matches plus the number of other images before
it. What lies beyond a query's last match is never put in order, and no list grows with the
gallery.
"""

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from elsewhere.functional.ranking.labels import Related
from elsewhere.structures import Ranking

_FEW = 0.03
"""Share of a block up to which picking out what lies before a match costs less than sorting."""
_ALL = slice(None)
_SCANNED = 2**22
"""Numbers looked through at once where single images must be found again."""


class Matches:
    """The matches of some queries from the nearest on, and how many images come before each.

    Attributes:
        counts: how many matches each query has.
        taken: which places of the tables below hold a match.
        columns: rows of the gallery.
        before: how many images that are no match come before.
    """

    def __init__(self, queries: int, related: Related, distances: Float[Tensor, " m"]) -> None:
        """Lay the matches out.

        Args:
            queries: how many.
            related: pairs of these queries, on one device with `distances`.
            distances: of the matches, to order them by.
        """
        rows, columns = related.rows[related.match], related.columns[related.match]
        order = distances.argsort(stable=True)
        order = order[rows[order].argsort(stable=True)]
        rows = rows[order]
        self.counts = rows.bincount(minlength=queries)
        places = torch.arange(len(rows), device=rows.device)
        places -= (self.counts.cumsum(0) - self.counts)[rows]
        self._order, self._where = order, (rows, places)
        self.columns = self.table(columns, -1)
        self.taken = self.columns >= 0
        self.before = torch.zeros_like(self.columns)

    def table(self, values: Shaped[Tensor, " pairs"], empty: float) -> Shaped[Tensor, "queries m"]:
        """Lay values of the matches out by query, the nearest first."""
        shape = (len(self.counts), int(self.counts.max()))
        laid = torch.full(shape, empty, dtype=values.dtype, device=values.device)
        laid[self._where] = values[self._order]
        return laid

    def count_exactly(
        self,
        values: Float[Tensor, "rows columns"],
        keys: Float[Tensor, "rows m"],
        start: int,
        rows: Int[Tensor, " rows"] | slice = _ALL,
    ) -> None:
        """Count what comes before each match in a block; of equal keys, the first in the gallery.

        Args:
            values: keys of a block of the gallery, infinite where a pair does not count.
            keys: of the matches.
            start: the block's first row in the gallery.
            rows: which queries, each once.
        """
        below, upto = count_between(values, keys, keys)
        columns, taken = self.columns[rows], self.taken[rows]
        before = torch.where(columns >= start + values.shape[1], upto, below)
        inside = (columns >= start) & (columns < start + values.shape[1])
        tied = (taken & inside & (upto > below)).nonzero(as_tuple=True)
        before[tied] += _ties_before(values, tied[0], keys[tied], columns[tied] - start)
        self.before[rows] += before * taken


def count_between(
    values: Float[Tensor, "rows columns"],
    low: Float[Tensor, "rows bounds"],
    high: Float[Tensor, "rows bounds"],
) -> tuple[Int[Tensor, "rows bounds"], Int[Tensor, "rows bounds"]]:
    """Count, in each row, the values below each lower bound and those up to each upper one.

    Where a bound is infinite, the counts mean nothing.
    """
    if values.dtype == torch.float32:
        worst = torch.where(high < torch.inf, high, -torch.inf).amax(dim=1)
        inside = values <= worst[:, None]
        some = inside[::8]  # of whose rows the others are like
        if int(some.count_nonzero()) < _FEW * some.numel():
            return _count_few(values, inside, low, high)
    ordered = sort_rows(values)
    below = torch.searchsorted(ordered, low.contiguous())
    return below, torch.searchsorted(ordered, high.contiguous(), right=True)


def _count_few(values: Tensor, inside: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Count among few values, in one list of all rows."""
    rows, columns = inside.nonzero(as_tuple=True)
    ordered = sort_rows(_as_numbers(values[rows, columns], rows)[None])[0]
    every = torch.arange(len(values), device=values.device)
    starts = torch.searchsorted(rows, every)[:, None]
    below = torch.searchsorted(ordered, _as_numbers(low, every[:, None]))
    upto = torch.searchsorted(ordered, _as_numbers(high, every[:, None]), right=True)
    return below - starts, upto - starts


def _as_numbers(values: Tensor, rows: Tensor) -> Tensor:
    """Whole numbers that order by row, and by value within a row."""
    bits = (values + 0.0).view(torch.int32)  # there are two zeros; only one is left
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).long() + (rows << 32)


def sort_rows(values: Shaped[Tensor, "rows columns"]) -> Shaped[Tensor, "rows columns"]:
    """Sort each row, values alone: several times quicker than an order of indices."""
    if values.device.type != "cpu":
        return values.sort(dim=1).values
    ordered = values.clone(memory_format=torch.contiguous_format)
    ordered.numpy().sort(axis=1)
    return ordered


def scan_between(
    values: Float[Tensor, "rows columns"],
    rows: Int[Tensor, " bounds"],
    low: Float[Tensor, " bounds"],
    high: Float[Tensor, " bounds"],
) -> tuple[Int[Tensor, " found"], Int[Tensor, " found"]]:
    """Find the columns between bounds of a row: which bounds, and which column."""
    step = max(1, _SCANNED // values.shape[1])
    bounds, columns = [], []
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        chosen = values[rows[part]]
        inside = (chosen >= low[part, None]) & (chosen <= high[part, None])
        found = inside.nonzero()
        bounds.append(found[:, 0] + start)
        columns.append(found[:, 1])
    return torch.cat(bounds), torch.cat(columns)


def _ties_before(values: Tensor, rows: Tensor, keys: Tensor, ends: Tensor) -> Tensor:
    """Count equal keys in front of a column."""
    counts = torch.zeros_like(rows)
    columns = torch.arange(values.shape[1], device=values.device)
    step = max(1, _SCANNED // values.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        equal = values[rows[part]] == keys[part, None]
        counts[part] = (equal & (columns < ends[part, None])).sum(dim=1)
    return counts


class Tally:
    """Scores of every query, filled in as its matches are counted."""

    def __init__(self, queries: int) -> None:
        self.average_precision = torch.full((queries,), torch.nan, dtype=torch.float64)
        self.inverse_penalty = self.average_precision.clone()
        self.first_match = torch.zeros(queries, dtype=torch.int64)
        self.matches = torch.zeros(queries, dtype=torch.int64)

    def enter(self, queries: Int[Tensor, " queries"], matches: Matches) -> None:
        """Enter queries whose matches are counted."""
        counts, taken = matches.counts.cpu(), matches.taken.cpu()
        if not taken.shape[1]:
            return
        places = torch.arange(1, taken.shape[1] + 1)
        # the matches may be out of order where they are equally near; their counts put that right
        before = torch.where(taken, matches.before.cpu(), torch.iinfo(torch.int64).max // 2)
        ranks = before.sort(dim=1).values + places
        precision = torch.where(taken, places.double() / ranks, 0.0)
        some = counts > 0
        last = ranks.gather(1, (counts - 1).clamp_min(0)[:, None])[:, 0]
        # added up place by place, so that no query depends on its neighbours' number of matches
        total = precision.cumsum(dim=1)[:, -1]
        self.average_precision[queries[some]] = (total / counts)[some]
        self.inverse_penalty[queries[some]] = (counts / last.double())[some]
        self.first_match[queries[some]] = ranks[some, 0]
        self.matches[queries] = counts

    def ranking(self, ranks: int) -> Ranking:
        """Sum up over the queries that have a match."""
        some = self.matches > 0
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
