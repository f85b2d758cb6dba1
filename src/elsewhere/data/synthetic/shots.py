"""One picture of a drawn individual, and what persons and vehicles have in common."""

from typing import NamedTuple

import numpy as np

from elsewhere.data.synthetic.canvas import Canvas, choice, uniform
from elsewhere.data.synthetic.places import SIGNS, box
from elsewhere.data.synthetic.shapes import Dots, Shape, Strokes
from elsewhere.errors import DataError

LEAST_SIZE = 32
MOST_SIZE = 2048


class DrawnIndividual(NamedTuple):
    """One picture and all that is known about it.

    Attributes:
        image: uint8 colours, (height, width, 3).
        box: The exact extent of `mask` as xyxy pixels, right and bottom exclusive.
        attributes: The individual's traits, and how it was seen.
        mask: True where the individual covers at least half of a pixel, whatever may stand in
            front of it, (height, width).
    """

    image: np.ndarray
    box: tuple[int, int, int, int]
    attributes: dict[str, str]
    mask: np.ndarray


def check_size(size: int) -> None:
    """Refuse sizes that show no detail.

    Raises:
        DataError: A side below 32 pixels, or above 2048.
    """
    if size > MOST_SIZE:
        raise DataError(f"drawn individuals: {size} pixels; use {MOST_SIZE} or less")
    if size < LEAST_SIZE:
        raise DataError(
            f"drawn individuals: {size} pixels show no detail; use {LEAST_SIZE} or more"
        )


def extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    """The box round all that is True, xyxy, right and bottom exclusive."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def paint_obstacle(
    canvas: Canvas, generator: np.random.Generator, *, left: float, right: float, share: float
) -> str:
    """Perhaps paint something small in front, and return its name, or "nothing".

    Args:
        canvas: with the individual on it.
        generator: draws whether, what and where.
        left: least place of its middle.
        right: greatest place of its middle.
        share: probability that something is there.
    """
    there, kind = uniform(generator, 0.0, 1.0), choice(generator, ("pole", "bush", "bin"))
    x, high = uniform(generator, left, right), uniform(generator, 0.0, 1.0)
    colour = choice(generator, SIGNS)
    if there >= share:
        return "nothing"
    if kind == "pole":
        shape: Shape = Strokes([(x, -0.1, x, 1.1, 0.014 + 0.012 * high, 0.02 + 0.012 * high)])
        canvas.paint(shape, (0.42, 0.44, 0.46), (0.26, 0.27, 0.28))
    elif kind == "bush":
        top = 0.98 - 0.1 * high
        rows = [(x + 0.05 * (n - 2), top + 0.02 * abs(n - 2), 0.06) for n in range(5)]
        canvas.paint(Dots(rows), (0.36, 0.58, 0.26), (0.14, 0.30, 0.13))
    else:
        top = 0.9 - 0.1 * high
        canvas.paint(box(x - 0.055, top, x + 0.055, 1.05), colour)
        canvas.paint(box(x - 0.065, top - 0.015, x + 0.065, top + 0.012), (0.2, 0.2, 0.22))
    return kind
