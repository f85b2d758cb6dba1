"""Ranked strips: a query and the images found for it, in a test or in a search."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from elsewhere.visualization.canvas import MUTED, RIGHT, WRONG, Canvas
from elsewhere.visualization.tiles import Box, Extent, Image, Sheet, paste_centred, tile_extent

MARGIN, GAP, APART = 20.0, 12.0, 26.0
_SIDE, _WIDEST, _NARROWEST, _SQUARE = 88.0, 112.0, 58.0, 96.0
_LINE = 13.0
_EMPTY = "#c9cdd3"


def ranked_strip(
    query: Image,
    found: Sequence[Image],
    right: Sequence[bool],
    *,
    title: str = "",
    note: str = "",
    query_captions: Sequence[str] = (),
    captions: Sequence[Sequence[str]] = (),
    places: int = 10,
) -> Sheet:
    """Draw the query, then its nearest pictures from left to right.

    A right picture has a whole frame, a tick and the word "same"; a wrong one a broken frame, a
    cross and the word "other". Where fewer were found than there are places, those stay empty.

    Args:
        query: whose like was looked for, values in 0..1.
        found: the nearest pictures, nearest first; those beyond `places` are left out.
        right: whether each shows the same individual.
        title: one line above, such as the query's name.
        note: a quieter line below it, such as how well the query did.
        query_captions: lines below the query, such as its camera.
        captions: lines below each picture found, such as its camera and similarity.
        places: how many of the nearest there is room for.

    Raises:
        ValueError: `right` or `captions` are not as many as `found`.
    """
    if len(right) != len(found) or len(captions) not in (0, len(found)):
        raise ValueError(f"{len(found)} pictures, {len(right)} marks, {len(captions)} captions")
    found, right = list(found)[:places], list(right)[:places]
    words = [list(lines) for lines in captions][:places] or [[] for _ in found]
    cell = _cell([query, *found])
    below = max(map(len, [query_captions, *(["", *each] for each in words)]))
    head = 19.0 * bool(title) + 16.0 * bool(note) + 6.0 * bool(title or note)
    inner = cell.width + APART + places * (cell.width + GAP) - GAP
    canvas = Canvas(inner + 2 * MARGIN, 2 * MARGIN + head + 26 + cell.height + _LINE * below)
    _write_head(canvas, title, note, inner)
    top = MARGIN + head
    _draw_query(canvas, query, query_captions, (MARGIN, top), cell)
    for place in range(places):
        corner = (MARGIN + cell.width + APART + place * (cell.width + GAP), top)
        if place < len(found):
            canvas.text(corner, str(place + 1), size=11, colour=MUTED)
            _draw_found(canvas, found[place], right[place], words[place], corner, cell)
        else:
            _draw_empty(canvas, place, corner, cell, first=place == len(found))
    return canvas.array()


def _cell(pictures: Sequence[Image]) -> Extent:
    """Room for the widest and for the tallest of them."""
    extents = [_extent(picture) for picture in pictures]
    width = max(_NARROWEST, *(extent.width for extent in extents))
    return Extent(max(extent.height for extent in extents), width)


def _extent(picture: Float[np.ndarray, "3 height width"]) -> Extent:
    """Its own aspect, about the same area for all, never too wide for a row of ten."""
    height, width = picture.shape[1:]
    factor = min(_SIDE / math.sqrt(height * width), _WIDEST / width, 2 * _SIDE / height)
    return Extent(max(height * factor, 1.0), max(width * factor, 1.0))


def _draw_query(
    canvas: Canvas,
    query: Image,
    captions: Sequence[str],
    corner: tuple[float, float],
    cell: Extent,
) -> None:
    x, y = corner
    canvas.text((x, y), "query", size=11, bold=True)
    paste_centred(canvas, query, _extent(query), (x, y + 18), cell)
    lower = (x, y + 26 + cell.height)
    canvas.lines(lower, captions, _LINE, size=10, colour=MUTED, width=cell.width)


def _draw_found(
    canvas: Canvas,
    picture: Image,
    right: bool,
    captions: Sequence[str],
    corner: tuple[float, float],
    cell: Extent,
) -> None:
    x, y = corner
    colour = RIGHT if right else WRONG
    frame = paste_centred(canvas, picture, _extent(picture), (x, y + 18), cell)
    canvas.box(frame, colour, dashed=not right)
    below = y + 26 + cell.height
    canvas.mark((x, below), right)
    word = "same" if right else "other"
    canvas.text((x + 13, below), word, size=10, colour=colour, bold=True)
    width = cell.width + GAP - 4
    canvas.lines((x, below + _LINE), captions, _LINE, size=10, colour=MUTED, width=width)


def _draw_empty(
    canvas: Canvas, place: int, corner: tuple[float, float], cell: Extent, *, first: bool
) -> None:
    x, y = corner
    canvas.text((x, y), str(place + 1), size=11, colour=_EMPTY)
    middle = y + 18 + cell.height / 2
    canvas.swatch((x + cell.width / 2 - 7, middle), _EMPTY)
    if first:
        canvas.text((x, y + 26 + cell.height), "no more", size=10, colour=MUTED)


def _write_head(canvas: Canvas, title: str, note: str, width: float) -> None:
    y = MARGIN
    if title:
        canvas.text((MARGIN, y), title, size=13, bold=True, width=width)
        y += 19
    if note:
        canvas.text((MARGIN, y), note, size=11, colour=MUTED, width=width)


class Tile(NamedTuple):
    """One of the nearest pictures.

    Attributes:
        picture: values in 0..1; None where its file is gone or broken.
        captions: lines below it, such as its individual and its similarity; the first stands out.
        framed: whether it is marked, such as one above a threshold.
    """

    picture: Image | None
    captions: Sequence[str]
    framed: bool = False


def found_strip(
    query: Image, tiles: Sequence[Tile], *, title: str, note: str
) -> UInt8[np.ndarray, "tall wide 3"]:
    """Draw a picture and the nearest ones, which nobody has said to be right or wrong.

    Args:
        query: whose like was looked for, values in 0..1.
        tiles: the nearest, nearest first.
        title: one line above, such as the picture's name.
        note: a quieter line below it, such as the answer.
    """
    inner = max(_SQUARE + APART + len(tiles) * (_SQUARE + GAP) - GAP, 4 * _SQUARE)
    below = max([0, *(len(tile.captions) for tile in tiles)])
    top = MARGIN + 41
    canvas = Canvas(inner + 2 * MARGIN, top + 18 + _SQUARE + 8 + _LINE * below + MARGIN)
    _write_head(canvas, title, note, inner)
    canvas.text((MARGIN, top), "query", size=11, bold=True)
    _put(canvas, query, (MARGIN, top + 18))
    for place, tile in enumerate(tiles):
        x = MARGIN + _SQUARE + APART + place * (_SQUARE + GAP)
        canvas.text((x, top), str(place + 1), size=11, colour=MUTED)
        _draw(canvas, tile, (x, top + 18))
    return canvas.array()


def _draw(canvas: Canvas, tile: Tile, corner: tuple[float, float]) -> None:
    x, y = corner
    if tile.picture is None:
        canvas.box((x, y, x + _SQUARE, y + _SQUARE), _EMPTY, dashed=True)
        canvas.text((x + 8, y + _SQUARE / 2 - 6), "file is gone", size=10, colour=MUTED)
    else:
        frame = _put(canvas, tile.picture, corner)
        if tile.framed:
            canvas.box(frame, RIGHT)
    below, width = y + _SQUARE + 8, _SQUARE + GAP - 4
    canvas.lines((x, below), tile.captions[:1], _LINE, size=10, width=width)
    lower = (x, below + _LINE)
    canvas.lines(lower, tile.captions[1:], _LINE, size=10, colour=MUTED, width=width)


def _put(canvas: Canvas, picture: Image, corner: tuple[float, float]) -> Box:
    """Paste a picture in the middle of its square; return the corners of a frame around it."""
    extent = tile_extent(picture, _SQUARE)
    return paste_centred(canvas, picture, extent, corner, Extent(_SQUARE, _SQUARE))
