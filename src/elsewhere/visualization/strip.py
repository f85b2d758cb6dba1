"""A picture and the nearest to it, in a row: of a test or of a search."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from elsewhere.visualization.canvas import INK, MUTED, RIGHT, WRONG, Canvas, text_width
from elsewhere.visualization.tiles import Extent, Image, Sheet, picture_tile

MARGIN, GAP, APART = 20.0, 12.0, 26.0
_SIDE, _WIDEST, _NARROWEST, _NAME, _ROOM = 88.0, 112.0, 58.0, 96.0, 384.0
_LINE = 13.0
_EMPTY = "#c9cdd3"


class Tile(NamedTuple):
    """One of the nearest pictures.

    Attributes:
        picture: values in 0..1; None where its file is gone or broken.
        captions: lines below it, such as its similarity and its camera.
        right: whether it shows the same individual; None where nobody knows.
        framed: whether it stands out where nobody knows, such as one above a threshold.
    """

    picture: Image | None
    captions: Sequence[str]
    right: bool | None = None
    framed: bool = False


def strip(
    query: Image,
    tiles: Sequence[Tile],
    *,
    title: str = "",
    note: str = "",
    captions: Sequence[str] = (),
    places: int = 0,
) -> Sheet:
    """Draw a picture, then the nearest to it from left to right.

    A right one has a whole frame, a tick and the word "same"; a wrong one a broken frame, a cross
    and the word "other". Where nobody knows, the first line below stands out.

    Args:
        query: whose like was looked for, values in 0..1.
        tiles: the nearest, nearest first.
        title: one line above, such as the query's name.
        note: a quieter line below it, such as how well the query did.
        captions: lines below the query, such as its camera.
        places: how many there is room for at least; those without a picture stay empty.
    """
    shown = [query, *(tile.picture for tile in tiles if tile.picture is not None)]
    cell = _cell(shown, [*captions, *(line for tile in tiles for line in tile.captions)])
    count = max(places, len(tiles))
    row = cell.width + APART + count * (cell.width + GAP) - GAP
    lines = [len(tile.captions) + (tile.right is not None) for tile in tiles]
    head = 19.0 * bool(title) + 16.0 * bool(note) + 6.0 * bool(title or note)
    tall = head + 26 + cell.height + _LINE * max([1, len(captions), *lines])
    inner = max(row, _ROOM)
    canvas = Canvas(inner + 2 * MARGIN, tall + 2 * MARGIN)
    canvas.text((MARGIN, MARGIN), title, size=13, bold=True, width=inner)
    canvas.text((MARGIN, MARGIN + 19 * bool(title)), note, size=11, colour=MUTED, width=inner)
    x, y = MARGIN, MARGIN + head
    canvas.text((x, y), "query", size=11, bold=True)
    _paste(canvas, query, (x, y), cell)
    lower = (x, y + 26 + cell.height)
    canvas.lines(lower, captions, _LINE, size=10, colour=MUTED, width=cell.width)
    for place in range(count):
        corner = (x + cell.width + APART + place * (cell.width + GAP), y)
        if place < len(tiles):
            canvas.text(corner, str(place + 1), size=11, colour=MUTED)
            _draw(canvas, tiles[place], corner, cell)
        else:
            _draw_empty(canvas, place, corner, cell, first=place == len(tiles))
    return canvas.array()


def _cell(pictures: Sequence[Float[np.ndarray, "3 _ _"]], captions: Sequence[str]) -> Extent:
    """Room for the widest and the tallest picture, and for captions that are not too long."""
    extents = [_extent(picture) for picture in pictures]
    words = max((text_width(line, 10) for line in captions), default=0.0)
    width = max(_NARROWEST, min(words, _NAME), *(extent.width for extent in extents))
    return Extent(max(extent.height for extent in extents), width)


def _extent(picture: Image) -> Extent:
    """Its own aspect, about the same area for all, never too wide for a row of ten."""
    height, width = picture.shape[1:]
    factor = min(_SIDE / math.sqrt(height * width), _WIDEST / width, 2 * _SIDE / height)
    return Extent(max(height * factor, 1.0), max(width * factor, 1.0))


def _paste(
    canvas: Canvas, picture: Image, corner: tuple[float, float], cell: Extent
) -> tuple[float, float, float, float]:
    """Put a picture in the middle of its cell; return the corners of a frame around it."""
    extent = _extent(picture)
    x = corner[0] + (cell.width - extent.width) / 2
    y = corner[1] + 18 + (cell.height - extent.height) / 2
    canvas.paste((x, y), picture_tile(picture, extent))
    return x - 2, y - 2, x + extent.width + 2, y + extent.height + 2


def _draw(canvas: Canvas, tile: Tile, corner: tuple[float, float], cell: Extent) -> None:
    x, y = corner
    if tile.picture is None:
        top, middle = y + 18, y + 12 + cell.height / 2
        canvas.box((x, top, x + cell.width, top + cell.height), _EMPTY, dashed=True)
        canvas.text((x + cell.width / 2, middle), "file is gone", size=10, colour=MUTED, anchor="m")
    else:
        frame = _paste(canvas, tile.picture, corner, cell)
        if tile.framed or tile.right is not None:
            wrong = tile.right is False
            canvas.box(frame, WRONG if wrong else RIGHT, dashed=wrong)
    below, first = y + 26 + cell.height, INK
    if tile.right is not None:
        colour, word = (RIGHT, "same") if tile.right else (WRONG, "other")
        canvas.mark((x, below), tile.right)
        canvas.text((x + 13, below), word, size=10, colour=colour, bold=True)
        below, first = below + _LINE, MUTED
    for number, line in enumerate(tile.captions):
        colour, place = MUTED if number else first, (x, below + number * _LINE)
        canvas.text(place, line, size=10, colour=colour, width=cell.width + GAP - 4)


def _draw_empty(
    canvas: Canvas, place: int, corner: tuple[float, float], cell: Extent, *, first: bool
) -> None:
    x, y = corner
    canvas.text((x, y), str(place + 1), size=11, colour=_EMPTY)
    middle = y + 18 + cell.height / 2
    canvas.swatch((x + cell.width / 2 - 7, middle), _EMPTY)
    if first:
        canvas.text((x, y + 26 + cell.height), "no more", size=10, colour=MUTED)
