"""How far figures might have come out otherwise: means over queries, rates of false alarms."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from scipy.special import ndtr, stdtrit
from torch import Tensor

_AT_ONCE = 2**22


def bootstrap_interval(
    values: Float[Tensor, " queries"],
    *,
    groups: Sequence[int] | Sequence[str] | None = None,
    confidence: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Interval of the mean over queries, by expanded percentiles of resampled means.

    The plain percentiles of n resampled groups are too narrow: their spread is smaller by
    √((n-1)/n), and that they estimate it costs what separates Student's t from the normal. So
    percentiles further out are taken (Hesterberg, 2015); `benchmarks/measure_intervals.py` counts
    how often they cover the truth, which shall be `confidence`, in 0..1.

    Queries of one individual resemble each other: asked again, they would fail or succeed together.
    With `groups`, whole groups are drawn instead of single queries, which makes the interval as
    wide as that demands.

    Values that are not finite, such as of a query without a match, are left out. Both ends are NaN
    where fewer than two groups (or queries) have a value, since one shows no spread. The draws
    depend on `seed` alone.
    """
    known = values.isfinite().cpu()
    sums = values.cpu().double()[known]
    counts = torch.ones_like(sums)
    if groups is not None:
        if len(groups) != len(known):
            raise ValueError(f"{len(known)} values, but {len(groups)} groups")
        sums, counts = _by_group(sums, np.asarray(groups)[known.numpy()])
    if len(sums) < 2:
        return math.nan, math.nan
    means = _resampled_means(sums, counts, draws, seed)
    outside = _expanded((1 - confidence) / 2, len(sums))
    low, high = means.quantile(torch.tensor([outside, 1 - outside], dtype=means.dtype)).tolist()
    return low, high


def false_alarm_interval(
    called_same: Bool[Tensor, " pairs"],
    between: Int64[Tensor, "pairs 2"],
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Interval of the rate at which new individuals will be confused.

    An individual is in many pairs, so pairs are not independent. Each individual is left out in
    turn (jackknife), and Student's t stands on the rates' log-odds, with half a pair added to
    either side; `benchmarks/measure_intervals.py` counts how often it covers the truth, which shall
    be `confidence`, in 0..1.

    `called_same` says which pairs of different individuals, `between`, the threshold calls the
    same. Both ends are in 0..1; 0 and 1 where fewer than three individuals say anything.
    """
    numbers = torch.unique(between, return_inverse=True)[1]
    individuals = int(numbers.max()) + 1 if len(numbers) else 0
    if individuals < 3:
        return 0.0, 1.0
    confused, pairs = (
        torch.zeros(individuals, dtype=torch.float64).index_add(
            0, numbers.flatten(), each.double().repeat_interleave(2)
        )
        for each in (called_same, torch.ones_like(called_same))
    )
    total = float(called_same.sum())
    without = _log_odds(total - confused, len(called_same) - pairs)
    spread = math.sqrt((individuals - 1) * float(without.var(correction=0)))
    reach = float(stdtrit(individuals - 1, (1 + confidence) / 2)) * spread
    middle = _log_odds(torch.tensor(total), torch.tensor(len(called_same)))
    low, high = (float((middle + way * reach).sigmoid()) for way in (-1, 1))
    return low, high


def _expanded(outside: float, units: int) -> float:
    """The percentile that stands for `outside` with so few units."""
    return float(ndtr(math.sqrt(units / (units - 1)) * stdtrit(units - 1, outside)))


def _by_group(
    values: Float64[Tensor, " known"], groups: np.ndarray
) -> tuple[Float64[Tensor, " groups"], Float64[Tensor, " groups"]]:
    """Sum and number of each group's values."""
    names, places = np.unique(groups, return_inverse=True)
    index = torch.from_numpy(places.astype(np.int64))
    nothing = torch.zeros(len(names), dtype=values.dtype)
    return nothing.index_add(0, index, values), nothing.index_add(0, index, torch.ones_like(values))


def _resampled_means(
    sums: Float64[Tensor, " units"], counts: Float64[Tensor, " units"], draws: int, seed: int
) -> Float64[Tensor, " draws"]:
    generator = torch.Generator().manual_seed(seed)
    units = len(sums)
    at_once = max(1, _AT_ONCE // units)
    means = []
    for start in range(0, draws, at_once):
        shape = (min(at_once, draws - start), units)
        drawn = torch.randint(units, shape, generator=generator)
        means.append(sums[drawn].sum(dim=1) / counts[drawn].sum(dim=1))
    return torch.cat(means)


def _log_odds(hits: Tensor, of: Tensor) -> Tensor:
    return ((hits + 0.5) / (of - hits + 0.5)).log()
