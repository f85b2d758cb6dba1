"""A reproduced table for the terminal. It is returned, never printed."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from elsewhere.reports.reproduce import wording
from elsewhere.reports.reproduce.collected import Collected
from elsewhere.reports.terminal import plain_table

_METHODS, _TRIPLE = 28, 36
"""Characters that the methods take, and that a column of the paper takes."""


def reproduced_table(collected: Collected, width: int) -> RenderableType:
    """Paper, measurement and difference; gains over the baseline; what has to be known.

    Args:
        collected: the experiment as far as it has been run.
        width: of the terminal, in characters.
    """
    parts: list[RenderableType] = [Text(wording.heading(collected), style="bold")]
    for panel in wording.panels(collected, max(1, (width - _METHODS) // _TRIPLE)):
        table = _table(panel.title, panel.header)
        for place, row in enumerate(panel.quoted):
            last = place == len(panel.quoted) - 1
            table.add_row(*map(Text, row), style="dim", end_section=last)
        for row in panel.measured:
            table.add_row(*map(Text, row))
        parts.append(table)
    parts += _more(wording.GAIN_HEADER, wording.gain_rows(collected.gains))
    parts += _more(*wording.sweep_rows(collected))
    parts += [Text(f"· {line}") for line in wording.remarks(collected)]
    return Group(*parts)


def _more(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[RenderableType]:
    if not rows:
        return []
    table = _table("", header)
    table.columns[1].justify = "left"
    for row in rows:
        table.add_row(*map(Text, row))
    return [table]


def _table(title: str, header: Sequence[str]) -> Table:
    table = plain_table(title, *(name.replace(": ", ":\n") for name in header))
    for column in table.columns:
        column.vertical = "bottom"
    return table
