"""Tables in Markdown: of anything, and the comparison of several runs."""

from collections.abc import Sequence

from elsewhere.reports.result import RunResult
from elsewhere.reports.statistics import (
    accuracy_of,
    by_method,
    difference_of,
    split_names,
    spread_of,
    values_of,
)
from elsewhere.reports.wording import interval_text, points, spread_text


def comparison_markdown(results: Sequence[RunResult], *, baseline: str = "baseline") -> str:
    """Methods by splits: top-1 of the raw view in percent, and the difference to the baseline.

    Args:
        results: any number of runs of any number of methods.
        baseline: the method that the others are compared with, seed by seed.
    """
    names, groups = split_names(results), by_method(results)
    header = ["method", "seeds"]
    for name in names:
        header.append(name)
        if baseline in groups:
            header.append(f"{name}: difference [95 % interval]")
    rows = []
    for method, runs in groups.items():
        row = [method, str(len({run["seed"] for run in runs}))]
        for name in names:
            measure = accuracy_of(name)
            row.append(spread_text(spread_of(values_of(runs, measure))))
            if baseline in groups:
                gap = difference_of(runs, groups[baseline], measure)
                row.append("" if method == baseline else f"{points(gap)} {interval_text(gap)}")
        rows.append(row)
    return markdown_table(header, rows)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain texts; the first column is on the left, all others on the right."""
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(_line(cells) for cells in [header, ruler, *rows]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
