"""Tables of re-identification as Markdown."""

from collections.abc import Sequence

from elsewhere.reports.retrieval.result import RetrievalResult
from elsewhere.reports.retrieval.tables import TextTable, comparison_tables, score_tables


def retrieval_markdown(result: RetrievalResult) -> str:
    """One run: a table a protocol, each under a line that names it."""
    return "\n".join(map(_markdown, score_tables(result).values()))


def retrieval_comparison_markdown(
    results: Sequence[RetrievalResult], *, baseline: str = "baseline"
) -> str:
    """Methods over seeds, a table for each protocol and way of measuring.

    Args:
        results: any number of runs of any number of methods.
        baseline: the method that the others are compared with, seed by seed.
    """
    return "\n".join(map(_markdown, comparison_tables(results, baseline=baseline)))


def _markdown(table: TextTable) -> str:
    ruler = ["---" if column < table.words else "---:" for column in range(len(table.header))]
    rows = [
        [f"**{cell}**" if number in table.bold and cell else cell for cell in row]
        for number, row in enumerate(table.rows)
    ]
    lines = [_line(cells) for cells in (table.header, ruler, *rows)]
    note = ["", table.note] if table.note else []
    return "\n".join([f"**{table.title}**", "", *lines, *note, ""])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("\n", "<br>")
