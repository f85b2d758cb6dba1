"""How far a mean over queries might have come out otherwise, had other queries been asked."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float64
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
    √((n - 1) / n), and that they estimate it costs what separates Student's t from the normal.
    So percentiles further out are taken (Hesterberg, 2015); `benchmarks/measure_intervals.py`
    counts how often they cover the truth.

    Queries of one individual resemble each other: asked again, they would fail or succeed
    together. With `groups`, whole groups are drawn instead of single queries, which makes the
    interval as wide as that demands.

    Args:
        values: one a query, such as its average precision; those that are not finite, such as of
            a query without a match, are left out.
        groups: of every query, such as its identity; None where each stands for itself.
        confidence: how often such an interval shall cover the truth, in 0..1.
        draws: how often is resampled.
        seed: of the draws, which depend on nothing else.

    Returns:
        Lower and upper end; NaN where fewer than two groups (or queries) have a value, since one
        shows no spread.

    Raises:
        ValueError: `groups` is not as long as `values`.
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
