import math
import statistics

import pytest

from elsewhere.reports.statistics import paired_difference, spread_of


def test_spread_is_the_sample_deviation():
    values = [0.61, 0.52, 0.74, 0.7]
    spread = spread_of(values)
    assert spread.mean == pytest.approx(statistics.mean(values))
    assert spread.deviation == pytest.approx(statistics.stdev(values))
    assert spread.runs == 4


def test_too_few_values_have_no_spread():
    assert spread_of([0.5])[0] == 0.5
    assert math.isnan(spread_of([0.5]).deviation)
    assert math.isnan(spread_of([]).mean)


def test_interval_by_hand():
    # differences .03 .04 .05: mean .04, deviation .01, t(2) = 4.302653
    gap = paired_difference({0: 0.63, 1: 0.66, 2: 0.69}, {0: 0.60, 1: 0.62, 2: 0.64})
    assert gap.spread.mean == pytest.approx(0.04)
    assert gap.spread.deviation == pytest.approx(0.01)
    assert gap.low == pytest.approx(0.04 - 4.302653 * 0.01 / math.sqrt(3))
    assert gap.high == pytest.approx(0.04 + 4.302653 * 0.01 / math.sqrt(3))


def test_only_shared_seeds_are_paired():
    gap = paired_difference({0: 0.7, 1: 0.7, 7: 0.7}, {0: 0.5, 1: 0.5, 2: 0.0})
    assert gap.spread.runs == 2
    assert gap.spread.mean == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ((0.03, 0.04, 0.05), "higher"),
        ((-0.03, -0.04, -0.05), "lower"),
        ((0.08, 0.06, 0.01), "unclear"),
        ((0.0, 0.0, 0.0), "unclear"),
        ((0.3,), "one seed"),
        ((), "no pair"),
    ],
)
def test_verdicts(differences, verdict):
    assert gap_of(differences).verdict == verdict


def test_more_seeds_make_the_same_gap_clear():
    assert gap_of([0.08, 0.06, 0.01] * 5).verdict == "higher"


def gap_of(differences):
    """Of a method that is so much better than its baseline, seed by seed."""
    ours = {seed: 0.5 + gap for seed, gap in enumerate(differences)}
    return paired_difference(ours, dict.fromkeys(range(15), 0.5))
