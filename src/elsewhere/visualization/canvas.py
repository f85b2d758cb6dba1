"""A white sheet measured in layout units, drawn at twice as many pixels for sharp screens."""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

DENSITY = 2
"""Pixels per layout unit."""

INK = "#1a1d21"
MUTED = "#6a7079"
RIGHT = "#0b7d4b"
WRONG = "#c22f1b"
PREDICTED_BOX = "#ffb000"

_REPLACEMENTS = {"–": "-", "—": "-", "−": "-", "×": "x", "→": ">", "≥": ">=", "≤": "<=", "ß": "ss"}


class Canvas:
    """A sheet to put tiles, words and boxes on.

    All positions and sizes are layout units, from the top left.

    Args:
        width: of the sheet.
        height: of the sheet.
    """

    def __init__(self, width: float, height: float) -> None:
        self._image = Image.new("RGB", (pixels(width), pixels(height)), "white")
        self._draw = ImageDraw.Draw(self._image)

    def text(
        self,
        position: tuple[float, float],
        words: str,
        *,
        size: float = 12,
        colour: str = INK,
        bold: bool = False,
        anchor: Literal["l", "m", "r"] = "l",
        width: float | None = None,
    ) -> None:
        """Write one line whose capitals start at `position`; cut with an ellipsis to `width`."""
        line = fit_text(words, size, width) if width is not None else printable(words)
        self._draw.text(
            (pixels(position[0]), pixels(position[1])),
            line,
            fill=colour,
            font=_font(size),
            anchor=f"{anchor}a",
            stroke_width=0.25 * DENSITY if bold else 0,
        )

    def lines(
        self,
        position: tuple[float, float],
        lines: Sequence[str],
        step: float,
        *,
        size: float = 12,
        colour: str = INK,
        bold: bool = False,
        width: float | None = None,
    ) -> None:
        """Write several lines one below the other, `step` units apart; see `text`."""
        x, y = position
        for number, line in enumerate(lines):
            place = (x, y + number * step)
            self.text(place, line, size=size, colour=colour, bold=bold, width=width)

    def paste(self, position: tuple[float, float], tile: UInt8[np.ndarray, "h w 3"]) -> None:
        """Put a tile, already in pixels, with softly rounded corners."""
        picture = Image.fromarray(np.ascontiguousarray(tile))
        place = (pixels(position[0]), pixels(position[1]))
        self._image.paste(picture, place, _rounded_mask(picture.size, pixels(4)))

    def box(
        self,
        corners: tuple[float, float, float, float],
        colour: str,
        *,
        dashed: bool = False,
    ) -> None:
        """Draw a rectangle with a dark rim that keeps it visible on any picture."""
        rim, line = round(2.5 * DENSITY), round(1.5 * DENSITY)
        left, top, right, bottom = (pixels(value) for value in corners)
        for thickness, paint in ((rim, "#00000099"), (line, colour)):
            for ends in _edges(left, top, right, bottom):
                self._stroke(ends, paint, thickness, dashed)

    def swatch(self, position: tuple[float, float], colour: str) -> None:
        """A short sample of a box's line, for a legend."""
        x, y = pixels(position[0]), pixels(position[1])
        self._stroke((x, y, x + pixels(14), y), colour, round(1.5 * DENSITY), dashed=False)

    def mark(self, position: tuple[float, float], correct: bool) -> None:
        """A tick or a cross of 9 by 9 units: the meaning never rests on colour alone."""
        x, y = position
        shape = [(0, 5), (3.2, 8.2), (9, 1)] if correct else [(0.8, 0.8), (8.2, 8.2)]
        points = [(pixels(x + a), pixels(y + b)) for a, b in shape]
        colour = RIGHT if correct else WRONG
        self._draw.line(points, fill=colour, width=pixels(1.8), joint="curve")
        if not correct:
            self._draw.line(
                [(pixels(x + 8.2), pixels(y + 0.8)), (pixels(x + 0.8), pixels(y + 8.2))],
                fill=colour,
                width=pixels(1.8),
            )

    def array(self) -> UInt8[np.ndarray, "height width 3"]:
        """The finished sheet."""
        return np.array(self._image)

    def _stroke(
        self,
        ends: tuple[int, int, int, int],
        colour: str,
        thickness: int,
        dashed: bool,
    ) -> None:
        x0, y0, x1, y1 = ends
        length = max(abs(x1 - x0), abs(y1 - y0))
        dash = 12
        step = dash + dash // 2 if dashed else max(length, 1)
        across = (1, 0) if x1 != x0 else (0, 1)
        before, after = thickness // 2, thickness - thickness // 2 - 1
        for start in range(0, max(length, 1), step):
            stop = min(start + (dash if dashed else length), length)
            a = (x0 + across[0] * start, y0 + across[1] * start)
            b = (x0 + across[0] * stop, y0 + across[1] * stop)
            self._fill((a[0] - before, a[1] - before, b[0] + after, b[1] + after), colour)

    def _fill(self, corners: tuple[int, int, int, int], colour: str) -> None:
        if len(colour) == 7:
            self._draw.rectangle(corners, fill=colour)
            return
        opacity = int(colour[7:], 16)
        size = (corners[2] - corners[0] + 1, corners[3] - corners[1] + 1)
        self._image.paste(colour[:7], corners[:2], Image.new("L", size, opacity))


def pixels(units: float) -> int:
    """Layout units as whole pixels."""
    return round(units * DENSITY)


def text_width(words: str, size: float) -> float:
    """How wide a line is, in layout units."""
    return _font(size).getlength(printable(words)) / DENSITY


def fit_text(words: str, size: float, width: float) -> str:
    """The line itself, or as much of it as fits in `width` with an ellipsis."""
    line = printable(words)
    if text_width(line, size) <= width:
        return line
    ends = range(1, len(line))
    fitting = bisect_right(ends, width, key=lambda end: text_width(line[:end] + "…", size))
    return line[:fitting].rstrip() + "…"


def wrap_text(words: str, size: float, width: float) -> list[str]:
    """Lines between whose words it is broken so that each fits, unless one word alone does not."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def printable(words: str) -> str:
    """Spell words with the letters that the built-in font has: accents fall away, rest is "?"."""
    return "".join(_letter(letter) for letter in words)


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    if letter.isascii() or _has_glyph(letter):
        return letter if letter.isprintable() else " "
    if letter in _REPLACEMENTS:
        return _REPLACEMENTS[letter]
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or "?"


def _has_glyph(letter: str) -> bool:
    missing = bytes(_font(12).getmask("\uffff"))
    return bytes(_font(12).getmask(letter)) != missing


@lru_cache(maxsize=32)
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * DENSITY)


@lru_cache(maxsize=16)
def _rounded_mask(size: tuple[int, int], radius: int) -> Image.Image:
    finer = 4
    mask = Image.new("L", (size[0] * finer, size[1] * finer), 0)
    corners = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(corners, radius * finer, fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)


def _edges(left: int, top: int, right: int, bottom: int) -> tuple[tuple[int, int, int, int], ...]:
    # right and bottom are exclusive: the last pixel inside is one less
    right, bottom = max(right - 1, left), max(bottom - 1, top)
    return (
        (left, top, right, top),
        (left, bottom, right, bottom),
        (left, top, left, bottom),
        (right, top, right, bottom),
    )
