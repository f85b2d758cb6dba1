"""Shapes as signed distances, and the pose that takes a figure's shapes into a picture.

A distance is negative inside and positive outside, in units of the picture's side.

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
Disc = tuple[float, float, float]
"""x, y, radius."""
Stroke = tuple[float, float, float, float, float, float]
"""x, y, x at the end, y at the end, radius, radius at the end."""
EVERYWHERE: Bounds = (-9.0, -9.0, 9.0, 9.0)


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


def _around(boxes: Sequence[Bounds]) -> Bounds:
    """The box round all boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _columns(rows: Sequence[Sequence[float]]) -> list[Field]:
    table = np.asarray(rows, dtype=np.float32)
    return list(table.T[:, :, None, None])


@dataclass(frozen=True)
class Dots:
    """Discs; a row is (x, y, radius)."""

    rows: Sequence[Disc]

    @property
    def bounds(self) -> Bounds:
        """The box round all discs."""
        return _around([(x - r, y - r, x + r, y + r) for x, y, r in self.rows])

    def distance(self, x: Field, y: Field) -> Field:
        """Distance to the nearest disc."""
        cx, cy, radius = _columns(self.rows)
        dx, dy = x - cx, y - cy
        away: Field = (np.sqrt(dx * dx + dy * dy) - radius).min(axis=0)
        return away


@dataclass(frozen=True)
class Strokes:
    """Tapered strokes; a row is (x, y, x end, y end, radius, radius at the end)."""

    rows: Sequence[Stroke]

    @property
    def bounds(self) -> Bounds:
        """The box round all strokes."""
        starts = [(a - r, b - r, a + r, b + r) for a, b, _, _, r, _ in self.rows]
        ends = [(c - s, d - s, c + s, d + s) for _, _, c, d, _, s in self.rows]
        return _around(starts + ends)

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
        return _around([(x, y, x, y) for x, y in self.points])

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
        return EVERYWHERE

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
        return EVERYWHERE

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
        starts = max(one[0], two[0]), max(one[1], two[1])
        return (*starts, min(one[2], two[2]), min(one[3], two[3]))

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
        left, top, right, bottom = _around([shape.bounds for shape in self.shapes])
        more = self.reach / 4
        return left - more, top - more, right + more, bottom + more

    def distance(self, x: Field, y: Field) -> Field:
        """The polynomial smooth minimum of the distances."""
        away = self.shapes[0].distance(x, y)
        for shape in self.shapes[1:]:
            other = shape.distance(x, y)
            share = clamp(0.5 + (other - away) * (0.5 / self.reach))
            away = other + (away - other) * share - self.reach * share * (1.0 - share)
        return away


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """An upright rectangle."""
    return Polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


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
        return Polygon([self.point(point) for point in points]).bounds

    def direction(self, x: float, y: float) -> Point:
        """A direction of the figure in the picture, of length one."""
        dx, dy = x * self.across[0] + y * self.down[0], x * self.across[1] + y * self.down[1]
        length = sqrt(dx * dx + dy * dy)
        return (dx / length, dy / length)

    def strokes(self, *rows: Stroke) -> Strokes:
        """Strokes given in the figure's coordinates."""
        return Strokes(
            [
                (*self.point((a, b)), *self.point((c, d)), r * self.unit, s * self.unit)
                for a, b, c, d, r, s in rows
            ]
        )

    def dots(self, *rows: Disc) -> Dots:
        """Discs given in the figure's coordinates."""
        return Dots([(*self.point((x, y)), r * self.unit) for x, y, r in rows])

    def ellipse(self, x: float, y: float, along: float, across: float, toward: Point) -> Ellipse:
        """An ellipse given in the figure's coordinates."""
        direction = self.direction(*toward)
        return Ellipse(self.point((x, y)), along * self.unit, across * self.unit, direction)

    def polygon(self, *points: Point) -> Polygon:
        """A convex polygon given in the figure's coordinates."""
        return Polygon([self.point(point) for point in points])

    def above(self, x: float, y: float, outward: Point) -> Above:
        """A half plane given in the figure's coordinates."""
        return Above(self.point((x, y)), self.direction(*outward))
