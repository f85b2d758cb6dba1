"""A collected experiment as tables and charts, for terminal, Markdown, page and JSON."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from elsewhere.reports.documents import as_json
from elsewhere.reports.pages import Chart, render
from elsewhere.reports.statistics import Spread
from elsewhere.reports.tables import Table, markdown_table, rich_table
from elsewhere.reports.wording import UNKNOWN, counted, interval_text, points, spread_text
from elsewhere.reproduce.collected import NOT_RUN, Cell, Collected, Gain
from elsewhere.reproduce.experiments import HEADS
from elsewhere.reproduce.paper import NOT_PRINTED
from elsewhere.reproduce.sets import MEASURES, TITLES, measure_of, set_of
from elsewhere.visualization.charts import line_chart

_WIDEST = 3
"""Columns of the paper that one table of ours holds: each takes three of its own."""
_METHODS, _TRIPLE = 28, 36
"""Characters that the methods take, and that a column of the paper takes."""


def reproduced_table(collected: Collected, width: int) -> RenderableType:
    """Paper, measurement and difference; gains over the baseline; what has to be known."""
    parts = panels(collected, max(1, (width - _METHODS) // _TRIPLE))
    narrow = [
        each._replace(header=tuple(name.replace(": ", ":\n") for name in each.header))
        for each in parts
    ]
    more = [gain_table(collected), sweep_table(collected)]
    return Group(
        Text(heading(collected), style="bold"),
        *(rich_table(table) for table in (*narrow, *more) if table.rows),
        *(Text(f"· {line}") for line in remarks(collected)),
    )


def reproduced_markdown(collected: Collected, pictures: Sequence[tuple[str, str]] = ()) -> str:
    """The table, gains over the baseline, pictures beside it, and what has to be known."""
    parts = [f"# {heading(collected)}"]
    for panel in panels(collected):
        parts += [f"## {panel.title}"] if panel.title else []
        parts.append(markdown_table(panel._replace(title="")))
    more = [gain_table(collected), sweep_table(collected)]
    parts += [markdown_table(table) for table in more if table.rows]
    parts += [f"![{words}]({file})" for words, file in pictures]
    parts.append("\n".join(f"- {line}" for line in remarks(collected)))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def reproduced_page(collected: Collected, command: str) -> str:
    """Table, charts, gains and remarks as one self-contained page."""
    counts = sorted(_counts(collected))
    seeds = counted(counts[-1], "seed")
    where = "drawn sets at toy size" if collected.drawn else "the paper's sets"
    short = [  # ten columns fit on a page where their heads are short
        panel._replace(header=tuple(n.replace("difference", "diff.") for n in panel.header))
        for panel in panels(collected)
    ]
    return render(
        "reproduced",
        verb="reproduce",
        title=heading(collected),
        lead=f"Measured on {where}, {seeds if len(counts) < 2 else f'{counts[0]} to {seeds}'}.",
        panels=short,
        charts=charts(collected),
        gains=gain_table(collected),
        sweep=sweep_table(collected),
        remarks=remarks(collected),
        command=command,
    )


def reproduced_document(collected: Collected, runs: Mapping[str, Sequence[str]]) -> str:
    """All of it as JSON, in percent: printed, measured by seed, spread, difference, gains."""
    printed = collected.printed
    document = {
        "experiment": collected.experiment.name,
        "caption": collected.experiment.caption,
        "unit": "percent",
        "drawn": collected.drawn,
        "columns": collected.experiment.columns,
        "quoted": {} if printed is None else {name: printed.rows[name] for name in printed.quoted},
        "rows": {
            method: {column: _cell(cell, drawn=collected.drawn) for column, cell in cells.items()}
            for method, cells in collected.cells.items()
        },
        "gains": [
            {
                "method": gain.method,
                "baseline": gain.baseline,
                "column": gain.column,
                "printed": gain.printed,
                **_spread(gain.measured.spread),
                "interval": [100 * gain.measured.low, 100 * gain.measured.high],
                "verdict": gain.measured.verdict,
            }
            for gain in collected.gains
        ],
        "miou_threshold": collected.threshold if collected.sweeps else None,
        "miou_by_threshold": [
            {
                "method": s.method,
                "plain": _percent(s.plain),
                "padded": _percent(s.padded),
                "whole image": 100 * s.whole,
            }
            for s in collected.sweeps
        ],
        "remarks": remarks(collected),
        "runs": runs,
        "versions": collected.versions,
    }
    return as_json(document)


def heading(collected: Collected) -> str:
    """The name and caption: "Table 4: Kinds of counterfactual attention, top-1 accuracy"."""
    name = collected.experiment.name
    kind = name.rstrip("0123456789")
    number = name[len(kind) :]
    called = f"{kind.capitalize()} {number}" if number else name
    return f"{called}: {collected.experiment.caption}"


def panels(collected: Collected, widest: int = _WIDEST) -> list[Table]:
    """Paper and measurement side by side: in one table where it is narrow, else by sets."""
    columns, sets = collected.experiment.columns, collected.experiment.sets
    if len(sets) == len(columns) <= widest:
        return [_panel("", columns, collected)]
    of_sets = [[column for column in columns if set_of(column) == name] for name in sets]
    return [
        _panel(TITLES[set_of(part[0])], part, collected)
        for each in of_sets
        for part in (each[start : start + widest] for start in range(0, len(each), widest))
    ]


def gain_table(collected: Collected) -> Table:
    """Gains over the baseline; no row where there is none."""
    rows = [
        (
            gain.method,
            _column_title(gain.column),
            *([] if collected.drawn else [_printed_gain(gain)]),
            points(gain.measured),
            interval_text(gain.measured),
            str(gain.measured.spread.runs),
        )
        for gain in collected.gains
    ]
    paper = [] if collected.drawn else ["paper"]
    header = ("gain over its baseline", "", *paper, "measured", "95 % interval", "seeds")
    return Table(header, rows, words=2)


def _printed_gain(gain: Gain) -> str:
    return UNKNOWN if gain.printed is None else f"{gain.printed:+.1f}"


def sweep_table(collected: Collected) -> Table:
    """Overlap by threshold, plain and padded boxes, in percent; no row where none was measured."""
    thresholds = sorted(collected.sweeps[0].plain) if collected.sweeps else []
    rows = [
        (
            sweep.method,
            kind,
            *(f"{100 * values[at]:.1f}" for at in thresholds if at in values),
            f"{100 * sweep.whole:.1f}",
        )
        for sweep in collected.sweeps
        for kind, values in (("plain", sweep.plain), ("padded", sweep.padded))
        if values
    ]
    header = ("mIoU by threshold, %", "box", *(f"{at:g}" for at in thresholds), "whole image")
    return Table(header, rows, words=2)


def remarks(collected: Collected) -> list[str]:
    """What a reader has to know before believing the numbers, a sentence each."""
    lines = list(collected.experiment.notes)
    if collected.drawn:
        lines.append(
            "Drawn sets, small networks, few epochs: this shows that every row runs. The figures "
            "are not to be compared with the paper's, so no difference is given."
        )
    counts = _counts(collected) - {0}
    if counts == {1}:
        lines.append("One seed: no spread is known, and no gain is told from chance.")
    elif counts:
        lines.append("Mean ± sample standard deviation over seeds, their number in brackets.")
    if collected.sweeps:
        lines.append(
            f"mIoU: the box round attention above {collected.threshold:g} of its maximum, mean of "
            "the heads, no room around it, against the annotated box, which went through the same "
            "resizing and cropping as the picture. The paper names no threshold. A box round the "
            "whole image scores what the last column says: a row that is no higher there, as at "
            "low thresholds, says nothing of where the network looks."
        )
    for reason, rows in collected.reasons.items():
        some = ", ".join(rows[:4]) + (f" and {len(rows) - 4} more" if len(rows) > 4 else "")
        lines.append(f"{reason[0].upper()}{reason[1:]} ({some}).")
    if len(collected.versions) > 1:
        lines.append("The runs come from several versions or machines: see the JSON.")
    return lines


def charts(collected: Collected) -> list[Chart]:
    """Figure 4, and overlap against threshold; none for most tables."""
    if collected.experiment.name == "figure4":
        return _charts_of_heads(collected)
    if not collected.sweeps:
        return []
    lines = {  # whole ticks, in percent
        sweep.method: [(100 * x, y) for x, y in sorted(sweep.plain.items())]
        for sweep in collected.sweeps
    }
    whole = fmean(sweep.whole for sweep in collected.sweeps)
    lines["whole image"] = [(100 * x, whole) for x in sorted(collected.sweeps[0].plain)]
    svg = line_chart(lines, x_label="threshold, % of maximum", y_label="mIoU")
    return [Chart(svg, "mIoU against the threshold, in percent of the attention's maximum")]


def _charts_of_heads(collected: Collected) -> list[Chart]:
    drawn = []
    for column in collected.experiment.columns:
        lines: dict[str, list[tuple[float, float]]] = {"Baseline": [], "Baseline + CAL": []}
        for heads in HEADS:
            for name, line in lines.items():
                cell = collected.cells[f"M = {heads}: {name}"][column]
                if cell.values:
                    line.append((math.log2(heads), cell.spread.mean))
        if any(lines.values()):
            title = _column_title(column)
            ticks = {math.log2(heads): str(heads) for heads in HEADS}
            svg = line_chart(lines, x_label="attention heads M", y_label=title, ticks=ticks)
            drawn.append(Chart(svg, f"{title} against the number of attention heads"))
    return drawn


def _counts(collected: Collected) -> set[int]:
    """How many seeds a number has, of all numbers."""
    return {len(cell.values) for cells in collected.cells.values() for cell in cells.values()}


def _column_title(column: str) -> str:
    """A column in words: "CUB-200-2011 top-1"."""
    return f"{TITLES[set_of(column)]} {MEASURES[measure_of(column)]}"


def _panel(title: str, columns: Sequence[str], collected: Collected) -> Table:
    """Rows of methods that others measured, then those that were to be measured."""
    header = ["method"]
    for column in columns:
        name = MEASURES[measure_of(column)] if title else _column_title(column)
        header += [f"{name}: paper", "measured", "difference"]
    printed = collected.printed
    quoted = [] if printed is None else [
        (name, *(text for column in columns
                 for text in (_number(printed.value(name, column), UNKNOWN), "", "")))
        for name in printed.quoted
        if any(printed.value(name, column) is not None for column in columns)
    ]  # fmt: skip
    unprinted = NOT_PRINTED if printed is not None and not printed.rows else UNKNOWN
    measured = [
        (
            name,
            *(text for column in columns for text in _texts(cells[column], collected, unprinted)),
        )
        for name, cells in collected.cells.items()
    ]
    others = frozenset(range(len(quoted)))
    last = frozenset({len(quoted) - 1}) & others
    return Table(tuple(header), [*quoted, *measured], title, quiet=others, ends=last)


def _texts(cell: Cell, collected: Collected, unprinted: str) -> tuple[str, str, str]:
    printed = _number(cell.printed, unprinted)
    if not cell.values:
        return printed, NOT_RUN, UNKNOWN
    measured = f"{spread_text(cell.spread)} ({len(cell.values)})"
    gap = None if collected.drawn else cell.difference
    return printed, measured, UNKNOWN if gap is None else f"{gap:+.1f}"


def _number(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.1f}"


def _cell(cell: Cell, *, drawn: bool) -> dict[str, Any]:
    return {
        "printed": cell.printed,
        **_spread(cell.spread),
        "by_seed": {str(seed): 100 * value for seed, value in cell.values.items()},
        "difference": None if drawn else cell.difference,
        "missing": cell.missing or None,
    }


def _spread(spread: Spread) -> dict[str, Any]:
    return {"mean": 100 * spread.mean, "deviation": 100 * spread.deviation, "seeds": spread.runs}


def _percent(values: Mapping[float, float]) -> dict[str, float]:
    return {f"{at:g}": 100 * value for at, value in values.items()}
