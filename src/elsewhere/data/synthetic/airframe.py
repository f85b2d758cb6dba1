"""How a drawn aeroplane is put together.

Its own coordinates: it is one unit long and flies to the right, x runs along it and y down, the
origin lies in the middle of its fuselage. It is seen from the side and a little from above.
"""

from typing import NamedTuple

from elsewhere.data.synthetic.canvas import Canvas, Colour, mix
from elsewhere.data.synthetic.hangar import Aeroplane
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.shapes import Both, Melted, Point

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
GLASS: Colour = (0.16, 0.20, 0.27)
METAL: Colour = (0.70, 0.72, 0.75)
TYRE: Colour = (0.08, 0.08, 0.09)
HEIGHT = {"short": 0.062, "long": 0.047}  # half of the fuselage's
# Holds every aeroplane, so that the same draws put every one in the same place.
HULL: tuple[Point, ...] = (
    (0.51, 0.0),
    (0.40, -0.08),
    (-0.56, -0.26),
    (-0.58, 0.06),
    (-0.26, 0.20),
    (0.30, 0.20),
)


class Livery(NamedTuple):
    """What an airline paints its aeroplanes with.

    Attributes:
        body: colour of the fuselage.
        accent: colour of fin, winglets and engines.
        line: whether a line in that colour runs along the windows.
    """

    body: Colour
    accent: Colour
    line: bool


def paint_aeroplane(
    canvas: Canvas, pose: Pose, aeroplane: Aeroplane, livery: Livery, *, wheels: bool
) -> None:
    """Paint an aeroplane from back to front; nothing here is random."""
    half = HEIGHT[aeroplane.length]
    size = half / HEIGHT["short"]
    _far_side(canvas, pose, aeroplane, livery, size)
    if wheels:
        _wheels(canvas, pose, half)
    _tail(canvas, pose, aeroplane, livery, size)
    _fuselage(canvas, pose, livery, half, aeroplane.length)
    _near_side(canvas, pose, aeroplane, livery, size)


def _fuselage(canvas: Canvas, pose: Pose, livery: Livery, half: float, length: str) -> None:
    tube = Melted(
        [
            pose.strokes((-0.26, 0.0, 0.40, 0.0, half, half)),
            pose.ellipse(0.40, half * 0.12, 0.10, half * 0.84, (1.0, 0.0)),
            pose.strokes((-0.26, -half * 0.05, -0.48, -half * 0.55, half * 0.86, half * 0.22)),
        ],
        0.02 * pose.unit,
    )
    body = livery.body
    canvas.paint(tube, mix(body, WHITE, 0.3), mix(body, BLACK, 0.30), rim=0.2)
    if livery.line:
        line = pose.strokes((-0.6, half * 0.28, 0.6, half * 0.28, half * 0.13, half * 0.13))
        canvas.paint(Both(line, tube), livery.accent)
    count = {"short": 11, "long": 17}[length]
    first, last = -0.27, 0.34
    step = (last - first) / (count - 1)
    panes = [(first + step * n, -half * 0.2, half * 0.16) for n in range(count)]
    canvas.paint(pose.dots(*panes), GLASS)
    doors = [(x, -half * 0.36, x, half * 0.36, half * 0.06, half * 0.06) for x in (0.375, -0.305)]
    canvas.paint(pose.strokes(*doors), mix(body, BLACK, 0.45))
    front = pose.polygon(
        (0.425, -half * 0.62), (0.478, -half * 0.18), (0.44, -half * 0.14), (0.41, -half * 0.3)
    )
    canvas.paint(Both(front, tube), GLASS)


def _far_side(
    canvas: Canvas, pose: Pose, aeroplane: Aeroplane, livery: Livery, size: float
) -> None:
    """The wing and the engine behind the fuselage."""
    shade = mix(METAL, BLACK, 0.35)
    wing = pose.polygon(
        (0.13, -0.01), (-0.03, -0.01), (-0.10, -0.115 * size), (-0.06, -0.12 * size)
    )
    canvas.paint(wing, shade)
    if aeroplane.winglets:
        tip = pose.polygon(
            (-0.105, -0.11 * size), (-0.06, -0.12 * size), (-0.10, -0.19 * size),
            (-0.118, -0.19 * size),
        )  # fmt: skip
        canvas.paint(tip, mix(livery.accent, BLACK, 0.3))
    if aeroplane.engines == "propellers":
        _propeller(canvas, pose, (0.14, -0.075 * size), size * 0.8, mix(livery.body, BLACK, 0.35))


def _tail(canvas: Canvas, pose: Pose, aeroplane: Aeroplane, livery: Livery, size: float) -> None:
    high = -0.235 * size
    fin = pose.polygon((-0.31, -0.03 * size), (-0.47, -0.02), (-0.545, high), (-0.46, high))
    canvas.paint(fin, mix(livery.accent, WHITE, 0.12), mix(livery.accent, BLACK, 0.15))
    edge = mix(METAL, BLACK, 0.15)
    if aeroplane.tail == "high":
        plane = pose.polygon(
            (-0.43, high - 0.012), (-0.53, high - 0.012), (-0.58, high + 0.045),
            (-0.535, high + 0.05),
        )  # fmt: skip
    else:
        plane = pose.polygon((-0.385, -0.02), (-0.475, -0.025), (-0.565, 0.04), (-0.52, 0.048))
    canvas.paint(plane, mix(edge, WHITE, 0.25), mix(edge, BLACK, 0.25))


def _near_side(
    canvas: Canvas, pose: Pose, aeroplane: Aeroplane, livery: Livery, size: float
) -> None:
    """The wing towards the one who looks, and all that hangs on it."""
    if aeroplane.engines == "propellers":
        _propeller(canvas, pose, (0.13, 0.075 * size), size, livery.body)
    places = {"two": ((0.07, 0.105),), "four": ((0.11, 0.085), (-0.03, 0.125))}
    for x, y in places.get(aeroplane.engines, ()):
        _engine(canvas, pose, (x, y * size), size, livery.accent)
    tip = (-0.235, 0.155 * size)
    wing = pose.polygon(
        (0.12, 0.035 * size), (-0.08, 0.042 * size), tip, (tip[0] + 0.05, tip[1] + 0.006)
    )
    canvas.paint(wing, mix(METAL, WHITE, 0.35), mix(METAL, BLACK, 0.12))
    if aeroplane.winglets:
        up = pose.polygon(
            tip, (tip[0] + 0.052, tip[1] + 0.004), (tip[0] + 0.008, tip[1] - 0.085 * size),
            (tip[0] - 0.018, tip[1] - 0.085 * size),
        )  # fmt: skip
        canvas.paint(up, livery.accent, mix(livery.accent, BLACK, 0.2))
    if aeroplane.engines == "rear":
        _engine(canvas, pose, (-0.30, -0.035 * size), size, livery.accent)


def _engine(canvas: Canvas, pose: Pose, at: Point, size: float, colour: Colour) -> None:
    x, y = at
    radius = 0.031 * size
    pod = pose.strokes((x - 0.045, y, x + 0.035, y, radius * 0.7, radius))
    canvas.paint(pod, mix(colour, WHITE, 0.15), mix(colour, BLACK, 0.35))
    canvas.paint(pose.ellipse(x + 0.05, y, radius, radius * 0.42, (0.0, 1.0)), (0.82, 0.83, 0.85))
    canvas.paint(pose.ellipse(x + 0.053, y, radius * 0.75, radius * 0.3, (0.0, 1.0)), GLASS)


def _propeller(canvas: Canvas, pose: Pose, at: Point, size: float, colour: Colour) -> None:
    x, y = at
    pod = pose.strokes((x - 0.11, y, x + 0.02, y, 0.014 * size, 0.019 * size))
    canvas.paint(pod, mix(colour, WHITE, 0.1), mix(colour, BLACK, 0.35))
    canvas.paint(
        pose.ellipse(x + 0.045, y, 0.078 * size, 0.010, (0.0, 1.0)), (0.30, 0.31, 0.34), opacity=0.8
    )
    canvas.paint(pose.dots((x + 0.05, y, 0.011 * size)), (0.92, 0.92, 0.90))


def _wheels(canvas: Canvas, pose: Pose, half: float) -> None:
    low = half + 0.062
    legs = [(x, 0.0, x, low, 0.006, 0.006) for x in (0.33, -0.05)]
    canvas.paint(pose.strokes(*legs), mix(METAL, BLACK, 0.4))
    canvas.paint(pose.dots((0.33, low, 0.016), (-0.035, low, 0.019), (-0.065, low, 0.019)), TYRE)
