import math

from elsewhere.reports.statistics import Difference, Spread
from elsewhere.reports.wording import (
    listing,
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


def test_listing():
    assert [listing(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
