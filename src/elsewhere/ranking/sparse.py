"""Rows of a matrix that is nearly everywhere zero, one after the other."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float64, Int
from torch import Tensor


class SparseRows(NamedTuple):
    """What is not zero in a matrix, by rows, columns ascending within each.

    Attributes:
        counts: how many entries each row has.
        columns: of the entries.
        values: of the entries.
        width: columns of the matrix.
    """

    counts: Int[Tensor, " rows"]
    columns: Int[Tensor, " entries"]
    values: Float64[Tensor, " entries"]
    width: int

    @property
    def starts(self) -> Int[Tensor, " rows"]:
        """Where each row's entries begin."""
        return self.counts.cumsum(0) - self.counts

    @property
    def owners(self) -> Int[Tensor, " entries"]:
        """The row of every entry."""
        return torch.repeat_interleave(self.counts)


def blocks(length: int, width: int, block: int | None = None) -> Iterator[slice]:
    """Cut rows into blocks: of `block` rows, or of what stays in a processor's cache."""
    step = block or max(16, 2**18 // width)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))


def entries_of(
    matrix: SparseRows, rows: Int[Tensor, " picked"]
) -> tuple[Int[Tensor, " entries"], Int[Tensor, " entries"]]:
    """List the entries of some rows, row after row.

    Returns:
        Places of the entries in `matrix`, and for each the place in `rows` that it belongs to.
    """
    counts = matrix.counts[rows]
    owners = torch.repeat_interleave(counts)
    shift = matrix.starts[rows] - (counts.cumsum(0) - counts)
    return torch.arange(len(owners), device=owners.device) + shift[owners], owners


def select(matrix: SparseRows, rows: slice) -> SparseRows:
    """A run of rows."""
    counts = matrix.counts[rows]
    first = int(matrix.counts[: rows.start or 0].sum())
    entries = slice(first, first + int(counts.sum()))
    return SparseRows(counts, matrix.columns[entries], matrix.values[entries], matrix.width)


def transpose(matrix: SparseRows) -> SparseRows:
    """Columns become rows: for every column, who has an entry there."""
    order = matrix.columns.argsort(stable=True)
    rows = matrix.owners[order]
    counts = torch.bincount(matrix.columns, minlength=matrix.width)
    return SparseRows(counts, rows, matrix.values[order], len(matrix.counts))


def mean_rows(
    matrix: SparseRows, lists: Int[Tensor, "rows picked"], block: int = 1024
) -> SparseRows:
    """For each list, the mean of the rows that it names; `block` means are computed at a time."""
    picked = lists.shape[1]
    parts = []
    for part in torch.split(lists, block):
        entries, owners = entries_of(matrix, part.flatten())
        keys = owners.div(picked, rounding_mode="floor") * matrix.width + matrix.columns[entries]
        keys, places = torch.unique(keys, return_inverse=True)
        sums = matrix.values.new_zeros(len(keys)).index_add_(0, places, matrix.values[entries])
        counts = torch.bincount(keys // matrix.width, minlength=len(part))
        parts.append((counts, keys % matrix.width, sums / picked))
    counts, columns, values = map(torch.cat, zip(*parts, strict=True))
    return SparseRows(counts, columns, values, matrix.width)


def shared_weight(
    rows: SparseRows, columns: SparseRows, at_once: int = 2**21
) -> Float64[Tensor, "rows others"]:
    """Sum the smaller of two weights over all columns, for rows of two sparse matrices.

    `columns` is the transpose of the other matrix, so that only columns with entries in both are
    met; about `at_once` pairs of entries are compared at a time.
    """
    others = columns.width
    result = rows.values.new_zeros(len(rows.counts), others)
    owners = rows.owners
    ends = columns.counts[rows.columns].cumsum(0)
    for part in _runs(ends, at_once):
        entries, asked = entries_of(columns, rows.columns[part])
        smaller = torch.minimum(rows.values[part][asked], columns.values[entries])
        places = owners[part][asked] * others + columns.columns[entries]
        result.view(-1).index_add_(0, places, smaller)
    return result


def _runs(ends: Int[Tensor, " entries"], at_once: int) -> list[slice]:
    """Cut entries where their pairs, summed up to `ends`, pass a multiple of `at_once`."""
    _, counts = torch.unique_consecutive(ends // at_once, return_counts=True)
    cuts = F.pad(counts.cumsum(0), (1, 0)).tolist()
    return [slice(first, last) for first, last in pairwise(cuts)]
