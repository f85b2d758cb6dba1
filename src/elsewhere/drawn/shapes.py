"""Shapes as signed distances, and the pose that takes a figure's shapes into a picture.

A distance is negative inside and positive outside, in units of the picture's side.

Only sums, products, quotients, square roots, minima and maxima are used. IEEE 754 rounds these the
same way everywhere, while sines and exponentials differ between processors: this, and no borrowed
rasterizer, is what makes a drawing the same on every machine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Point = tuple[float, float]
Bounds = tuple[float, float, float, float]
Disc = tuple[float, float, float]
"""x, y, radius."""
Stroke = tuple[float, float, float, float, float, float]
"""x, y, x at the end, y at the end, radius, radius at the end."""
EVERYWHERE: Bounds = (-9.0, -9.0, 9.0, 9.0)


def clamp(field: Field) -> Field:
    """The field within 0..1 (numpy's own clip takes three times as long on small arrays)."""
    bounded: Field = np.minimum(np.maximum(field, 0.0), 1.0)
    return bounded


class Shape(NamedTuple):
    """Something that can be painted.

    Attributes:
        bounds: left, top, right and bottom of a box that holds it.
        distance: signed distance of every pixel; x is one row of centres, y one column.
    """

    bounds: Bounds
    distance: Callable[[Field, Field], Field]


def _around(boxes: Sequence[Bounds]) -> Bounds:
    """The box round all boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _columns(rows: Sequence[Sequence[float]]) -> list[Field]:
    table = np.asarray(rows, dtype=np.float32)
    return list(table.T[:, :, None, None])


def dots(rows: Sequence[Disc]) -> Shape:
    """Discs; a row is (x, y, radius)."""

    def distance(x: Field, y: Field) -> Field:
        cx, cy, radius = _columns(rows)
        dx, dy = x - cx, y - cy
        away: Field = (np.sqrt(dx * dx + dy * dy) - radius).min(axis=0)
        return away

    return Shape(_around([(x - r, y - r, x + r, y + r) for x, y, r in rows]), distance)


def strokes(rows: Sequence[Stroke]) -> Shape:
    """Tapered strokes; a row is (x, y, x end, y end, radius, radius at the end)."""

    def distance(x: Field, y: Field) -> Field:
        ax, ay, bx, by, start, end = _columns(rows)
        ux, uy = bx - ax, by - ay
        square = ux * ux + uy * uy
        px, py = x - ax, y - ay
        along = clamp(px * (ux / square) + py * (uy / square))
        dx, dy = px - along * ux, py - along * uy
        away: Field = (np.sqrt(dx * dx + dy * dy) - start - along * (end - start)).min(axis=0)
        return away

    starts = [(a - r, b - r, a + r, b + r) for a, b, _, _, r, _ in rows]
    ends = [(c - s, d - s, c + s, d + s) for _, _, c, d, _, s in rows]
    return Shape(_around(starts + ends), distance)


def ellipse(centre: Point, along: float, across: float, direction: Point = (1.0, 0.0)) -> Shape:
    """An ellipse with half axes `along` and `across` a unit direction.

    Its distance is of first order: exact on the outline, good to a few per cent near it.
    """
    (cx, cy), (ux, uy), reach = centre, direction, max(along, across)

    def distance(x: Field, y: Field) -> Field:
        px, py = x - cx, y - cy
        p, q = (px * ux + py * uy) / along, (py * ux - px * uy) / across
        level: Field = np.sqrt(p * p + q * q)
        p, q = p / along, q / across
        slope: Field = np.sqrt(p * p + q * q)
        # The small numbers matter only at the very centre, where 0 / 0 would stand.
        tiny = np.float32(1e-4)
        away: Field = (level - 1.0) * (level + tiny) / (slope + tiny / min(along, across))
        return away

    return Shape((cx - reach, cy - reach, cx + reach, cy + reach), distance)


def polygon(points: Sequence[Point]) -> Shape:
    """A convex polygon; its points go round in either sense."""

    def distance(x: Field, y: Field) -> Field:
        (ax, ay), (bx, by), (cx, cy) = points[:3]
        sense = 1.0 if (bx - ax) * (cy - by) > (by - ay) * (cx - bx) else -1.0
        lines: list[Field] = []
        for number, (x2, y2) in enumerate(points):
            x1, y1 = points[number - 1]
            scale = sense / sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1))
            nx, ny = (y2 - y1) * scale, (x1 - x2) * scale
            lines.append((x * nx - (x1 * nx + y1 * ny)) + y * ny)
        return reduce(np.maximum, lines)

    return Shape(_around([(x, y, x, y) for x, y in points]), distance)


def above(point: Point, outward: Point) -> Shape:
    """All that lies on one side of a line: the side that `outward` points away from."""
    (px, py), (ox, oy) = point, outward
    return Shape(EVERYWHERE, lambda x, y: (x - px) * ox + (y - py) * oy)


def outside(shape: Shape) -> Shape:
    """All that a shape leaves free."""
    return Shape(EVERYWHERE, lambda x, y: -shape.distance(x, y))


def both(first: Shape, second: Shape) -> Shape:
    """What two shapes share."""
    one, two = first.bounds, second.bounds
    bounds = max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])
    return Shape(bounds, lambda x, y: np.maximum(first.distance(x, y), second.distance(x, y)))


def melted(shapes: Sequence[Shape], reach: float) -> Shape:
    """Shapes that flow into each other, as head, breast and body of a bird do."""

    def distance(x: Field, y: Field) -> Field:
        away = shapes[0].distance(x, y)
        for shape in shapes[1:]:
            other = shape.distance(x, y)
            share = clamp(0.5 + (other - away) * (0.5 / reach))
            away = other + (away - other) * share - reach * share * (1.0 - share)
        return away

    left, top, right, bottom = _around([shape.bounds for shape in shapes])
    more = reach / 4  # what the seams add
    return Shape((left - more, top - more, right + more, bottom + more), distance)


def box(left: float, top: float, right: float, bottom: float) -> Shape:
    """An upright rectangle."""
    return polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


@dataclass(frozen=True)
class Pose:
    """Takes a figure's coordinates to the picture's: mirror, turn, scale, shift.

    Attributes:
        across: Where the figure's x axis points, times its scale.
        down: Where its y axis points, times its scale.
        origin: Where the figure's origin lies.
        unit: Sides of the picture per unit of the figure.
        mirrored: The figure faces left.
    """

    across: Point
    down: Point
    origin: Point
    unit: float
    mirrored: bool

    @classmethod
    def tilted(
        cls, half: float, *, mirrored: bool, unit: float = 1.0, origin: Point = (0.0, 0.0)
    ) -> "Pose":
        """A pose turned by twice the angle whose tangent is `half` (positive: head down)."""
        # Through the half angle, since sines are not rounded alike on all machines.
        cosine, sine = (1 - half * half) / (1 + half * half), 2 * half / (1 + half * half)
        flip = -1.0 if mirrored else 1.0
        across, down = (flip * cosine * unit, sine * unit), (-flip * sine * unit, cosine * unit)
        return cls(across, down, origin, unit, mirrored)

    def point(self, at: Point) -> Point:
        """A point of the figure in the picture."""
        x, y = at
        return (
            self.origin[0] + x * self.across[0] + y * self.down[0],
            self.origin[1] + x * self.across[1] + y * self.down[1],
        )

    def extent(self, points: Sequence[Point]) -> Bounds:
        """The box in the picture round points of the figure."""
        return polygon([self.point(point) for point in points]).bounds

    def direction(self, x: float, y: float) -> Point:
        """A direction of the figure in the picture, of length one."""
        dx, dy = x * self.across[0] + y * self.down[0], x * self.across[1] + y * self.down[1]
        length = sqrt(dx * dx + dy * dy)
        return (dx / length, dy / length)

    def strokes(self, *rows: Stroke) -> Shape:
        """Strokes given in the figure's coordinates."""
        return strokes(
            [
                (*self.point((a, b)), *self.point((c, d)), r * self.unit, s * self.unit)
                for a, b, c, d, r, s in rows
            ]
        )

    def dots(self, *rows: Disc) -> Shape:
        """Discs given in the figure's coordinates."""
        return dots([(*self.point((x, y)), r * self.unit) for x, y, r in rows])

    def ellipse(self, x: float, y: float, along: float, across: float, toward: Point) -> Shape:
        """An ellipse given in the figure's coordinates."""
        direction = self.direction(*toward)
        return ellipse(self.point((x, y)), along * self.unit, across * self.unit, direction)

    def polygon(self, *points: Point) -> Shape:
        """A convex polygon given in the figure's coordinates."""
        return polygon([self.point(point) for point in points])

    def above(self, x: float, y: float, outward: Point) -> Shape:
        """A half plane given in the figure's coordinates."""
        return above(self.point((x, y)), self.direction(*outward))
