"""Putting pairs of a query and an image in order by true distance."""

import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

from elsewhere.ranking.distances import Distances

Each = Int[Tensor, " pairs"]


def true_order(
    distances: Distances,
    groups: Each,
    queries: Each,
    columns: Each,
    lengths: Float[Tensor, " pairs"],
) -> tuple[Float64[Tensor, " pairs"], Each]:
    """Order pairs by group, then by true distance, then by column.

    Args:
        distances: measures them.
        groups: number of the group of each pair; a group has one query.
        queries: rows of the queries.
        columns: rows of the gallery.
        lengths: squared lengths of the queries' points.

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
