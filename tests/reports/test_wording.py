import itertools
import math

import pytest

from elsewhere.reports.statistics import Difference, Spread
from elsewhere.reports.wording import (
    listing,
    number_ranges,
    percent,
    points,
    spread_text,
)


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
