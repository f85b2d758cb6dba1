"""Tables of re-identification for the terminal. They are returned, never printed."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from elsewhere.reports.retrieval.result import RetrievalResult
from elsewhere.reports.retrieval.tables import (
    TextTable,
    comparison_tables,
    score_tables,
    verification_tables,
)


def retrieval_summary(result: RetrievalResult) -> RenderableType:
    """One run: a table a protocol, with every vector that was scored; then known or new."""
    title = f"{result['recipe']} · {result['method']} · seed {result['seed']}"
    tables = [*score_tables(result).values(), *verification_tables(result).values()]
    return Group(Text(title, style="bold"), *map(_rich, tables))


def retrieval_comparison(
    results: Sequence[RetrievalResult], *, baseline: str = "baseline"
) -> RenderableType:
    """Methods over seeds, a table for each protocol and way of measuring.

    Args:
        results: any number of runs of any number of methods.
        baseline: the method that the others are compared with, seed by seed.
    """
    return Group(*map(_rich, comparison_tables(results, baseline=baseline)))


def _rich(content: TextTable) -> Table:
    table = Table(
        title=Text(content.title, style="bold"),
        title_justify="left",
        caption=Text(content.note) if content.note else None,
        caption_justify="left",
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column, name in enumerate(content.header):
        words = column < content.words
        table.add_column(Text(name), justify="left" if words else "right")
    for number, row in enumerate(content.rows):
        table.add_row(*map(_cell, row), style="bold" if number in content.bold else "")
    return table


def _cell(text: str) -> Text:
    first, *below = text.split("\n")
    cell = Text(first)
    for line in below:
        cell.append(f"\n{line}", style="not bold dim")
    return cell
