"""The texts of a collected table, the same for terminal, Markdown and HTML."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from elsewhere.reports.reproduce.collected import NOT_RUN, Cell, Collected, Gain
from elsewhere.reports.reproduce.paper import NOT_PRINTED
from elsewhere.reports.reproduce.sets import MEASURES, TITLES, measure_of, set_of
from elsewhere.reports.wording import UNKNOWN, interval_text, points, seeds_text, spread_text

WIDEST = 3
"""Columns of the paper that one table of ours holds: each takes three of its own."""


class Panel(NamedTuple):
    """A part of the table that is narrow enough to read.

    Attributes:
        title: empty where the table has one part only.
        header: texts of all columns, that of the methods first.
        quoted: rows of methods that others measured.
        measured: rows of methods that were to be measured.
    """

    title: str
    header: list[str]
    quoted: list[list[str]]
    measured: list[list[str]]


def panels(collected: Collected, widest: int = WIDEST) -> list[Panel]:
    """The table in parts: all in one where it is narrow, else each set by itself.

    Args:
        collected: the experiment as far as it has been run.
        widest: columns of the paper that one part holds; each takes three of its own.
    """
    columns = collected.experiment.columns
    sets = collected.experiment.sets
    if len(sets) == len(columns) <= widest:
        return [_panel("", columns, collected)]
    of_sets = [[column for column in columns if set_of(column) == name] for name in sets]
    return [
        _panel(TITLES[set_of(part[0])], part, collected)
        for each in of_sets
        for part in (each[start : start + widest] for start in range(0, len(each), widest))
    ]


def column_title(column: str, *, alone: bool = False) -> str:
    """A column in words: "CUB-200-2011 top-1", or "top-1" under the set's own title."""
    measure = MEASURES[measure_of(column)]
    return measure if alone else f"{TITLES[set_of(column)]} {measure}"


def gain_rows(gains: Sequence[Gain]) -> list[list[str]]:
    """Gains over the baseline: method, column, the paper's, measured, interval, seeds."""
    return [
        [
            gain.method,
            column_title(gain.column),
            UNKNOWN if gain.printed is None else f"{gain.printed:+.1f}",
            points(gain.measured),
            interval_text(gain.measured),
            str(gain.measured.spread.runs),
        ]
        for gain in gains
    ]


GAIN_HEADER = ["gain over its baseline", "", "paper", "measured", "95 % interval", "seeds"]


def sweep_rows(collected: Collected) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the sweep of thresholds, plain and padded boxes, in percent."""
    if not collected.sweeps:
        return [], []
    thresholds = sorted(collected.sweeps[0].plain)
    header = ["mIoU by threshold, %", "box", *(f"{at:g}" for at in thresholds)]
    rows = [
        [sweep.method, kind, *(f"{100 * values[at]:.1f}" for at in thresholds if at in values)]
        for sweep in collected.sweeps
        for kind, values in (("plain", sweep.plain), ("padded", sweep.padded))
        if values
    ]
    return header, rows


def remarks(collected: Collected) -> list[str]:
    """What a reader has to know before believing the numbers, a sentence each."""
    lines = list(collected.experiment.notes)
    if collected.drawn:
        lines.append(
            "Drawn sets, small networks, few epochs: this shows that every row runs. The figures "
            "are not to be compared with the paper's, so no difference is given."
        )
    counts = {len(cell.values) for cells in collected.cells.values() for cell in cells.values()}
    counts.discard(0)
    if counts == {1}:
        lines.append("One seed: no spread is known, and no gain is told from chance.")
    elif counts:
        lines.append("Mean ± sample standard deviation over seeds, their number in brackets.")
    if collected.sweeps:
        lines.append(
            f"mIoU: the box round attention above {collected.threshold:g} of its maximum, mean of "
            "the heads, no room around it, against the annotated box, which went through the same "
            "resizing and cropping as the picture. The paper names no threshold."
        )
    for reason, rows in collected.reasons.items():
        lines.append(f"{reason[0].upper()}{reason[1:]} ({_some(rows)}).")
    if len(collected.versions) > 1:
        lines.append("The runs come from several versions or machines: see the JSON.")
    return lines


def _panel(title: str, columns: Sequence[str], collected: Collected) -> Panel:
    header = ["method"]
    for column in columns:
        name = column_title(column, alone=bool(title))
        header += [f"{name}: paper", "measured", "difference"]
    printed = collected.printed
    quoted = [] if printed is None else [
        [name, *_of_others(printed.rows[name], columns)]
        for name in printed.quoted
        if any(printed.value(name, column) is not None for column in columns)
    ]  # fmt: skip
    unprinted = NOT_PRINTED if printed is not None and not printed.rows else UNKNOWN
    measured = [
        [
            name,
            *(text for column in columns for text in _texts(cells[column], collected, unprinted)),
        ]
        for name, cells in collected.cells.items()
    ]
    return Panel(title, header, quoted, measured)


def _of_others(values: Mapping[str, float | None], columns: Sequence[str]) -> list[str]:
    return [text for column in columns for text in (_number(values.get(column), UNKNOWN), "", "")]


def _texts(cell: Cell, collected: Collected, unprinted: str) -> tuple[str, str, str]:
    printed = _number(cell.printed, unprinted)
    if not cell.values:
        return printed, NOT_RUN, UNKNOWN
    measured = f"{spread_text(cell.spread)} ({len(cell.values)})"
    gap = None if collected.drawn else cell.difference
    return printed, measured, UNKNOWN if gap is None else f"{gap:+.1f}"


def _number(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.1f}"


def _some(rows: Sequence[str], most: int = 4) -> str:
    return ", ".join(rows[:most]) + (f" and {len(rows) - most} more" if len(rows) > most else "")


def heading(collected: Collected) -> str:
    """The name and caption: "Table 4: Kinds of counterfactual attention, top-1 accuracy"."""
    name = collected.experiment.name
    kind = name.rstrip("0123456789")
    number = name[len(kind) :]
    return f"{kind.capitalize()} {number}: {collected.experiment.caption}" if number else (
        f"{name}: {collected.experiment.caption}"
    )  # fmt: skip


def seeds_of(collected: Collected) -> str:
    """How many seeds there are: "3 seeds", or "1 to 3 seeds" where rows differ."""
    counts = sorted(
        {len(cell.values) for cells in collected.cells.values() for cell in cells.values()}
    )
    if len(counts) < 2:
        return seeds_text(counts[0] if counts else 0)
    return f"{counts[0]} to {seeds_text(counts[-1])}"
