"""One table, and its forms: for the terminal, Markdown, a page, and a notebook."""

from collections.abc import Sequence
from io import StringIO
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from elsewhere.terminal import Terminal


class Table(NamedTuple):
    """A table of plain texts; what stands on further lines of a cell is quieter.

    Attributes:
        header: of the columns.
        rows: as many texts each.
        title: what its figures have in common; empty for none.
        note: below it; empty for none.
        words: so many of the first columns hold words, all others figures.
        bold: rows that stand out.
        quiet: rows that stand back.
        ends: rows that the last of a group is.
    """

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    title: str = ""
    note: str = ""
    words: int = 1
    bold: frozenset[int] = frozenset()
    quiet: frozenset[int] = frozenset()
    ends: frozenset[int] = frozenset()


def rich_table(content: Table) -> RichTable:
    """The table for the terminal; a name with brackets in it is no markup."""
    table = RichTable(
        title=Text(content.title, style="bold") if content.title else None,
        title_justify="left",
        caption=Text(content.note) if content.note else None,
        caption_justify="left",
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    tall = any("\n" in name for name in content.header)
    for column, name in enumerate(content.header):
        table.add_column(
            Text(name),
            justify="left" if column < content.words else "right",
            vertical="bottom" if tall else "top",
        )
    for number, row in enumerate(content.rows):
        style = "bold" if number in content.bold else "dim" if number in content.quiet else ""
        table.add_row(*map(_rich_cell, row), style=style, end_section=number in content.ends)
    return table


def markdown_table(content: Table) -> str:
    """The table as Markdown, under a line with its title."""
    ruler = ["---" if column < content.words else "---:" for column in range(len(content.header))]
    rows = [
        [f"**{cell}**" if number in content.bold and cell else cell for cell in row]
        for number, row in enumerate(content.rows)
    ]
    title = [f"**{content.title}**", ""] if content.title else []
    note = ["", content.note] if content.note else []
    lines = [_markdown_line(cells) for cells in (content.header, ruler, *rows)]
    return "\n".join([*title, *lines, *note, ""])


def _rich_cell(text: str) -> Text:
    first, *below = text.split("\n")
    cell = Text(first)
    for line in below:
        cell.append(f"\n{line}", style="not bold dim")
    return cell


def _markdown_line(cells: Sequence[str]) -> str:
    texts = (cell.strip().replace("|", "\\|").replace("\n", "<br>") for cell in cells)
    return "| " + " | ".join(texts) + " |"


_WIDTH = 110


def as_html(shown: RenderableType) -> str:
    """What rich would print, as one preformatted block of HTML; text in it is escaped."""
    # in a notebook a console shows by itself what the block will show
    console = Terminal(
        file=StringIO(), record=True, width=_WIDTH, force_terminal=True, force_jupyter=False
    )
    console.print(shown)
    return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
