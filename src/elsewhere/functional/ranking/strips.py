"""A strip of queries, compared with the gallery's blocks as precisely as it takes.

Products in float32 leave in doubt what is nearer to a match than their rounding. That is measured
again in float64, and what is alike even there is measured exactly: pair by pair where it is
little, as a block where it is much.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from elsewhere.functional.distance import Points
from elsewhere.functional.ranking.blocks import Comparison, estimates
from elsewhere.functional.ranking.counting import Matches, count_between, scan_between
from elsewhere.functional.ranking.labels import Labels, Related

_DENSE = 0.01
"""Share of a block left in doubt from which on measuring the block costs less than the pairs."""


class Strip:
    """Some queries, and what came before their matches in the gallery so far.

    Attributes:
        matches: the counts.
    """

    def __init__(
        self, comparison: Comparison, labels: Labels, queries: Int[Tensor, " queries"]
    ) -> None:
        """Find and measure the matches.

        Args:
            comparison: of all queries with the gallery.
            labels: of both.
            queries: rows of the queries of this strip.
        """
        device = comparison.space.device
        self.comparison = comparison
        self.exact, self.precise = comparison.exact, comparison.precise
        self.queries = queries.to(device)
        self.points = comparison.queries(queries)
        related = Related(*(values.to(device) for values in labels.related(queries)))
        rows, columns = related.rows[related.match], related.columns[related.match]
        found = self.precise.pairs(self.queries[rows], columns)
        self.matches = Matches(len(queries), related, found)
        by_column = related.columns.argsort(stable=True)
        self.related = Related(*(values[by_column] for values in related))
        squares = self.points.squares[:, None]
        self.distances = self.matches.table(found, torch.inf)
        self.levels = (self.distances - squares).float()
        # no point as near to the query as a match has a longer square than this
        self.reach = (2 * squares + 2 * self.distances.clamp_min(0)).float()

    def count(self, start: int, points: Points) -> None:
        """Count what comes before each match in one block of the gallery."""
        if not self.matches.taken.shape[1]:
            return
        rows = torch.arange(len(self.queries), device=self.queries.device)
        values = estimates(self.points, points)
        lengths = self.reach.clamp_max(points.squares.max()) + self.points.squares[:, None]
        doubt = self.comparison.error * lengths + self.precise.error(lengths)
        self._count_clear(rows, start, values, self.levels, doubt, self._count_precisely)

    def _count_clear(
        self,
        rows: Int[Tensor, " rows"],
        start: int,
        values: Float[Tensor, "rows columns"],
        levels: Float[Tensor, "rows m"],
        doubt: Float[Tensor, "rows m"],
        better: Callable[[Tensor, int, int], None],
    ) -> None:
        """Count what leaves no doubt, and have the rest measured.

        Args:
            rows: which queries of the strip.
            start: the block's first row in the gallery.
            values: distances of the queries to the block.
            levels: distances of the matches.
            doubt: how much smaller or larger the difference of both may be in truth.
            better: counts some queries in a block, better than this.
        """
        width = values.shape[1]
        self._leave_out(values, rows, start)
        low, high = levels - doubt, levels + doubt
        below, upto = count_between(values, low, high)
        taken = self.matches.taken[rows]
        unsure = ((upto > below) & taken).nonzero(as_tuple=True)
        amount, unclear = int((upto - below)[unsure].sum()), torch.unique(unsure[0])
        if amount > _DENSE * len(unclear) * width:
            below[unclear] = 0
            better(rows[unclear], start, width)
        elif amount:
            bounds, columns = scan_between(values, unsure[0], low[unsure], high[unsure])
            self._decide(rows[unsure[0]][bounds], unsure[1][bounds], columns + start)
        self.matches.before[rows] += below * taken

    def _count_precisely(self, rows: Tensor, start: int, width: int) -> None:
        """Count by distances in float64."""
        values = self.comparison.precise_block(self.queries[rows], start, width)
        doubt = self.precise.error(self.reach[rows] + self.points.squares[rows, None]).double()
        self._count_clear(rows, start, values, self.distances[rows], doubt, self._count_exactly)

    def _count_exactly(self, rows: Tensor, start: int, width: int) -> None:
        """Count by exact distances."""
        values = self.comparison.exact_block(self.queries[rows], start, width)
        self._leave_out(values, rows, start)
        places = self.matches.taken[rows].nonzero(as_tuple=True)
        keys = torch.full_like(self.distances[rows], torch.inf)
        keys[places] = self.exact.pairs(
            self.queries[rows[places[0]]], self.matches.columns[rows][places]
        )
        self.matches.count_exactly(values, keys, start, rows)

    def _decide(self, rows: Tensor, places: Tensor, columns: Tensor) -> None:
        """Settle whether single images come before single matches."""
        queries, match = self.queries[rows], (rows, places)
        gaps = self.precise.pairs(queries, columns) - self.distances[match]
        doubt = self.precise.error(self.reach[match] + self.points.squares[rows])
        before = gaps < 0
        tied = (gaps.abs() <= doubt).nonzero()[:, 0]
        theirs = self.matches.columns[match][tied]
        gaps = self.exact.pairs(queries[tied], columns[tied]) - self.exact.pairs(
            queries[tied], theirs
        )
        before[tied] = (gaps < 0) | ((gaps == 0) & (columns[tied] < theirs))
        self.matches.before.index_put_(match, before.long(), accumulate=True)

    def _leave_out(self, values: Tensor, rows: Tensor, start: int) -> None:
        """Put matches and what is left out behind everything else."""
        ends = torch.tensor([start, start + values.shape[1]], device=values.device)
        first, last = torch.searchsorted(self.related.columns, ends).tolist()
        place = torch.full_like(self.queries, -1)
        place[rows] = torch.arange(len(rows), device=rows.device)
        here = place[self.related.rows[first:last]]
        columns = self.related.columns[first:last] - start
        values[here[here >= 0], columns[here >= 0]] = torch.inf
