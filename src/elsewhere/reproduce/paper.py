"""What the paper prints: every number of its tables, as data."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

NOT_PRINTED = "not printed"
"""What stands where the paper shows a picture without numbers."""


class PrintedTable(NamedTuple):
    """A table of the paper.

    Attributes:
        caption: what it is about.
        columns: data set and measure, such as "market/rank1".
        rows: percent by method and column; None for a dash. Empty where nothing is printed.
        measured: the methods that the authors measured themselves, in their order.
    """

    caption: str
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, float | None]]
    measured: tuple[str, ...]

    @property
    def quoted(self) -> tuple[str, ...]:
        """The methods of others, whose numbers the authors quote."""
        return tuple(name for name in self.rows if name not in self.measured)

    def value(self, method: str, column: str) -> float | None:
        """A printed number in percent; None where none is printed."""
        return self.rows.get(method, {}).get(column)


def printed_table(name: str) -> PrintedTable:
    """The table of that name, `table1` to `table6`, or `figure4`, whose values are not printed."""
    table: dict[str, Any] = paper()["tables"][name]
    rows = table["rows"] if isinstance(table["rows"], dict) else {}
    return PrintedTable(table["caption"], tuple(table["columns"]), rows, tuple(table["measured"]))


@cache
def paper() -> dict[str, Any]:
    """All of `paper.json`: tables, gains and settings named in the text, sizes of the sets."""
    text = files("elsewhere.reproduce").joinpath("paper.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
