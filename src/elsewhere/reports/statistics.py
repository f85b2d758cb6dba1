"""Several runs of several methods: means, spreads, and differences that the numbers bear out."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar

from elsewhere.reports.documents import figure_at
from elsewhere.reports.result import RunFacts, RunResult

# fmt: off
_T95: tuple[float, ...] = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)
# fmt: on
"""Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom."""

Run = TypeVar("Run", bound=RunFacts)
Measure = Callable[[Run], float | None]
"""What is asked of a run; None where it was not measured."""
Groups = Mapping[str, Sequence[Run]]
"""Runs by their method."""


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


def accuracy_of(split: str, view: str = "raw") -> Measure[RunResult]:
    """What to ask a run for its top-1 accuracy on a split."""
    return lambda result: figure_at(result, "splits", split, "accuracy", view, "top1")


def inside_of(
    split: str, what: Literal["attention_inside", "evidence_inside", "box_area"]
) -> Measure[RunResult]:
    """What to ask a run for a share of its localization."""
    return lambda result: figure_at(result, "splits", split, "localization", what)


def effect_of(split: str, scale: Literal["logit", "probability"]) -> Measure[RunResult]:
    """What to ask a run for its mean effect (eq. 5)."""
    return lambda result: figure_at(result, "splits", split, "effect", scale)


def by_method(results: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs under the name of their method, both in the order of first appearance."""
    groups: dict[str, list[Run]] = {}
    for result in results:
        groups.setdefault(result["method"], []).append(result)
    return groups


def split_names(results: Sequence[RunResult]) -> list[str]:
    """Every split that any run was measured on, in the order of first appearance."""
    return list(dict.fromkeys(name for result in results for name in result["splits"]))


def seeds_of(runs: Sequence[Run]) -> set[int]:
    """The seeds that there are."""
    return {run["seed"] for run in runs}


def values_of(results: Sequence[Run], measure: Measure[Run]) -> list[float]:
    """The measured numbers, those missing or not finite left out."""
    found = (measure(result) for result in results)
    return [value for value in found if value is not None and math.isfinite(value)]


def spread_over(results: Sequence[Run], measure: Measure[Run]) -> Spread:
    """Mean and deviation of what was measured of several runs."""
    return spread_of(values_of(results, measure))


def spread_of(values: Sequence[float]) -> Spread:
    """Mean, sample standard deviation and number of the values."""
    runs = len(values)
    if runs == 0:
        return Spread(math.nan, math.nan, 0)
    mean = math.fsum(values) / runs
    if runs == 1:
        return Spread(mean, math.nan, 1)
    return Spread(mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (runs - 1)), runs)


def difference_of(
    method: Sequence[Run], baseline: Sequence[Run], measure: Measure[Run]
) -> Difference:
    """Compare two methods over the seeds that both have."""
    return paired_difference(_by_seed(method, measure), _by_seed(baseline, measure))


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
    reach = _t95(spread.runs - 1) * spread.deviation / math.sqrt(spread.runs)
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


def _by_seed(results: Sequence[Run], measure: Measure[Run]) -> Mapping[int, float]:
    measured = ((result["seed"], measure(result)) for result in results)
    return {seed: v for seed, v in measured if v is not None and math.isfinite(v)}


def _t95(freedom: int) -> float:
    """The 95 % point of t; beyond 30 degrees of freedom that of 30, which errs on the wide side."""
    return _T95[min(freedom, len(_T95)) - 1]
