import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elsewhere.reports.statistics import Difference, Spread
from elsewhere.reports.wording import (
    listing,
    number_ranges,
    percent,
    points,
    spread_text,
    verdict_sentence,
)


def say(verdict, mean=0.032, deviation=0.011, runs=3):
    gap = Difference(Spread(mean, deviation, runs), mean - 0.01, mean + 0.01, verdict)
    return verdict_sentence("CAL", "baseline", gap)


def test_a_clear_gain_is_said_with_its_spread():
    assert say("higher") == "CAL: +3.2 ± 1.1 points over 3 seeds, higher than baseline."


def test_a_clear_loss_is_said_as_plainly():
    assert say("lower", -0.062) == "CAL: -6.2 ± 1.1 points over 3 seeds, lower than baseline."


def test_an_unclear_gain_is_no_gain():
    words = say("unclear")
    assert "no clear difference" in words
    assert "higher" not in words


@pytest.mark.parametrize("verdict", ["one seed", "no pair"])
def test_one_seed_claims_nothing(verdict):
    words = say(verdict, 0.3, math.nan, 1)
    assert not {"higher", "lower", "better"} & set(
        words.replace(".", " ").replace(",", " ").split()
    )


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=8))
def test_higher_is_said_only_if_the_interval_leaves_zero_out(gaps):
    from elsewhere.reports.statistics import difference_of

    ours = [{"seed": seed, "value": gap} for seed, gap in enumerate(gaps)]
    theirs = [{"seed": seed, "value": 0.0} for seed in range(len(gaps))]
    gap = difference_of(ours, theirs, lambda run: run["value"])
    words = verdict_sentence("CAL", "baseline", gap)
    assert ("higher" in words) == (gap.low > 0)
    assert ("lower" in words) == (gap.high < 0)


def test_numbers_as_text():
    assert percent(0.7134) == "71.3"
    assert percent(None) == percent(math.nan) == "–"
    assert spread_text(Spread(0.713, 0.02, 3)) == "71.3 ± 2.0"
    assert spread_text(Spread(0.713, math.nan, 1)) == "71.3"
    assert points(Difference(Spread(-0.05, math.nan, 1), math.nan, math.nan, "one seed")) == "-5.0"


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([3], "3"), ([2, 0, 1], "0-2"), ([0, 1, 5, 7, 8], "0-1, 5, 7-8")],
)
def test_number_ranges(numbers, text):
    for order in itertools.islice(itertools.permutations(numbers), 6):
        assert number_ranges(order) == text


def test_listing():
    assert [listing(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
