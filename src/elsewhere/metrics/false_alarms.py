"""How often different individuals are taken for the same, and how far that can be known."""

import math

import torch
from jaxtyping import Bool, Int64
from scipy.special import stdtrit
from torch import Tensor

from elsewhere.metrics.verification import FEWEST_FALSE

RATES = (0.01, 0.05, 0.1)
"""Rates of false alarms at which a threshold is set; the lowest that the pairs allow is taken."""


def measurable_rate(different: int) -> float | None:
    """The lowest of `RATES` that so many pairs of different individuals can measure, if any."""
    enough = (rate for rate in RATES if different * rate >= FEWEST_FALSE - 1e-6)
    return next(enough, None)


def false_alarm_interval(
    called_same: Bool[Tensor, " pairs"],
    between: Int64[Tensor, "pairs 2"],
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Interval of the rate at which new individuals will be confused.

    An individual is in many pairs, so pairs are not independent. Each individual is left out in
    turn (jackknife), and Student's t stands on the rates' log-odds, with half a pair added to
    either side; `benchmarks/measure_intervals.py` counts how often it covers the truth.

    Args:
        called_same: which pairs of different individuals the threshold calls the same.
        between: the two individuals of each pair.
        confidence: how often such an interval shall cover the true rate, in 0..1.

    Returns:
        Both ends in 0..1; 0 and 1 where fewer than three individuals say anything.
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


def _log_odds(hits: Tensor, of: Tensor) -> Tensor:
    return ((hits + 0.5) / (of - hits + 0.5)).log()
