"""Several pictures on one white sheet."""

from collections.abc import Sequence

import numpy as np

from elsewhere.visualization.canvas import DENSITY, MUTED, Canvas, wrap_text
from elsewhere.visualization.tiles import Sheet

MARGIN = 20.0


def grid(sheets: Sequence[Sheet], columns: int = 1) -> Sheet:
    """Put sheets beside each other, and those beyond `columns` below.

    Raises:
        ValueError: there is no sheet.
    """
    if not sheets:
        raise ValueError("a grid needs a sheet")
    rows = [sheets[at : at + columns] for at in range(0, len(sheets), columns)]
    width = max(sheet.shape[1] for sheet in sheets)
    heights = [max(map(len, row)) for row in rows]
    whole = np.full((sum(heights), len(rows[0]) * width, 3), 255, np.uint8)
    for number, row in enumerate(rows):
        top = sum(heights[:number])
        for column, sheet in enumerate(row):
            left = column * width
            whole[top : top + len(sheet), left : left + sheet.shape[1]] = sheet
    return whole


def titled(sheet: Sheet, title: str, note: str) -> Sheet:
    """Write a title above a sheet, and a quieter note below it, in as many lines as they take."""
    width = sheet.shape[1] / DENSITY
    inner = width - 2 * MARGIN
    titles, notes = wrap_text(title, 14, 0.97 * inner), wrap_text(note, 11, inner)
    below = MARGIN + 21.0 * len(titles)
    canvas = Canvas(width, below + 15.0 * len(notes))
    canvas.lines((MARGIN, MARGIN), titles, 21.0, size=14, bold=True, width=inner)
    canvas.lines((MARGIN, below), notes, 15.0, size=11, colour=MUTED, width=inner)
    return np.concatenate([canvas.array(), sheet])
