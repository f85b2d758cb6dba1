"""Several runs: means, spreads, and differences that the numbers bear out."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple


class Spread(NamedTuple):
    """Mean and sample standard deviation of runs.

    Attributes:
        mean: NaN without runs.
        deviation: with n - 1 below; NaN with fewer than two runs.
        runs: how many.
    """

    mean: float
    deviation: float
    runs: int


class Difference(NamedTuple):
    """A method less the baseline, paired by seed.

    Attributes:
        spread: of the paired differences.
        low: lower end of the 95 % interval of the mean difference (Student's t); NaN for one pair.
        high: its upper end.
        verdict: "higher" or "lower" where the interval leaves zero out, "unclear" where it does
            not, "one seed" where there is no spread to judge by, "no pair" without a shared seed.
    """

    spread: Spread
    low: float
    high: float
    verdict: Literal["higher", "lower", "unclear", "one seed", "no pair"]


def spread_of(values: Sequence[float]) -> Spread:
    """Mean, sample standard deviation and number of the values."""
    runs = len(values)
    if runs == 0:
        return Spread(math.nan, math.nan, 0)
    mean = math.fsum(values) / runs
    if runs == 1:
        return Spread(mean, math.nan, 1)
    return Spread(mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (runs - 1)), runs)


def paired_difference(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Difference:
    """Compare two lists of numbers, each by its seed, over the seeds that both have."""
    spread = spread_of([ours[seed] - theirs[seed] for seed in sorted(ours.keys() & theirs.keys())])
    if spread.runs < 2:
        verdict: Literal["one seed", "no pair"] = "one seed" if spread.runs else "no pair"
        return Difference(spread, math.nan, math.nan, verdict)
    low, high = interval_of(spread)
    if low > 0:
        return Difference(spread, low, high, "higher")
    return Difference(spread, low, high, "lower" if high < 0 else "unclear")


def interval_of(spread: Spread) -> tuple[float, float]:
    """The 95 % interval of a mean by Student's t; NaN for fewer than two runs."""
    if spread.runs < 2:
        return math.nan, math.nan
    from scipy.special import stdtrit  # many a verb never asks

    reach = float(stdtrit(spread.runs - 1, 0.975)) * spread.deviation / math.sqrt(spread.runs)
    return spread.mean - reach, spread.mean + reach


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper and Pearson, 1934), each end in 0..1.

    Args:
        hits: how many were right.
        of: of how many, each independent of the others; 0 and 1 are the ends for none.
    """
    from scipy.special import betaincinv  # only a card asks

    low = float(betaincinv(hits, of - hits + 1, 0.025)) if hits else 0.0
    return low, float(betaincinv(hits + 1, of - hits, 0.975)) if hits < of else 1.0
