"""Where and how a bird sits in a picture."""

from dataclasses import dataclass
from math import sqrt

from elsewhere.data.synthetic.shapes import Above, Dots, Ellipse, Point, Polygon, Strokes


@dataclass(frozen=True)
class Pose:
    """Takes the bird's coordinates to the picture's: mirror, turn, scale, shift.

    Attributes:
        across: Where the bird's x axis points, times its scale.
        down: Where its y axis points, times its scale.
        origin: Where the middle of its body lies.
        unit: Sides of the picture per unit of the bird.
        mirrored: The bird faces left.
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
        return cls(
            (flip * cosine * unit, sine * unit),
            (-flip * sine * unit, cosine * unit),
            origin,
            unit,
            mirrored,
        )

    def point(self, at: Point) -> Point:
        """A point of the bird in the picture."""
        x, y = at
        return (
            self.origin[0] + x * self.across[0] + y * self.down[0],
            self.origin[1] + x * self.across[1] + y * self.down[1],
        )

    def direction(self, x: float, y: float) -> Point:
        """A direction of the bird in the picture, of length one."""
        dx, dy = x * self.across[0] + y * self.down[0], x * self.across[1] + y * self.down[1]
        length = sqrt(dx * dx + dy * dy)
        return (dx / length, dy / length)

    def strokes(self, *rows: tuple[float, float, float, float, float, float]) -> Strokes:
        """Strokes given in the bird's coordinates."""
        return Strokes(
            [
                (*self.point((a, b)), *self.point((c, d)), r * self.unit, s * self.unit)
                for a, b, c, d, r, s in rows
            ]
        )

    def dots(self, *rows: tuple[float, float, float]) -> Dots:
        """Discs given in the bird's coordinates."""
        return Dots([(*self.point((x, y)), r * self.unit) for x, y, r in rows])

    def ellipse(self, x: float, y: float, along: float, across: float, toward: Point) -> Ellipse:
        """An ellipse given in the bird's coordinates."""
        direction = self.direction(*toward)
        return Ellipse(self.point((x, y)), along * self.unit, across * self.unit, direction)

    def polygon(self, *points: Point) -> Polygon:
        """A convex polygon given in the bird's coordinates."""
        return Polygon([self.point(point) for point in points])

    def above(self, x: float, y: float, outward: Point) -> Above:
        """A half plane given in the bird's coordinates."""
        return Above(self.point((x, y)), self.direction(*outward))
