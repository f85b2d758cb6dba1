"""The nearest of some queries: sifted by estimates, put in true order where those leave doubt."""

import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

from elsewhere.ranking.comparison import Sizes, blocks
from elsewhere.ranking.counting import are_few, marked, smallest_of_rows
from elsewhere.ranking.distances import Distances
from elsewhere.ranking.labels import LeftOut

Each = Int[Tensor, " pairs"]

SPARE = 12
"""Images on a shortlist beyond the nearest ones, for those that rounding puts out of place."""

_FEW = 0.1
"""Share of near images in a block up to which picking them out costs less than sifting it."""


class Shortlist:
    """The smallest estimates of some queries' squared distances, as far as they are known.

    Attributes:
        values: in no order, infinite where there are fewer.
        columns: whose they are.
    """

    def __init__(self, squares: Float[Tensor, " queries"], count: int) -> None:
        """Start with nothing; `squares` are the squared lengths of the queries' points."""
        self.squares = squares
        self.values = squares.new_full((len(squares), count), torch.inf)
        self.columns = torch.zeros_like(self.values, dtype=torch.int64)

    def learn(self, rows: slice, start: int, values: Float[Tensor, "rows columns"]) -> None:
        """Take in the distances of some queries to images that follow each other from `start`."""
        count = self.values.shape[1]
        near = values < self.values[rows].amax(dim=1)[:, None]
        if are_few(near, _FEW):
            row, place = marked(near)
            chosen, counts = torch.unique_consecutive(row, return_counts=True)
            if not len(chosen):
                return
            # one line of a table for every query, filled up with infinity
            first = counts.cumsum(0) - counts
            line = torch.repeat_interleave(counts)
            found = values.new_full((len(chosen), int(counts.max())), torch.inf)
            found[line, torch.arange(len(row), device=row.device) - first[line]] = values[
                row, place
            ]
        else:
            chosen = torch.arange(len(values), device=near.device)
            found, place = values, torch.arange(values.shape[1], device=near.device)
            first = torch.zeros_like(chosen)
        chosen = chosen + rows.start
        candidates = torch.cat([self.values[chosen], found], dim=1)
        smallest = smallest_of_rows(candidates, count)
        self.values[chosen] = candidates.gather(1, smallest)
        before = self.columns[chosen].gather(1, smallest.clamp_max(count - 1))
        new = place[(first[:, None] + smallest - count).clamp_(0, len(place) - 1)] + start
        self.columns[chosen] = before.where(smallest < count, new)

    def settle(
        self, distances: Distances, queries: Int[Tensor, " queries"], count: int
    ) -> tuple[Int[Tensor, "queries count"], Bool[Tensor, " queries"]]:
        """Put the nearest in true order, of equally near ones the lower column first.

        Args:
            distances: measures what is in doubt.
            queries: rows of the queries.
            count: how many of each are wanted.

        Returns:
            Their columns, -1 where there are fewer; and which queries have more images in doubt
            than the list holds, so that theirs may be wrong.
        """
        values, order = self.values.sort(dim=1)
        columns = self.columns.gather(1, order)
        some = values < torch.inf
        bar = torch.where(some, values, 0.0)[:, :count].amax(dim=1)
        # no image within the bar is longer than the query's length and the bar together
        doubt = 2 * distances.estimate_error * (3 * self.squares + 2 * bar)
        row = torch.arange(len(values), device=order.device)[:, None].expand_as(order).flatten()
        runs, shared = runs_in_doubt(row, values.flatten(), doubt[row])
        inside = some & (values <= (bar + doubt)[:, None])
        tied = (shared & inside.flatten()).nonzero()[:, 0]
        pairs = queries[row[tied]], columns.view(-1)[tied]
        right = true_order(distances, runs[tied], *pairs, self.squares[row[tied]])[1]
        columns.view(-1)[tied] = pairs[1][right]
        crowded = inside[:, -1] & (values.shape[1] < len(distances.gallery))
        return columns.where(some, -1)[:, :count], crowded


def nearest_of_all(
    distances: Distances,
    queries: Int[Tensor, " queries"],
    count: int,
    sizes: Sizes,
    left_out: tuple[LeftOut, Int[Tensor, " queries"]] | None = None,
) -> Int[Tensor, "queries count"]:
    """Find the nearest by exact distances alone, of equally near ones the lower column first.

    `left_out` is what does not count, and the queries' places in that, ascending.

    Returns:
        Their columns, -1 where there are fewer.
    """
    columns = torch.full((len(queries), count), -1, device=queries.device)
    keys = torch.full(columns.shape, torch.inf, dtype=torch.float64, device=queries.device)
    if len(queries):
        for block in blocks(distances, sizes):
            for rows in block.strips(queries):
                found = block.exact(queries[rows])
                if left_out is not None:
                    left_out[0].apply(found, block.start, left_out[1][rows])
                theirs = torch.arange(block.start, block.stop, device=queries.device)
                both = torch.cat([keys[rows], found], dim=1)
                whose = torch.cat([columns[rows], theirs.expand(found.shape)], dim=1)
                order = both.sort(dim=1, stable=True).indices[:, :count]
                keys[rows], columns[rows] = both.gather(1, order), whose.gather(1, order)
    return columns.where(keys < torch.inf, -1)


def true_order(
    distances: Distances,
    groups: Each,
    queries: Each,
    columns: Each,
    lengths: Float[Tensor, " pairs"],
) -> tuple[Float64[Tensor, " pairs"], Each]:
    """Order pairs by group, then by true distance, then by column.

    A group has one query; `lengths` are the squared lengths of the queries' points.

    Returns:
        Precise squared distances as the pairs come, and the order.
    """
    squares = distances.precise_pairs(queries, columns)
    order = sort_pairs(groups, squares, columns)
    # a point is no longer than its query's length and its distance to it together
    doubt = distances.precise_error(4 * lengths.double() + 2 * squares.clamp_min(0))
    runs, shared = runs_in_doubt(groups[order], squares[order], doubt[order])
    tied = order[shared]
    keys = torch.zeros_like(squares)
    keys[tied] = distances.exact_pairs(queries[tied], columns[tied])
    return squares, order[sort_pairs(runs, keys[order], columns[order])]


def sort_pairs(groups: Each, values: Float[Tensor, " pairs"], columns: Each) -> Each:
    """Order by group, then by value, then by column."""
    order = columns.argsort(stable=True)
    order = order[values[order].argsort(stable=True)]
    return order[groups[order].argsort(stable=True)]


def runs_in_doubt(
    groups: Each, values: Float[Tensor, " pairs"], doubt: Float[Tensor, " pairs"]
) -> tuple[Each, Bool[Tensor, " pairs"]]:
    """Find runs whose order is not sure, among pairs that are sorted by group and value.

    Args:
        groups: number of each pair's group.
        values: that they are sorted by.
        doubt: how far a value must be from the one before at least for their order to be sure.

    Returns:
        The number of each pair's run, ascending, and whether it shares the run with others.
    """
    apart = torch.ones_like(groups, dtype=torch.bool)
    apart[1:] = (values.diff() > doubt[1:]) | (groups.diff() != 0)
    runs = apart.long().cumsum(0)
    return runs, runs.bincount()[runs] > 1
