"""A square picture that shapes are painted on, colours, and smooth noise for textures."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from elsewhere.drawn.shapes import Bounds, Field, Shape, clamp

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies `share` of the way from the first to the second."""
    r, g, b = (one + (two - one) * share for one, two in zip(first, second, strict=True))
    return (r, g, b)


@lru_cache(maxsize=256)
def _weights(cells: int, size: int) -> tuple[np.ndarray, Field]:
    place = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(cells / size)
    cell = np.minimum(place.astype(np.int64), cells - 1)
    part = (place - cell).astype(np.float32)
    return cell, part * part * (3.0 - 2.0 * part)


def noise(generator: np.random.Generator, rows: int, columns: int, size: int) -> Field:
    """Smooth noise in 0..1 of (size, size) pixels, the same pattern at every size.

    Random values on a lattice of `rows` by `columns` cells, joined by smooth steps.
    """
    lattice = generator.random((rows + 1, columns + 1)).astype(np.float32)
    cell, part = _weights(rows, size)
    tall = lattice[cell] + (lattice[cell + 1] - lattice[cell]) * part[:, None]
    cell, part = _weights(columns, size)
    left = tall[:, cell]
    field: Field = left + (tall[:, cell + 1] - left) * part[None, :]
    return field


def extent_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """The box round all that is True, xyxy, right and bottom exclusive."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


class Drawn(NamedTuple):
    """One picture and all that is known about it.

    Attributes:
        image: uint8 colours, (height, width, 3).
        box: the exact extent of `mask` as xyxy pixels, right and bottom exclusive.
        attributes: traits, and how it was seen.
        mask: True where what is drawn covers at least half of a pixel, whatever may stand in front
            of it, (height, width).
        parts: where each part of a bird lies, in pixels from the upper left corner.
    """

    image: np.ndarray
    box: tuple[int, int, int, int]
    attributes: dict[str, str]
    mask: np.ndarray
    parts: Mapping[str, tuple[float, float]] = {}


class Canvas:
    """Colours in 0..1 of `size` × `size` pixels; positions are in units of the side.

    Once `track` was called, `cover` gathers how much of each pixel is painted over (0..1).
    """

    def __init__(self, size: int, colour: Colour = (0.0, 0.0, 0.0)) -> None:
        self.size = size
        self.pixels = np.empty((3, size, size), dtype=np.float32)
        self.pixels[:] = _column(colour)
        self.cover: Field | None = None
        self._centres = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)

    @property
    def heights(self) -> Field:
        """How far down the rows of pixels lie (0..1), as one column."""
        return self._centres[:, None]

    def track(self) -> Field:
        """Start gathering `cover` anew, and return it."""
        self.cover = np.zeros((self.size, self.size), dtype=np.float32)
        return self.cover

    def paint(
        self,
        shape: Shape,
        colour: Colour,
        below: Colour | None = None,
        *,
        soft: float = 0.0,
        rim: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a shape with smooth edges.

        Args:
            shape: What to paint.
            colour: Its colour, or that of its top where `below` is given.
            below: The colour of its bottom; between the two it changes evenly.
            soft: Width of the blurred edge; 0 for one pixel.
            rim: How much darker the outline is than the middle, 0..1: makes it look round.
            opacity: 1 hides what lies under it.
        """
        bounds = shape.bounds
        window = self._window(bounds, soft)
        if window is None:
            return
        rows, columns = window
        x, y = self._centres[None, columns], self._centres[rows, None]
        away = shape.distance(x, y)
        cover = clamp(0.5 - away * (1.0 / max(soft, 1.0 / self.size)))
        if soft > 0:
            cover = cover * cover * (3.0 - 2.0 * cover)
        if opacity < 1:
            cover = cover * np.float32(opacity)
        paint = _column(colour)
        if below is not None:
            _, top, _, bottom = bounds
            share = clamp((y - top) * (1.0 / (bottom - top)))
            paint = paint + (_column(below) - paint) * share
        if rim > 0:
            shade = clamp(1.0 + away * (1.0 / _depth(bounds)))
            paint = paint * (1.0 - rim * shade * shade)
        patch = self.pixels[:, rows, columns]
        patch += cover * (paint - patch)
        if self.cover is not None:
            seen = self.cover[rows, columns]
            seen += cover * (1.0 - seen)

    def shade(self, shape: Shape, colour: Colour, light: float, dark: float, **how: float) -> None:
        """Paint a shape lit from above: by so much lighter at its top, darker at its bottom."""
        self.paint(shape, mix(colour, WHITE, light), mix(colour, BLACK, dark), **how)

    def tint(self, colour: Colour, share: Field) -> None:
        """Move every pixel towards a colour by its share (0..1)."""
        self.pixels += share * (_column(colour) - self.pixels)

    def gradient(self, *stops: tuple[float, Colour]) -> None:
        """Fill the picture from top to bottom with colours at the given heights (0..1)."""
        self.pixels[:] = _column(stops[0][1])
        for (high, _), (low, colour) in pairwise(stops):
            self.tint(colour, clamp((self.heights - high) * (1.0 / (low - high))))

    def to_uint8(self) -> np.ndarray:
        """The picture as (size, size, 3) bytes."""
        scaled = clamp(self.pixels) * 255.0 + 0.5
        return np.ascontiguousarray(scaled.astype(np.uint8).transpose(1, 2, 0))

    def _window(self, bounds: Bounds, soft: float) -> tuple[slice, slice] | None:
        margin = soft / 2 + 1.0 / self.size
        left, top = (max(0, int((edge - margin) * self.size)) for edge in bounds[:2])
        right, bottom = (
            min(self.size, int((edge + margin) * self.size) + 1) for edge in bounds[2:]
        )
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)


def _column(colour: Colour) -> Field:
    return np.array(colour, dtype=np.float32)[:, None, None]


def _depth(bounds: Bounds) -> float:
    return min(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 2
