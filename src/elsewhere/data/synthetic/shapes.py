"""Shapes as signed distances: negative inside, positive outside, in units of the picture's side.

Only sums, products, quotients, square roots, minima and maxima are used. IEEE 754 rounds these the
same way everywhere, while sines and exponentials differ between processors: this, and no borrowed
rasterizer, is what makes a drawing the same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import sqrt
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Point = tuple[float, float]
Bounds = tuple[float, float, float, float]


def clamp(field: Field) -> Field:
    """The field within 0..1 (numpy's own clip takes three times as long on small arrays)."""
    bounded: Field = np.minimum(np.maximum(field, 0.0), 1.0)
    return bounded


@runtime_checkable
class Shape(Protocol):
    """Something that can be painted."""

    @property
    def bounds(self) -> Bounds:
        """Left, top, right and bottom of a box that holds the shape."""

    def distance(self, x: Field, y: Field) -> Field:
        """Signed distance of every pixel; x is one row of centres, y one column."""


def _columns(rows: Sequence[Sequence[float]]) -> list[Field]:
    table = np.asarray(rows, dtype=np.float32)
    return list(table.T[:, :, None, None])


@dataclass(frozen=True)
class Dots:
    """Discs; a row is (x, y, radius)."""

    rows: Sequence[tuple[float, float, float]]

    @property
    def bounds(self) -> Bounds:
        """The box round all discs."""
        return (
            min(x - r for x, _, r in self.rows),
            min(y - r for _, y, r in self.rows),
            max(x + r for x, _, r in self.rows),
            max(y + r for _, y, r in self.rows),
        )

    def distance(self, x: Field, y: Field) -> Field:
        """Distance to the nearest disc."""
        cx, cy, radius = _columns(self.rows)
        dx, dy = x - cx, y - cy
        away: Field = (np.sqrt(dx * dx + dy * dy) - radius).min(axis=0)
        return away


@dataclass(frozen=True)
class Strokes:
    """Tapered strokes; a row is (x, y, x end, y end, radius, radius at the end)."""

    rows: Sequence[tuple[float, float, float, float, float, float]]

    @property
    def bounds(self) -> Bounds:
        """The box round all strokes."""
        return (
            min(min(a - r, c - s) for a, _, c, _, r, s in self.rows),
            min(min(b - r, d - s) for _, b, _, d, r, s in self.rows),
            max(max(a + r, c + s) for a, _, c, _, r, s in self.rows),
            max(max(b + r, d + s) for _, b, _, d, r, s in self.rows),
        )

    def distance(self, x: Field, y: Field) -> Field:
        """Distance to the nearest stroke."""
        ax, ay, bx, by, start, end = _columns(self.rows)
        ux, uy = bx - ax, by - ay
        square = ux * ux + uy * uy
        px, py = x - ax, y - ay
        along = clamp(px * (ux / square) + py * (uy / square))
        dx, dy = px - along * ux, py - along * uy
        away: Field = (np.sqrt(dx * dx + dy * dy) - start - along * (end - start)).min(axis=0)
        return away


@dataclass(frozen=True)
class Ellipse:
    """An ellipse with half axes `along` and `across` a unit direction."""

    centre: Point
    along: float
    across: float
    direction: Point = (1.0, 0.0)

    @property
    def bounds(self) -> Bounds:
        """A box of the larger half axis round the centre."""
        (x, y), reach = self.centre, max(self.along, self.across)
        return (x - reach, y - reach, x + reach, y + reach)

    def distance(self, x: Field, y: Field) -> Field:
        """First-order distance: exact on the outline, good to a few per cent near it."""
        (cx, cy), (ux, uy) = self.centre, self.direction
        px, py = x - cx, y - cy
        p, q = (px * ux + py * uy) / self.along, (py * ux - px * uy) / self.across
        level: Field = np.sqrt(p * p + q * q)
        p, q = p / self.along, q / self.across
        slope: Field = np.sqrt(p * p + q * q)
        # The small numbers matter only at the very centre, where 0 / 0 would stand.
        tiny = np.float32(1e-4)
        away: Field = (level - 1.0) * (level + tiny) / (slope + tiny / min(self.along, self.across))
        return away


@dataclass(frozen=True)
class Polygon:
    """A convex polygon; its points go round in either sense."""

    points: Sequence[Point]

    @property
    def bounds(self) -> Bounds:
        """The box round the points."""
        xs, ys = [x for x, _ in self.points], [y for _, y in self.points]
        return (min(xs), min(ys), max(xs), max(ys))

    def distance(self, x: Field, y: Field) -> Field:
        """Distance to the farthest of the edges' lines."""
        (ax, ay), (bx, by), (cx, cy) = self.points[:3]
        sense = 1.0 if (bx - ax) * (cy - by) > (by - ay) * (cx - bx) else -1.0
        lines: list[Field] = []
        for number, (x2, y2) in enumerate(self.points):
            x1, y1 = self.points[number - 1]
            scale = sense / sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1))
            nx, ny = (y2 - y1) * scale, (x1 - x2) * scale
            lines.append((x * nx - (x1 * nx + y1 * ny)) + y * ny)
        return reduce(np.maximum, lines)


@dataclass(frozen=True)
class Above:
    """All that lies on one side of a line: the side that `outward` points away from."""

    point: Point
    outward: Point

    @property
    def bounds(self) -> Bounds:
        """The whole picture, and more."""
        return (-9.0, -9.0, 9.0, 9.0)

    def distance(self, x: Field, y: Field) -> Field:
        """Distance to the line."""
        return (x - self.point[0]) * self.outward[0] + (y - self.point[1]) * self.outward[1]


@dataclass(frozen=True)
class Outside:
    """All that a shape leaves free."""

    shape: Shape

    @property
    def bounds(self) -> Bounds:
        """The whole picture, and more."""
        return (-9.0, -9.0, 9.0, 9.0)

    def distance(self, x: Field, y: Field) -> Field:
        """The shape's distance with the other sign."""
        return -self.shape.distance(x, y)


@dataclass(frozen=True)
class Both:
    """What two shapes share."""

    first: Shape
    second: Shape

    @property
    def bounds(self) -> Bounds:
        """The box that the two boxes share."""
        one, two = self.first.bounds, self.second.bounds
        return (
            max(one[0], two[0]),
            max(one[1], two[1]),
            min(one[2], two[2]),
            min(one[3], two[3]),
        )

    def distance(self, x: Field, y: Field) -> Field:
        """The larger of the two distances."""
        return np.maximum(self.first.distance(x, y), self.second.distance(x, y))


@dataclass(frozen=True)
class Melted:
    """Shapes that flow into each other, as head, breast and body of a bird do."""

    shapes: Sequence[Shape]
    reach: float

    @property
    def bounds(self) -> Bounds:
        """The box round all shapes, widened by what the seams add."""
        boxes = [shape.bounds for shape in self.shapes]
        return (
            min(box[0] for box in boxes) - self.reach / 4,
            min(box[1] for box in boxes) - self.reach / 4,
            max(box[2] for box in boxes) + self.reach / 4,
            max(box[3] for box in boxes) + self.reach / 4,
        )

    def distance(self, x: Field, y: Field) -> Field:
        """The polynomial smooth minimum of the distances."""
        away = self.shapes[0].distance(x, y)
        for shape in self.shapes[1:]:
            other = shape.distance(x, y)
            share = clamp(0.5 + (other - away) * (0.5 / self.reach))
            away = other + (away - other) * share - self.reach * share * (1.0 - share)
        return away
