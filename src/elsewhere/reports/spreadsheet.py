"""CSV that a spreadsheet shows and does not compute: a file may be called `=HYPERLINK(…)`."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from elsewhere.errors import plain

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV; text that a spreadsheet would compute begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_shown(cell) for cell in row] for row in rows)
    return text.getvalue()


def said_in(cell: str) -> str:
    """What a cell stood for before `csv_text` made it harmless."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _shown(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    harmless = f"'{cell}" if _FORMULA.match(cell) and not _is_number(cell) else cell
    return plain(harmless)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
