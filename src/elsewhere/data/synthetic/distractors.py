"""Flowers, berries, leaves and stones in the colours and patterns of the birds' parts.

They make sure that no colour alone gives a species away: it counts only at the right place.
"""

from math import sqrt
from typing import Literal

import numpy as np

from elsewhere.data.synthetic.canvas import Canvas, Colour, choice, mix, uniform
from elsewhere.data.synthetic.palette import CREAM, CROWNS
from elsewhere.data.synthetic.shapes import Both, Dots, Ellipse, Point, Strokes

Kind = Literal["flower", "blossom", "berries", "leaf", "stone"]
COLOURS: tuple[Colour, ...] = tuple(CROWNS.values())
STEM: Colour = (0.20, 0.36, 0.16)
PETALS: tuple[Point, ...] = (
    (0.0, -1.0),
    (0.951, -0.309),
    (0.588, 0.809),
    (-0.588, 0.809),
    (-0.951, -0.309),
)


def paint_distractor(
    canvas: Canvas, kind: Kind, at: Point, radius: float, generator: np.random.Generator
) -> None:
    """Paint one distractor of about `radius` (in units of the side) round a point.

    Its colour is any crown's, whichever the species; the generator draws colour and details.
    """
    colour = mix(choice(generator, COLOURS), (1.0, 1.0, 1.0), uniform(generator, 0.0, 0.12))
    lean = uniform(generator, -1.0, 1.0)
    if kind == "flower":
        _stem(canvas, at, radius, lean)
        _blossom(canvas, at, radius, colour)
    elif kind == "blossom":
        _blossom(canvas, at, radius, colour)
    elif kind == "berries":
        _berries(canvas, at, radius, colour, lean)
    elif kind == "leaf":
        _leaf(canvas, at, radius, colour, lean)
    else:
        _stone(canvas, at, radius, lean)


def _stem(canvas: Canvas, at: Point, radius: float, lean: float) -> None:
    x, y = at
    canvas.paint(Strokes([(x, y, x + lean * radius, y + 4 * radius, radius / 6, radius / 5)]), STEM)


def _blossom(canvas: Canvas, at: Point, radius: float, colour: Colour) -> None:
    x, y = at
    petals = [(x + px * radius * 0.62, y + py * radius * 0.62, radius * 0.5) for px, py in PETALS]
    canvas.paint(Dots(petals), mix(colour, (1.0, 1.0, 1.0), 0.15), mix(colour, (0, 0, 0), 0.12))
    centre = mix(CREAM, (0.95, 0.75, 0.2), 0.5)
    canvas.paint(Dots([(x, y, radius * 0.34)]), centre)


def _berries(canvas: Canvas, at: Point, radius: float, colour: Colour, lean: float) -> None:
    x, y = at
    spots = [(-0.55, 0.25 + lean / 8), (0.5, 0.2 - lean / 8), (lean / 8, 0.85)]
    stems = [
        (x, y - radius * 0.7, x + px * radius, y + py * radius, radius / 8, radius / 9)
        for px, py in spots
    ]
    canvas.paint(Strokes(stems), (0.30, 0.22, 0.14))
    dots = [(x + px * radius, y + py * radius, radius * 0.46) for px, py in spots]
    canvas.paint(Dots(dots), mix(colour, (1.0, 1.0, 1.0), 0.1), mix(colour, (0, 0, 0), 0.3))
    shine = [(px - radius * 0.14, py - radius * 0.16, radius * 0.13) for px, py, _ in dots]
    canvas.paint(Dots(shine), (1.0, 1.0, 1.0), opacity=0.7)


def _leaf(canvas: Canvas, at: Point, radius: float, colour: Colour, lean: float) -> None:
    x, y = at
    direction = _unit(1.0, lean)
    ux, uy = direction
    shape = Ellipse(at, radius * 1.15, radius * 0.52, direction)
    canvas.paint(shape, mix(colour, (1.0, 1.0, 1.0), 0.08), mix(colour, (0, 0, 0), 0.25))
    reach = radius * 1.3
    vein = (x - ux * reach, y - uy * reach, x + ux * radius, y + uy * radius)
    canvas.paint(Strokes([(*vein, radius / 9, radius / 18)]), mix(colour, (0, 0, 0), 0.45))


def _stone(canvas: Canvas, at: Point, radius: float, lean: float) -> None:
    """A pebble that carries one of the wings' patterns."""
    x, y = at
    shadow = Ellipse((x, y + radius * 0.5), radius * 1.35, radius * 0.4)
    canvas.paint(shadow, (0.05, 0.05, 0.08), soft=radius * 0.6, opacity=0.4)
    stone = Ellipse(at, radius * 1.25, radius * 0.8)
    canvas.paint(stone, (0.50, 0.48, 0.47), (0.27, 0.26, 0.28))
    width = radius * 0.17
    if lean > 0:
        bars = [
            (x + s * radius, y - radius, x + s * radius - radius * 0.3, y + radius, width, width)
            for s in (-0.35, 0.2, 0.75)
        ]
        canvas.paint(Both(Strokes(bars), stone), CREAM)
    else:
        spots = [(-0.6, 0.0), (-0.1, -0.35), (0.05, 0.3), (0.55, -0.05)]
        dots = [(x + px * radius, y + py * radius, radius * 0.2) for px, py in spots]
        canvas.paint(Both(Dots(dots), stone), CREAM)


def _unit(x: float, y: float) -> Point:
    length = sqrt(x * x + y * y)
    return (x / length, y / length)
