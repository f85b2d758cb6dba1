"""Known or new: from which similarity on two images show the same individual.

A similarity is a cosine; two images are called the same from a threshold on. Similarities that
are not finite are left out.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from elsewhere.errors import DataError

FEWEST_FALSE = 10
"""So many false matches must be expected at a rate for it to be measured: of fewer, chance says
more than the network."""

RATES = (0.01, 0.05, 0.1)
"""Rates of false alarms at which a threshold is set; the lowest that the pairs allow is taken."""


class Roc(NamedTuple):
    """Both rates at every threshold, the highest threshold first, which is infinite.

    From a threshold on, images are called the same: so many of the pairs of different individuals
    (false positive rate, 0..1), and of those of the same one (true positive rate, 0..1).
    """

    threshold: Float64[Tensor, " points"]
    false_positive_rate: Float64[Tensor, " points"]
    true_positive_rate: Float64[Tensor, " points"]


class OperatingPoint(NamedTuple):
    """What one threshold does; the rates are those of `Roc`."""

    threshold: float
    false_positive_rate: float
    true_positive_rate: float


class SameIndividual(NamedTuple):
    """When two images are called the same, and how sure; the last fields of a `Retrieval`.

    They are from the similarity `threshold` on, which calls `false_positive_rate` of the different
    pairs given the same. The probability is sigmoid(slope · similarity + offset).
    """

    threshold: float
    false_positive_rate: float
    slope: float
    offset: float


def roc(same: Float[Tensor, " same"], different: Float[Tensor, " different"]) -> Roc:
    """Both rates at every similarity that occurs."""
    same, different = _pairs(same, different)
    thresholds: Tensor = torch.cat([same, different]).unique().flip(0)  # type: ignore[no-untyped-call]
    rates = [
        1 - torch.searchsorted(each.sort().values, thresholds, side="left").double() / len(each)
        for each in (different, same)
    ]
    ends = [thresholds.new_full((1,), value) for value in (math.inf, 0.0, 0.0)]
    parts = (thresholds, *rates)
    return Roc(*(torch.cat([end, part]) for end, part in zip(ends, parts, strict=True)))


def area_under(points: Roc) -> float:
    """The chance that a pair of the same is more alike than one of different individuals.

    Ties count half; 0.5 is guessing, 1 is perfect.
    """
    return float(torch.trapezoid(points.true_positive_rate, points.false_positive_rate))


def equal_error_rate(points: Roc) -> float:
    """The rate at which as many are wrongly called the same as wrongly called different, 0..1.

    Between two thresholds the straight line counts.
    """
    missed = 1 - points.true_positive_rate
    gap = points.false_positive_rate - missed
    after = int(torch.nonzero(gap >= 0)[0])
    before = after - 1
    share = gap[before] / (gap[before] - gap[after])
    return float(missed[before] + share * (missed[after] - missed[before]))


def at_threshold(
    same: Float[Tensor, " same"], different: Float[Tensor, " different"], threshold: float
) -> OperatingPoint:
    """What a given threshold does."""
    same, different = _pairs(same, different)
    rates = [float((each >= threshold).double().mean()) for each in (different, same)]
    return OperatingPoint(threshold, *rates)


def measurable_rate(different: int) -> float | None:
    """The lowest of `RATES` that so many pairs of different individuals can measure, if any."""
    enough = (rate for rate in RATES if different * rate >= FEWEST_FALSE - 1e-6)
    return next(enough, None)


def rate_at(
    same: Float[Tensor, " same"],
    different: Float[Tensor, " different"],
    false_positive_rate: float,
) -> OperatingPoint | None:
    """The lowest threshold that calls no more than this share of different pairs the same.

    It lies halfway between two similarities that occur. None where there are fewer different pairs
    than `FEWEST_FALSE` / `false_positive_rate`, too few to measure such a rate by.
    """
    same, different = _pairs(same, different)
    # a product such as 10 000 · 0.001 may fall a hair short of the whole number
    if len(different) * false_positive_rate < FEWEST_FALSE - 1e-6:
        return None
    return at_threshold(same, different, _threshold(same, different, false_positive_rate))


def calibrate(
    same: Float[Tensor, " same"],
    different: Float[Tensor, " different"],
    *,
    false_positive_rate: float = 0.01,
    prior: float = 0.5,
) -> SameIndividual:
    """Fit threshold and probability to the pairs of validation identities.

    The threshold is the lowest that calls no more than `false_positive_rate` of the different pairs
    the same; of few different pairs, none. The probability is a logistic curve under which either
    kind of pair weighs alike, however many there are, with Platt's targets (1999), which keep it
    from certainty where few pairs are told apart perfectly; it never falls as the similarity rises.
    `prior` is how likely two images show the same individual before they are looked at.

    The outcome completes a network's retrieval: `Retrieval(vector, mirror, *calibrate(*pairs))`.
    """
    if not (0 <= false_positive_rate < 1 and 0 < prior < 1):
        raise ValueError(f"rate {false_positive_rate} and prior {prior} must lie in 0..1")
    same, different = _pairs(same, different)
    point = at_threshold(same, different, _threshold(same, different, false_positive_rate))
    slope, offset = _logistic(same, different)
    odds = math.log(prior / (1 - prior))
    return SameIndividual(point.threshold, point.false_positive_rate, slope, offset + odds)


def _pairs(same: Tensor, different: Tensor) -> tuple[Tensor, Tensor]:
    same, different = (each.double()[each.isfinite()].cpu() for each in (same, different))
    if not len(same):
        raise DataError(
            "no two images of the same individual to compare; where cameras are known, by two "
            "cameras: give some individuals a second image"
        )
    if not len(different):
        raise DataError("no two images of different individuals to compare; give two or more")
    return same, different


def _threshold(same: Tensor, different: Tensor, false_positive_rate: float) -> float:
    wanted = math.floor(len(different) * false_positive_rate + 1e-6)
    allowed = min(wanted, len(different) - 1)
    highest = different.topk(allowed + 1).values[-1]
    every = torch.cat([same, different])
    above = every[every > highest]
    ceiling = float(above.min()) if len(above) else 1.0
    floor = float(highest)
    halfway = (floor + ceiling) / 2
    return halfway if halfway > floor else math.nextafter(floor, math.inf)


def _logistic(same: Tensor, different: Tensor) -> tuple[float, float]:
    """Slope and offset by Newton's method, each kind of pair weighing one half."""
    counts = len(same), len(different)
    values = torch.cat([same, different])
    weights = torch.cat([values.new_full((n,), 0.5 / n) for n in counts])
    sure = [(counts[0] + 1) / (counts[0] + 2), 1 / (counts[1] + 2)]
    targets = torch.cat([values.new_full((n,), t) for n, t in zip(counts, sure, strict=True)])
    middle = float((weights * values).sum())
    width = float((weights * (values - middle) ** 2).sum().sqrt())
    if not width > 1e-12:
        return 0.0, 0.0
    x = torch.stack([(values - middle) / width, torch.ones_like(values)], dim=1)
    solution = _newton(x, targets, weights)
    slope = float(solution[0]) / width
    return (slope, float(solution[1]) - slope * middle) if slope > 0 else (0.0, 0.0)


def _newton(
    x: Float64[Tensor, "pairs 2"],
    targets: Float64[Tensor, " pairs"],
    weights: Float64[Tensor, " pairs"],
) -> Float64[Tensor, "2"]:
    def loss(parameters: Tensor) -> Tensor:
        return torch.nn.functional.binary_cross_entropy_with_logits(
            x @ parameters, targets, weights, reduction="sum"
        )

    now, value = x.new_zeros(2), loss(x.new_zeros(2))
    for _ in range(100):
        chance = (x @ now).sigmoid()
        slope = x.T @ (weights * (chance - targets))
        bend = (x.T * (weights * chance * (1 - chance))) @ x
        step = torch.linalg.solve(bend + 1e-12 * torch.eye(2, dtype=x.dtype), slope)
        while (after := loss(now - step)) > value and float(step.abs().max()) > 1e-12:
            step = step / 2
        now, value = now - step, torch.minimum(after, value)
        if float(step.abs().max()) < 1e-10:
            break
    return now
