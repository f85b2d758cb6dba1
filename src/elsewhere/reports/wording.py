"""Numbers into words. What is said of a difference follows from its size and spread alone."""

import math
from collections.abc import Sequence

from elsewhere.reports.statistics import Difference, Spread, interval_of

UNKNOWN = "–"
"""What stands where nothing was measured."""


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as percent without the sign, "–" where it was not measured."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{100 * value:.{digits}f}"


def number(value: float | None, digits: int = 3) -> str:
    """A plain number, "–" where it was not measured."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def spread_text(spread: Spread) -> str:
    """Mean ± standard deviation in percent: "71.3 ± 2.0"; the mean alone for one run."""
    if spread.runs < 2:
        return percent(spread.mean)
    return f"{percent(spread.mean)} ± {percent(spread.deviation)}"


def mean_text(spread: Spread) -> str:
    """Mean and its 95 % interval in percent: "71.3 [69.8, 72.8]"; the mean alone for one run."""
    low, high = interval_of(spread)
    return percent(spread.mean) + (f" [{percent(low)}, {percent(high)}]" if spread.runs > 1 else "")


def points(difference: Difference) -> str:
    """A difference in percentage points: "+3.2 ± 1.1"."""
    spread = difference.spread
    if spread.runs == 0:
        return UNKNOWN
    text = f"{100 * spread.mean:+.1f}"
    return text if spread.runs == 1 else f"{text} ± {percent(spread.deviation)}"


def interval_text(difference: Difference) -> str:
    """The 95 % interval in points: "[+0.5, +5.9]", "–" where there is none."""
    if difference.spread.runs < 2:
        return UNKNOWN
    return f"[{100 * difference.low:+.1f}, {100 * difference.high:+.1f}]"


def gain_text(difference: Difference) -> str:
    """The mean and its 95 % interval, in points: "+3.2 [+0.5, +5.9]"."""
    return f"{100 * difference.spread.mean:+.1f} {interval_text(difference)}"


def counted(count: int, one: str, several: str = "") -> str:
    """Count things: "1 seed", "3 seeds", "2 classes" where the plural is not in s."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def listing(words: Sequence[str]) -> str:
    """Join words: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
