"""The drawing of one aeroplane, in the air or on the ground."""

from collections.abc import Callable

import numpy as np

from elsewhere.data.synthetic.airframe import HEIGHT, HULL, Livery, paint_aeroplane
from elsewhere.data.synthetic.canvas import Canvas, Colour, choice, mix, noise, uniform
from elsewhere.data.synthetic.hangar import Aeroplane
from elsewhere.data.synthetic.places import WALLS, box
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.shapes import Dots, Ellipse, Polygon, clamp
from elsewhere.data.synthetic.shots import DrawnIndividual, check_size, extent

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
LONG = (0.74, 0.88)
MARGIN = 0.02
GROUND = 0.60
BODIES: dict[str, Colour] = {
    "white": (0.94, 0.94, 0.93),
    "silver": (0.76, 0.78, 0.80),
    "cream": (0.92, 0.88, 0.76),
    "blue": (0.36, 0.52, 0.74),
}
ACCENTS: dict[str, Colour] = {
    "red": (0.79, 0.14, 0.15),
    "navy": (0.12, 0.20, 0.44),
    "green": (0.13, 0.44, 0.30),
    "orange": (0.93, 0.48, 0.13),
    "violet": (0.44, 0.22, 0.55),
    "teal": (0.10, 0.50, 0.55),
}


def draw_aeroplane(
    aeroplane: Aeroplane, size: int, generator: np.random.Generator
) -> DrawnIndividual:
    """Draw one aeroplane; pictures are two thirds as high as wide.

    With the same state of the generator, another aeroplane gives the same picture but for what the
    two differ in.

    Args:
        aeroplane: Which variant.
        size: Width of the picture in pixels.
        generator: Draws where it is, which airline flies it, size, position and light.

    Raises:
        DataError: The width is below 32 pixels.
    """
    check_size(size)
    place = choice(generator, tuple(_PLACES))
    facing = choice(generator, ("left", "right"))
    body, accent = choice(generator, tuple(BODIES)), choice(generator, tuple(ACCENTS))
    livery = Livery(BODIES[body], ACCENTS[accent], uniform(generator, 0.0, 1.0) < 0.6)
    grounded = place in ("runway", "apron")
    pose = _draw_pose(generator, aeroplane, grounded=grounded, mirrored=facing == "left")
    canvas = Canvas(size)
    _PLACES[place](canvas, generator)
    if grounded:
        _shadow(canvas, pose)
    cover = canvas.track()
    paint_aeroplane(canvas, pose, aeroplane, livery, wheels=grounded)
    canvas.cover = None
    light = uniform(generator, 0.88, 1.1)
    canvas.pixels *= (noise(generator, 64, 64, size) * 0.04 + 0.98).astype(np.float32) * np.float32(
        light
    )
    rows = slice(size // 6, size - size // 6)
    mask = (cover >= 0.5)[rows]
    attributes = {
        "place": place, "facing": facing, "body": body, "accent": accent,
        "engines": aeroplane.engines, "tail": aeroplane.tail, "length": aeroplane.length,
        "winglets": "yes" if aeroplane.winglets else "no",
    }  # fmt: skip
    image = np.ascontiguousarray(canvas.to_uint8()[rows])
    return DrawnIndividual(image, extent(mask), attributes, mask)


def _draw_pose(
    generator: np.random.Generator, aeroplane: Aeroplane, *, grounded: bool, mirrored: bool
) -> Pose:
    """Size, tilt and a position that keeps the aeroplane inside the picture."""
    half, across, down = (uniform(generator, low, 1.0) for low in (-1.0, 0.0, 0.0))
    half *= 0.004 if grounded else 0.06
    upright = Pose.tilted(half, mirrored=mirrored)
    xs, ys = zip(*(upright.point(corner) for corner in HULL), strict=True)
    unit = uniform(generator, *LONG) / (max(xs) - min(xs))
    slack = max(0.0, 1.0 - 2 * MARGIN - (max(xs) - min(xs)) * unit)
    x = MARGIN + across * slack - min(xs) * unit
    top, bottom = 1 / 6 + MARGIN, 5 / 6 - MARGIN
    room = max(0.0, bottom - top - (max(ys) - min(ys)) * unit)
    y = top + down * room - min(ys) * unit
    if grounded:
        y = GROUND + 0.02 + 0.08 * down - (HEIGHT[aeroplane.length] + 0.075) * unit
    return Pose.tilted(half, mirrored=mirrored, unit=unit, origin=(x, y))


def _shadow(canvas: Canvas, pose: Pose) -> None:
    x, y = pose.point((-0.02, 0.135))
    canvas.paint(
        Ellipse((x, y), 0.46 * pose.unit, 0.028 * pose.unit), (0.05, 0.05, 0.07), soft=0.03,
        opacity=0.45,
    )  # fmt: skip


def _clouds(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.20, 0.48, 0.86)), (0.6, (0.48, 0.72, 0.94)), (1.0, (0.74, 0.87, 0.96)))
    coarse, fine = noise(generator, 4, 4, canvas.size), noise(generator, 13, 9, canvas.size)
    cloud = clamp(coarse * np.float32(2.0) + fine * np.float32(0.6) - np.float32(1.35))
    canvas.tint(WHITE, cloud * np.float32(0.9))


def _evening(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.34, 0.30, 0.52)), (0.5, (0.88, 0.56, 0.46)), (1.0, (0.99, 0.80, 0.52)))
    streaks = clamp(noise(generator, 12, 2, canvas.size) * 2.2 - 1.2)
    canvas.tint((1.0, 0.86, 0.74), streaks * np.float32(0.45))
    sun = (uniform(generator, 0.1, 0.9), uniform(generator, 0.6, 0.78))
    canvas.paint(Dots([(*sun, 0.05)]), (1.0, 0.95, 0.78), soft=0.03)


def _mountains(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.52, 0.74, 0.93)), (0.7, (0.86, 0.93, 0.96)), (1.0, (0.86, 0.93, 0.96)))
    for top, colour in ((0.56, (0.60, 0.68, 0.78)), (0.66, (0.36, 0.46, 0.44))):
        for number in range(4):
            x, high = (number + uniform(generator, 0.0, 1.0)) / 4, uniform(generator, -0.06, 0.06)
            peak = Polygon([(x, top + high), (x + 0.32, 1.05), (x - 0.32, 1.05)])
            canvas.paint(peak, mix(colour, WHITE, 0.35), mix(colour, BLACK, 0.1))


def _runway(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient(
        (0.0, (0.55, 0.75, 0.93)), (0.55, (0.88, 0.93, 0.95)), (1.0, (0.88, 0.93, 0.95))
    )
    trees = [(x / 24, GROUND - 0.035, uniform(generator, 0.012, 0.035)) for x in range(25)]
    canvas.paint(Dots(trees), (0.30, 0.44, 0.26), (0.18, 0.30, 0.18), soft=0.01)
    canvas.paint(box(-0.1, GROUND - 0.04, 1.1, 0.9), (0.46, 0.58, 0.30), (0.36, 0.48, 0.24))
    canvas.paint(box(-0.1, GROUND, 1.1, 0.77), (0.42, 0.43, 0.45), (0.33, 0.34, 0.36))
    turn = uniform(generator, 0.0, 0.2)
    for number in range(-1, 6):
        x = number / 5 + turn
        canvas.paint(box(x, 0.725, x + 0.1, 0.735), (0.93, 0.93, 0.90))


def _apron(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.72, 0.80, 0.88)), (0.6, (0.90, 0.92, 0.93)), (1.0, (0.90, 0.92, 0.93)))
    left = -0.05
    while left < 1.0:
        right = left + uniform(generator, 0.2, 0.4)
        wall = mix(choice(generator, WALLS), WHITE, 0.25)
        top = uniform(generator, 0.34, 0.48)
        canvas.paint(box(left, top, right, GROUND), wall, mix(wall, BLACK, 0.15))
        canvas.paint(box(left + 0.02, top + 0.03, right - 0.02, top + 0.07), (0.34, 0.44, 0.54))
        left = right
    canvas.paint(box(-0.1, GROUND - 0.03, 1.1, 1.1), (0.66, 0.66, 0.64), (0.52, 0.52, 0.51))
    seams = [box(-0.1, y, 1.1, y + 0.004) for y in (0.62, 0.68, 0.76)]
    for seam in seams:
        canvas.paint(seam, (0.48, 0.48, 0.47))


_PLACES: dict[str, Callable[[Canvas, np.random.Generator], None]] = {
    "clouds": _clouds,
    "evening": _evening,
    "mountains": _mountains,
    "runway": _runway,
    "apron": _apron,
}
