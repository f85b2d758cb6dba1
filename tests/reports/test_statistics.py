import math
import statistics

import pytest

from elsewhere.reports.statistics import accuracy_of, difference_of, inside_of, spread_of, values_of


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


def test_interval_by_hand(runs):
    # differences .03 .04 .05: mean .04, deviation .01, t(2) = 4.303
    gap = difference_of(runs[3:], runs[:3], accuracy_of("test-unbiased"))
    assert gap.spread.mean == pytest.approx(0.04)
    assert gap.spread.deviation == pytest.approx(0.01)
    assert gap.low == pytest.approx(0.04 - 4.303 * 0.01 / math.sqrt(3))
    assert gap.high == pytest.approx(0.04 + 4.303 * 0.01 / math.sqrt(3))


def test_only_shared_seeds_are_paired(run):
    ours = [run("cal", seed, unbiased=0.7) for seed in (0, 1, 7)]
    theirs = [run("baseline", seed, unbiased=0.5 if seed < 2 else 0.0) for seed in (0, 1, 2)]
    gap = difference_of(ours, theirs, accuracy_of("test-unbiased"))
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
def test_verdicts(run, differences, verdict):
    ours = [run("cal", seed, unbiased=0.5 + gap) for seed, gap in enumerate(differences)]
    theirs = [run("baseline", seed, unbiased=0.5) for seed in range(3)]
    assert difference_of(ours, theirs, accuracy_of("test-unbiased")).verdict == verdict


def test_more_seeds_make_the_same_gap_clear(run):
    gaps = [0.08, 0.06, 0.01] * 5
    ours = [run("cal", seed, unbiased=0.5 + gap) for seed, gap in enumerate(gaps)]
    theirs = [run("baseline", seed, unbiased=0.5) for seed in range(15)]
    assert difference_of(ours, theirs, accuracy_of("test-unbiased")).verdict == "higher"


def test_what_was_not_measured_is_left_out(run):
    bare = run()
    bare["splits"]["test"]["localization"] = None
    assert values_of([bare, run()], inside_of("test", "box_area")) == [0.251]
    assert values_of([bare], accuracy_of("no such split")) == []
    assert values_of([bare], accuracy_of("test", "no such view")) == []
