"""Charts as SVG: no script, no outside file, and colours that follow a light or dark page."""

import math
from collections.abc import Mapping, Sequence
from html import escape

STYLE = """<style>
.ew{--ink:#1a1d21;--muted:#6a7079;--grid:#e4e6ea;--s0:#6a7079;--s1:#c4500b;--s2:#0b6fb3;--s3:#0b7d4b;
--s4:#8a4fb8;--s5:#a8821a;font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
@media (prefers-color-scheme:dark){.ew{--ink:#e8eaed;--muted:#9aa1ab;--grid:#33383f;--s0:#a3abb5;
--s1:#ff9a4d;--s2:#5fb4ee;--s3:#4cc38a;--s4:#c79bee;--s5:#e0c060}}
.ew text{fill:var(--ink)}.ew .m{fill:var(--muted);font-size:12px}.ew .b{font-weight:600}
.ew .g{stroke:var(--grid)}.ew .r{text-anchor:end}.ew .c{text-anchor:middle}
</style>"""
_LONGEST = 22  # characters of a name that stand beside a line's end
SERIES = 6
"""Colours there are; further series start again at the first."""


def line_chart(
    lines: Mapping[str, Sequence[tuple[float, float]]],
    *,
    x_label: str,
    y_label: str,
    ticks: Mapping[float, str] | None = None,
) -> str:
    """Draw a fraction against epochs or steps, one line a series, named at its end.

    Args:
        lines: points (x, fraction 0..1) in the order of x; points not finite are left out.
        x_label: what the horizontal axis counts.
        y_label: what the vertical axis measures; shown in percent.
        ticks: what stands where on the horizontal axis; whole numbers if not given.

    Returns:
        One `<svg>` element, 680 units wide, that scales with its place.
    """
    clean = {
        name: [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        for name, points in lines.items()
    }
    points = [point for line in clean.values() for point in line]
    axis = Axis([y for _, y in points], 270.0, 30.0)
    first = min((x for x, _ in points), default=0.0)
    last = max((x for x, _ in points), default=1.0)
    stretch = 460 / (last - first) if last > first else 0.0
    marks = _whole_ticks(first, last) if ticks is None else ticks
    parts = [axis.horizontal_grid(44, 504), _marks(marks, first, last, stretch)]
    for number, line in enumerate(clean.values()):
        places = [(44 + (x - first) * stretch, axis.place(y)) for x, y in line]
        parts.append(_polyline(places, number % SERIES))
    parts.append(_end_names([(n, axis.place(line[-1][1])) for n, line in clean.items() if line]))
    return _labelled(parts, x_label, y_label)


def roc_chart(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    *,
    x_label: str,
    y_label: str,
    marked: Mapping[str, tuple[float, float]] | None = None,
) -> str:
    """Draw true against false positives, the latter by orders of ten, down to one in 10,000.

    Args:
        curves: points (false, true positive rate), both 0..1, in the order of the former; a rate
            below the axis lies on its left end.
        x_label: what the horizontal axis measures.
        y_label: what the vertical axis measures.
        marked: points on the curves to be named, such as a threshold; drawn as rings.

    Returns:
        One `<svg>` element, 680 units wide, that scales with its place.
    """
    axis = Axis([0.0, 1.0], 270.0, 30.0)
    lowest = _lowest_order([x for curve in curves.values() for x, _ in curve])
    parts = [axis.horizontal_grid(44, 504), _order_ticks(lowest)]
    guess = [(_order_place(x, lowest), axis.place(x)) for x in _guesses(lowest)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in guess)
    parts.append(
        f'<polyline points="{path}" fill="none" stroke="var(--muted)" stroke-dasharray="3 4"/>'
    )
    for number, curve in enumerate(curves.values()):
        places = [(_order_place(x, lowest), axis.place(y)) for x, y in curve]
        parts.append(_polyline(places, number % SERIES, dots=False))
    parts.append(_end_names([(name, axis.place(1.0)) for name in curves]))
    for name, (x, y) in (marked or {}).items():
        parts.append(_ring(name, _order_place(x, lowest), axis.place(y)))
    return _labelled(parts, x_label, y_label)


class Axis:
    """Fractions to places, over a range of round percentages that holds all of them.

    Args:
        values: the fractions.
        start: place of the lowest percentage.
        end: place of the highest.

    Attributes:
        low: lowest percentage.
        high: highest.
        step: between two ticks.
    """

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        finite = [100 * value for value in values if math.isfinite(value)] or [0.0, 100.0]
        low, high = min(finite), max(finite)
        steps = (step for step in (1, 2, 5, 10, 20, 25) if (high - low) / step <= 6)
        self.step = next(steps, 25)
        self.low = max(0, math.floor(low / self.step - 0.25) * self.step)
        self.high = min(100, math.ceil(high / self.step + 0.25) * self.step)
        self._start = start
        self._slope = (end - start) / (self.high - self.low)

    def place(self, value: float) -> float:
        """Where a fraction lies."""
        return self._start + (100 * value - self.low) * self._slope

    def vertical_grid(self, top: float, bottom: float) -> str:
        """Lines from top to bottom, percentages below them."""
        return "".join(
            f'<line class="g" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'
            f'<text class="m c" x="{x:.1f}" y="{bottom + 18}">{tick} %</text>'
            for tick, x in self._ticks()
        )

    def horizontal_grid(self, left: float, right: float) -> str:
        """Lines from left to right, percentages before them."""
        return "".join(
            f'<line class="g" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="m r" x="{left - 8}" y="{y + 4:.1f}">{tick} %</text>'
            for tick, y in self._ticks()
        )

    def _ticks(self) -> list[tuple[int, float]]:
        ticks = range(int(self.low), int(self.high) + 1, self.step)
        return [(tick, self.place(tick / 100)) for tick in ticks]


def _polyline(places: Sequence[tuple[float, float]], series: int, *, dots: bool = True) -> str:
    if not places:
        return ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    circles = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="var(--s{series})"/>'
        for x, y in (places if dots else ())
    )
    return (
        f'<polyline points="{path}" fill="none" stroke="var(--s{series})" stroke-width="2"'
        f' stroke-linejoin="round"/>{circles}'
    )


def _end_names(ends: Sequence[tuple[str, float]]) -> str:
    """Names at the lines' ends, moved apart so that none lies over another."""
    order = sorted(range(len(ends)), key=lambda n: ends[n][1])
    parts, lowest = [], -math.inf
    for n in order:
        name, y = ends[n]
        lowest = max(y, lowest + 17)
        shown = shortened(name, _LONGEST)
        whole = f"<title>{escape(name)}</title>" if shown != name else ""
        parts.append(
            f'<text x="514" y="{lowest + 4.5:.1f}" style="fill:var(--s{n % SERIES})">'
            f"{whole}{escape(shown)}</text>"
        )
    return "".join(parts)


def shortened(name: str, longest: int) -> str:
    """A name that fits: cut with an ellipsis where it has more than `longest` characters."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def _whole_ticks(first: float, last: float) -> dict[float, str]:
    span = last - first
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if span / s <= 10), 1000)
    start = math.ceil(first / step) * step
    return {tick: str(tick) for tick in range(start, math.floor(last) + 1, step)}


def _marks(marks: Mapping[float, str], first: float, last: float, stretch: float) -> str:
    return "".join(
        f'<text class="m c" x="{44 + (at - first) * stretch:.1f}" y="290">{escape(text)}</text>'
        for at, text in marks.items()
        if first <= at <= last
    )


def _lowest_order(rates: Sequence[float]) -> int:
    """The order of ten that the axis starts at: of the smallest rate, at most one in 10,000."""
    smallest = min((rate for rate in rates if rate > 0), default=1.0)
    return min(-1, max(-4, math.floor(math.log10(smallest))))


def _order_place(rate: float, lowest: int) -> float:
    order = math.log10(max(rate, 10.0**lowest))
    return 44 + 460 * (1 - order / lowest)


def _order_ticks(lowest: int) -> str:
    return "".join(
        f'<line class="g" x1="{x:.1f}" x2="{x:.1f}" y1="30" y2="270"/>'
        f'<text class="m c" x="{x:.1f}" y="290">{100 * 10.0**order:g} %</text>'
        for order in range(lowest, 1)
        for x in [_order_place(10.0**order, lowest)]
    )


def _guesses(lowest: int) -> list[float]:
    """Rates close enough to each other for the bent line of guessing."""
    return [10 ** (lowest * (1 - step / 40)) for step in range(41)]


def _labelled(parts: Sequence[str], x_label: str, y_label: str) -> str:
    """The shapes of a chart of lines between the names of its two axes."""
    names = (
        f'<text class="m" x="0" y="14">{escape(y_label)}</text>'
        f'<text class="m c" x="274" y="312">{escape(x_label)}</text>'
    )
    return svg_element(680, 318, "".join(parts) + names, f"{y_label} against {x_label}")


def _ring(name: str, x: float, y: float) -> str:
    left = x > 300  # its words must stay on the chart
    place = f'class="b r" x="{x - 10:.1f}"' if left else f'class="b" x="{x + 10:.1f}"'
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="none" stroke="var(--ink)"'
        f' stroke-width="2"/><text {place} y="{y + 20:.1f}">{escape(name)}</text>'
    )


def svg_element(width: int, height: float, inside: str, title: str) -> str:
    """A whole chart around its finished shapes, in the style that all share."""
    return (
        f'<svg class="ew" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}"'
        f' role="img" aria-label="{escape(title)}">{STYLE}{inside}</svg>'
    )
