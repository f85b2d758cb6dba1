"""Many pictures on one sheet: each as it is, where two models looked, and what they answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from elsewhere.visualization.canvas import INK, MUTED, RIGHT, WRONG, Canvas, wrap_text
from elsewhere.visualization.comparison import Look
from elsewhere.visualization.overlay import attention_overlay
from elsewhere.visualization.tiles import Box, Extent, picture_tile, tile_extent

MARGIN, GAP, APART = 20.0, 8.0, 30.0
_NAME, _LINE, _MARK, _MOST_LINES = 11.0, 14.0, 13.0, 5
_BELOW, _BETWEEN, _HEADING = 6.0, 12.0, 20.0


@dataclass(frozen=True)
class Seen:
    """One picture and what each model did with it.

    Attributes:
        picture: values in 0..1.
        true_class: name of the right answer.
        looks: one for each model, in the order to show them.
        true_box: annotated, xyxy in pixels of `picture`; None or NaN for none.
    """

    picture: Float[np.ndarray, "3 height width"]
    true_class: str
    looks: Sequence[Look]
    true_box: Box | None = None


class _Grid(NamedTuple):
    """Where groups lie: size of a tile, tiles a group, and groups side by side."""

    extent: Extent
    tiles: int
    columns: int

    @property
    def group(self) -> float:
        return self.tiles * (self.extent.width + GAP) - GAP

    @property
    def inner(self) -> float:
        return self.columns * (self.group + APART) - APART

    def left(self, column: int, tile: int) -> float:
        return MARGIN + column * (self.group + APART) + tile * (self.extent.width + GAP)


def attention_sheet(
    seen: Sequence[Seen],
    *,
    columns: int = 2,
    title: str = "",
    note: str = "",
    tile: float = 138,
) -> UInt8[np.ndarray, "tall wide 3"]:
    """Draw groups of a picture and every model's attention over it, names below (figures 1, 5, 6).

    Below the picture stands the true class, below each attention what that model answered, with a
    tick or a cross where it is known to be right or wrong. Attention is averaged over heads and
    scaled by itself. Long names are broken into lines, never cut off within a word unless that
    word alone is wider than its tile.

    Args:
        seen: the pictures, from left to right and then downwards; all of one size, and of the same
            models.
        columns: groups side by side.
        title: a line above everything.
        note: quieter lines below it.
        tile: longer side of each picture in layout units, each two pixels.

    Raises:
        ValueError: there is no picture, or they differ in size or models.
    """
    models = {tuple(look.name for look in each.looks) for each in seen}
    shapes = {each.picture.shape for each in seen}
    if columns < 1 or len(models) != 1 or len(shapes) != 1:
        raise ValueError("a sheet needs a column, and pictures of one size and of the same models")
    headings = ["Input", *next(iter(models))]
    grid = _Grid(tile_extent(seen[0].picture, tile), len(headings), min(columns, len(seen)))
    rows = [seen[at : at + columns] for at in range(0, len(seen), columns)]
    heights = [max(_height(each, grid) for each in row) for row in rows]
    titles, notes = wrap_text(title, 14, 0.97 * grid.inner), wrap_text(note, 11, grid.inner)
    titled = MARGIN + 21.0 * len(titles)
    above = titled - MARGIN + 15.0 * len(notes) + 8.0 * bool(titles or notes) + _HEADING
    canvas = Canvas(grid.inner + 2 * MARGIN, 2 * MARGIN + above + sum(heights) - _BETWEEN)
    canvas.lines((MARGIN, MARGIN), titles, 21.0, size=14, bold=True, width=grid.inner)
    canvas.lines((MARGIN, titled), notes, 15.0, size=11, colour=MUTED, width=grid.inner)
    _write_headings(canvas, headings, grid, MARGIN + above - _HEADING)
    y = MARGIN + above
    for row, height in zip(rows, heights, strict=True):
        for column, each in enumerate(row):
            _draw_group(canvas, each, grid, column, y)
        y += height
    return canvas.array()


def _height(seen: Seen, grid: _Grid) -> float:
    """Of a group, with the room to the next one below it."""
    lines = max(
        len(_name_lines(seen.true_class, grid.extent.width)),
        *(len(_name_lines(look.predicted, grid.extent.width - _MARK)) for look in seen.looks),
    )
    return grid.extent.height + _BELOW + _LINE * lines + _BETWEEN


def _name_lines(name: str, width: float) -> list[str]:
    lines = wrap_text(name, _NAME, width) or [""]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], " ".join(lines[_MOST_LINES - 1 :])]
    return lines


def _write_headings(canvas: Canvas, headings: Sequence[str], grid: _Grid, y: float) -> None:
    for column in range(grid.columns):
        for tile, heading in enumerate(headings):
            place = (grid.left(column, tile), y)
            canvas.text(place, heading, size=11, bold=True, width=grid.extent.width)


def _draw_group(canvas: Canvas, seen: Seen, grid: _Grid, column: int, y: float) -> None:
    extent, below = grid.extent, y + grid.extent.height + _BELOW
    place = (grid.left(column, 0), y)
    canvas.paste(place, picture_tile(seen.picture, extent))
    _write_name(canvas, seen.true_class, (place[0], below), extent.width)
    for tile, look in enumerate(seen.looks, start=1):
        place = (grid.left(column, tile), y)
        heat = attention_overlay(seen.picture, look.attention.mean(axis=0), extent.pixels)
        canvas.paste(place, heat)
        indent = 0.0
        if look.correct is not None:
            canvas.mark((place[0] + 1, below + 1), look.correct)
            indent = _MARK
        colour = {True: RIGHT, False: WRONG, None: INK}[look.correct]
        start = (place[0] + indent, below)
        _write_name(canvas, look.predicted, start, extent.width - _MARK, colour)


def _write_name(
    canvas: Canvas,
    name: str,
    position: tuple[float, float],
    width: float,
    colour: str = INK,
) -> None:
    lines = _name_lines(name, width)
    canvas.lines(position, lines, _LINE, size=_NAME, colour=colour, width=width)
