"""A picture that somebody asked about, and the nearest ones of a store in a row."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from elsewhere.visualization.canvas import MUTED, RIGHT, Canvas
from elsewhere.visualization.tiles import Extent, Image, paste_centred, tile_extent

_MARGIN, _GAP, _APART, _SIDE, _LINE = 20.0, 12.0, 26.0, 96.0, 13.0
_CELL = Extent(_SIDE, _SIDE)
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
    paste_centred(canvas, query, tile_extent(query, _SIDE), (_MARGIN, top + 18), _CELL)
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
        extent = tile_extent(tile.picture, _SIDE)
        frame = paste_centred(canvas, tile.picture, extent, corner, _CELL)
        if tile.framed:
            canvas.box(frame, RIGHT)
    below, width = y + _SIDE + 8, _SIDE + _GAP - 4
    canvas.lines((x, below), tile.captions[:1], _LINE, size=10, width=width)
    lower = (x, below + _LINE)
    canvas.lines(lower, tile.captions[1:], _LINE, size=10, colour=MUTED, width=width)
