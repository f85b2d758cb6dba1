"""What comes before each match, with nothing kept but the counts, as precisely as it takes.

The rank of a match is its place among the query's matches plus the number of other images before
it. What lies beyond a query's last match is never put in order, and no list grows with the
gallery.

Products in float32 leave in doubt what is nearer to a match than their rounding. That is measured
again in float64, and what is alike even there is measured exactly: pair by pair where it is
little, as a block where it is much.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.ranking.comparison import Block
from elsewhere.ranking.counting import (
    count_between,
    marked,
    order_rows,
    scan_between,
    ties_before,
)
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.labels import Labels, Related
from elsewhere.ranking.space import estimates

_ESTIMATED, _PRECISE, _EXACT = range(3)
_PAIRS = 512
"""Pairs of queries and matches that are worth a product of their own."""
_PAIR, _CELL, _LOOK = (2.0, 100.0), (0.04, 5.0), 2.0
"""Nanoseconds to measure a pair and a cell of a block, by size and besides; to look at a number.
Only their ratios count, which differ little between machines."""


class Matches:
    """The matches of some queries from the nearest on, and how many images come before each.

    Attributes:
        columns: rows of the gallery of each query's identity, those to be found in front.
        taken: which of them are matches.
        keys: what the matches are ordered by; infinite elsewhere.
        before: how many images that are no match come before.
    """

    def __init__(self, related: Related, keys: Float[Tensor, "queries m"]) -> None:
        """Put the matches in order, by the distances of their columns."""
        keys = keys.where(related.match, torch.inf)
        order = order_rows(keys)
        self.keys = keys.gather(1, order)
        self.columns = related.columns.gather(1, order)
        self.taken = related.match.gather(1, order)
        self.before = torch.zeros_like(self.columns)
        self._junk = related.junk

    def leave_out(
        self, values: Float[Tensor, "rows columns"], start: int, rows: Int[Tensor, " rows"]
    ) -> None:
        """Put matches and what is left out behind everything else; see `LeftOut.apply`."""
        columns = self.columns[rows] - start
        row, place = marked((columns >= 0) & (columns < values.shape[1]))
        values[row, columns[row, place]] = torch.inf
        self._junk.apply(values, start, rows)

    def count_exactly(
        self,
        values: Float[Tensor, "rows columns"],
        keys: Float[Tensor, "rows m"],
        start: int,
        rows: Int[Tensor, " rows"],
    ) -> None:
        """Count what comes before each match in a block; of equal keys, the first in the gallery.

        `values` are infinite where a pair does not count; `start` is the block's first row; `rows`
        are the queries, ascending.
        """
        below, upto = count_between(values, keys, keys)
        columns, taken = self.columns[rows], self.taken[rows]
        before = torch.where(columns >= start + values.shape[1], upto, below)
        inside = (columns >= start) & (columns < start + values.shape[1])
        tied = (taken & inside & (upto > below)).nonzero(as_tuple=True)
        before[tied] += ties_before(values, tied[0], keys[tied], columns[tied] - start)
        self.before[rows] += before * taken


class MatchPanel:
    """Some queries, and what came before their matches in the gallery so far.

    Attributes:
        queries: their rows.
        matches: the counts.
    """

    def __init__(
        self, distances: Distances, labels: Labels, queries: Int[Tensor, " queries"]
    ) -> None:
        """Find and measure the matches of some queries."""
        self.queries = queries.to(distances.space.device)
        self.distances = distances
        self.points = distances.query_points(queries)
        related = labels.related(queries, distances.space.device)
        self.matches = Matches(related, self._measure(related.columns, labels.query[queries]))
        squares = self.points.squares[:, None]
        self.estimates_pay = True
        self.levels = (self.matches.keys - squares).float()
        # no point as near to the query as a match has a longer square than this
        self.reach = (2 * squares + 2 * self.matches.keys.clamp_min(0)).float()

    def look(self, block: Block) -> None:
        """Count what comes before each match in one block of the gallery."""
        if self.matches.taken.any():
            for rows in block.strips(self.queries):
                self._count(rows, block, _ESTIMATED if self.estimates_pay else _PRECISE)

    def _count(self, rows: Int[Tensor, " rows"], block: Block, level: int) -> None:
        """Count what leaves no doubt at a level of precision, and have the rest measured better."""
        values, levels, doubt = self._measured(rows, block, level)
        self.matches.leave_out(values, block.start, rows)
        if level == _EXACT:
            return self.matches.count_exactly(values, levels, block.start, rows)
        low, high = levels - doubt, levels + doubt
        below, upto = count_between(values, low, high)
        taken = self.matches.taken[rows]
        unsure = ((upto > below) & taken).nonzero(as_tuple=True)
        amount, unclear = int((upto - below)[unsure].sum()), torch.unique(unsure[0])
        if self._is_much(amount, len(unsure[0]), len(unclear), values.shape[1]):
            below[unclear] = 0
            self._count(rows[unclear], block, level + 1)
            if level == _ESTIMATED and 2 * len(unclear) > len(rows):
                self.estimates_pay = False  # other queries and blocks will be like these
        elif amount:
            bounds, columns = scan_between(values, unsure[0], low[unsure], high[unsure])
            self._decide(rows[unsure[0]][bounds], unsure[1][bounds], columns + block.start)
        self.matches.before[rows] += below * taken
        return None

    def _measured(self, rows: Tensor, block: Block, level: int) -> tuple[Tensor, Tensor, Tensor]:
        """Distances to a block, those of the matches, and how far their difference may be wrong."""
        squares, reach = self.points.squares[rows, None], self.reach[rows]
        if level == _ESTIMATED:
            part = slice(int(rows[0]), int(rows[-1]) + 1)  # whole strips are estimated
            values = estimates(self.points.part(part), block.points)
            lengths = reach.clamp_max(block.points.squares.max()) + squares
            doubt = self.distances.estimate_error * lengths + self.distances.precise_error(lengths)
            return values, self.levels[rows], doubt
        if level == _PRECISE:
            doubt = self.distances.precise_error(reach + squares).double()
            return block.precise(self.queries[rows]), self.matches.keys[rows], doubt
        keys, taken = self.matches.keys[rows], self.matches.taken[rows].nonzero(as_tuple=True)
        columns = self.matches.columns[rows][taken]
        keys[taken] = self.distances.exact_pairs(self.queries[rows[taken[0]]], columns)
        return block.exact(self.queries[rows]), keys, torch.zeros_like(keys)

    def _is_much(self, pairs: int, bounds: int, rows: int, width: int) -> bool:
        """Whether to measure whole rows of a block rather than pairs in doubt, a few a bound."""
        size = self.distances.query.shape[1]
        singly = pairs * (_PAIR[0] * size + _PAIR[1]) + bounds * width * _LOOK
        return singly > rows * width * (_CELL[0] * size + _CELL[1])

    def _decide(self, rows: Tensor, places: Tensor, columns: Tensor) -> None:
        """Settle whether single images come before single matches."""
        queries, match = self.queries[rows], (rows, places)
        gaps = self.distances.precise_pairs(queries, columns) - self.matches.keys[match]
        doubt = self.distances.precise_error(self.reach[match] + self.points.squares[rows])
        before = gaps < 0
        tied = (gaps.abs() <= doubt).nonzero()[:, 0]
        theirs = self.matches.columns[match][tied]
        exact = self.distances.exact_pairs
        gaps = exact(queries[tied], columns[tied]) - exact(queries[tied], theirs)
        before[tied] = (gaps < 0) | ((gaps == 0) & (columns[tied] < theirs))
        self.matches.before.index_put_(match, before.long(), accumulate=True)

    def _measure(
        self, columns: Int[Tensor, "queries m"], identities: Int[Tensor, " queries"]
    ) -> Float[Tensor, "queries m"]:
        """Measure what is of each query's identity, neighbours of the same identity at once."""
        found = columns.new_zeros(columns.shape, dtype=torch.float64)
        for heads, ends in _groups(identities, columns.shape[1]):
            lists = columns[heads]
            counts = (lists >= 0).sum(dim=1)
            part = slice(int(heads[0]), int(ends[-1]))
            if not counts.any():
                continue
            block = self.distances.precise_block(self.queries[part], lists[lists >= 0])
            shift = (counts.cumsum(0) - counts).repeat_interleave((ends - heads).to(counts.device))
            places = shift[:, None] + torch.arange(columns.shape[1], device=columns.device)
            found[part] = block.gather(1, places.clamp_max(block.shape[1] - 1))
        return found


def _groups(identities: Int[Tensor, " queries"], width: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Group runs of queries of one identity, each with some matches: where they begin and end."""
    borders = F.pad(identities.diff().nonzero()[:, 0] + 1, (1, 1))
    borders[-1] = len(identities)
    pairs = len(identities) * width / (len(borders) - 1)  # of a run
    step = int(min(max(1, _PAIRS / max(1, pairs)), 16))
    return zip(torch.split(borders[:-1], step), torch.split(borders[1:], step), strict=True)
