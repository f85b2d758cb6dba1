"""A picture that somebody asked about, and the nearest ones of a store in a row."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from elsewhere.visualization.canvas import INK, MUTED, RIGHT, Canvas
from elsewhere.visualization.tiles import Extent, Image, picture_tile, tile_extent

_MARGIN, _GAP, _APART, _SIDE, _LINE = 20.0, 12.0, 26.0, 96.0, 13.0
_GONE = "#c9cdd3"


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
    inner = max(_SIDE + _APART + len(tiles) * (_SIDE + _GAP) - _GAP, 4 * _SIDE)
    below = max([0, *(len(tile.captions) for tile in tiles)])
    top = _MARGIN + 41
    canvas = Canvas(inner + 2 * _MARGIN, top + 18 + _SIDE + 8 + _LINE * below + _MARGIN)
    canvas.text((_MARGIN, _MARGIN), title, size=13, bold=True, width=inner)
    canvas.text((_MARGIN, _MARGIN + 19), note, size=11, colour=MUTED, width=inner)
    canvas.text((_MARGIN, top), "query", size=11, bold=True)
    _put(canvas, query, (_MARGIN, top + 18))
    for place, tile in enumerate(tiles):
        x = _MARGIN + _SIDE + _APART + place * (_SIDE + _GAP)
        canvas.text((x, top), str(place + 1), size=11, colour=MUTED)
        _draw(canvas, tile, (x, top + 18))
    return canvas.array()


def _draw(canvas: Canvas, tile: Tile, corner: tuple[float, float]) -> None:
    x, y = corner
    if tile.picture is None:
        canvas.box((x, y, x + _SIDE, y + _SIDE), _GONE, dashed=True)
        canvas.text((x + 8, y + _SIDE / 2 - 6), "file is gone", size=10, colour=MUTED)
    else:
        corners = _put(canvas, tile.picture, corner)
        if tile.framed:
            canvas.box(corners, RIGHT)
    for number, line in enumerate(tile.captions):
        place = (x, y + _SIDE + 8 + number * _LINE)
        colour = MUTED if number else INK
        canvas.text(place, line, size=10, colour=colour, width=_SIDE + _GAP - 4)


def _put(
    canvas: Canvas, picture: Image, corner: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Paste a picture in the middle of its square; return the corners of a frame around it."""
    extent: Extent = tile_extent(picture, _SIDE)
    x = corner[0] + (_SIDE - extent.width) / 2
    y = corner[1] + (_SIDE - extent.height) / 2
    canvas.paste((x, y), picture_tile(picture, extent))
    return x - 2, y - 2, x + extent.width + 2, y + extent.height + 2
