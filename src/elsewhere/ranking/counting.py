"""Counting how many values of a row come before given bounds, as cheaply as their number allows."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

_FEW = 0.03
"""Share of a block up to which picking out what lies before a match costs less than sorting."""
_MANY, _THREADS = 64, 2
"""Bounds from which on, and threads up to which, numpy looks them up more quickly."""
_SORTED = 2**18
"""Numbers of which a list of indices is made at once, that it stays in a processor's cache."""
_SCANNED = 2**22
"""Numbers looked through at once where single images must be found again."""


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
        if are_few(inside, _FEW):
            return _count_few(values, inside, low, high)
    ordered = sort_rows(values)
    below = _look_up(ordered, low)
    # mostly the next value is above the upper bound as well, and seeing that is cheap
    following = ordered.gather(1, below.clamp_max(values.shape[1] - 1))
    more = (following <= high) & (high < torch.inf) & (below < values.shape[1])
    rows = more.any(dim=1).nonzero()[:, 0]
    upto = below.clone()
    upto[rows] = _look_up(ordered[rows], torch.nextafter(high[rows], high.new_tensor(torch.inf)))
    return below, upto


def _look_up(ordered: Tensor, bounds: Tensor) -> Tensor:
    """Count, in each sorted row, the values below each bound."""
    many = ordered.device.type == "cpu" and bounds.shape[1] >= _MANY
    if not many or torch.get_num_threads() > _THREADS:
        return torch.searchsorted(ordered, bounds.contiguous())
    found = torch.empty(bounds.shape, dtype=torch.int64)
    # numpy uses that most bounds are no lower than the one before
    for row, its, counts in zip(ordered.numpy(), bounds.numpy(), found.numpy(), strict=True):
        counts[:] = row.searchsorted(its)
    return found


def are_few(inside: Bool[Tensor, "rows columns"], share: float) -> bool:
    """Whether less than a share is marked, by every eighth row, whom the others are like."""
    some = inside[::8]
    return int(some.count_nonzero()) < share * some.numel()


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


def order_rows(values: Shaped[Tensor, "rows columns"]) -> Int[Tensor, "rows columns"]:
    """Indices that sort each row; of equal values any one may come first."""
    if values.device.type != "cpu":
        return values.argsort(dim=1)
    return torch.from_numpy(values.numpy().argsort(axis=1))


def smallest_of_rows(
    values: Shaped[Tensor, "rows columns"], count: int
) -> Int[Tensor, "rows count"]:
    """Where the smallest values of each row are, in no order."""
    if values.device.type != "cpu":
        return values.topk(count, dim=1, largest=False, sorted=False).indices
    found = torch.empty(len(values), count, dtype=torch.int64)
    step = max(1, _SORTED // values.shape[1])
    for start in range(0, len(values), step):
        places = values[start : start + step].numpy().argpartition(count - 1, axis=1)
        found[start : start + step] = torch.from_numpy(places[:, :count])
    return found


def marked(
    mask: Bool[Tensor, "rows columns"],
) -> tuple[Int[Tensor, " found"], Int[Tensor, " found"]]:
    """Rows and columns of what is marked, row after row; quick where that is little."""
    if mask.device.type != "cpu":
        rows, columns = mask.nonzero(as_tuple=True)
        return rows, columns
    found = np.divmod(np.flatnonzero(mask.contiguous().numpy()), mask.shape[1])
    return torch.from_numpy(found[0]), torch.from_numpy(found[1])


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
        bound, column = marked(inside)
        bounds.append(bound + start)
        columns.append(column)
    return torch.cat(bounds), torch.cat(columns)


def ties_before(
    values: Float[Tensor, "rows columns"],
    rows: Int[Tensor, " bounds"],
    keys: Float[Tensor, " bounds"],
    ends: Int[Tensor, " bounds"],
) -> Int[Tensor, " bounds"]:
    """Count the values of a row that equal a key, in front of a column."""
    counts = torch.zeros_like(rows)
    columns = torch.arange(values.shape[1], device=values.device)
    step = max(1, _SCANNED // values.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        equal = values[rows[part]] == keys[part, None]
        counts[part] = (equal & (columns < ends[part, None])).sum(dim=1)
    return counts
