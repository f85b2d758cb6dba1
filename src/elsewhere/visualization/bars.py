"""Shares of images side by side, as SVG: such as training and test (figure 2)."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from elsewhere.visualization.charts import SERIES, Axis, shortened, svg_element

_LEFT, _RIGHT, _WIDTH = 246.0, 560.0, 680
_THICK, _APART, _LONGEST = 13, 12, 36
_GROUP, _TOP = 34, 30
_FIRST = 1
"""Number of the first series' colour."""


class Bars(NamedTuple):
    """One row of a bar chart.

    Attributes:
        name: shown at the left.
        counts: a pair for each series: in how many images something was seen, and of how many.
    """

    name: str
    counts: Sequence[tuple[int, int]]


def bar_chart(groups: Mapping[str, Sequence[Bars]], series: Sequence[str], *, label: str) -> str:
    """Draw for each row a bar a series: the share of images in which something was seen.

    Behind each bar stand its two numbers. Where there is no image there is no bar, and "no images"
    is written.

    Args:
        groups: rows under a heading each.
        series: what each bar of a row is, in the order of the rows' counts.
        label: what the axis measures; shown in percent from 0.

    Returns:
        One `<svg>` element, 680 units wide, that scales with its place.

    Raises:
        ValueError: a row has not one pair of counts for each series.
    """
    rows = [row for group in groups.values() for row in group]
    if any(len(row.counts) != len(series) for row in rows):
        raise ValueError(f"each row needs {len(series)} counts: {', '.join(series)}")
    row_height = _THICK * len(series) + _APART
    height = _TOP + _GROUP * len(groups) + row_height * len(rows) + 44
    shares = [seen / of for row in rows for seen, of in row.counts if of]
    axis = Axis([0.0, *shares], _LEFT, _RIGHT)
    parts = [_legend(series), axis.vertical_grid(_TOP, height - 40)]
    y = float(_TOP)
    for title, group in groups.items():
        parts.append(f'<text class="b" x="0" y="{y + 20:.0f}">{escape(title)}</text>')
        y += _GROUP
        for row in group:
            parts.append(_row(row, axis, y))
            y += row_height
    middle = (_LEFT + _RIGHT) / 2
    parts.append(f'<text class="m c" x="{middle:.0f}" y="{height - 4}">{escape(label)}</text>')
    return svg_element(_WIDTH, height, "".join(parts), label)


def _row(row: Bars, axis: Axis, y: float) -> str:
    middle = y + _THICK * len(row.counts) / 2
    parts = [
        f'<text class="r" x="{_LEFT - 12:.0f}" y="{middle + 4.5:.1f}">'
        f"<title>{escape(row.name)}</title>{escape(shortened(row.name, _LONGEST))}</text>"
    ]
    for number, (seen, of) in enumerate(row.counts):
        top = y + _THICK * number
        end = axis.place(seen / of) if of else _LEFT
        words = f"{100 * seen / of:.0f} % · {seen:,} of {of:,}" if of else "no images"
        parts.append(
            f'<rect x="{_LEFT:.1f}" y="{top + 1:.1f}" width="{end - _LEFT:.1f}"'
            f' height="{_THICK - 2}" fill="var(--s{(_FIRST + number) % SERIES})"/>'
            f'<text class="m" x="{end + 6:.1f}" y="{top + _THICK - 2.5:.1f}">{words}</text>'
        )
    return "".join(parts)


def _legend(series: Sequence[str]) -> str:
    parts, x = [], _LEFT
    for number, name in enumerate(series):
        parts.append(
            f'<rect x="{x:.1f}" y="4" width="12" height="12"'
            f' fill="var(--s{(_FIRST + number) % SERIES})"/>'
            f'<text x="{x + 18:.1f}" y="14.5">{escape(name)}</text>'
        )
        x += 18 + 7.2 * len(name) + 22
    return "".join(parts)
