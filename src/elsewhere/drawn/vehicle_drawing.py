"""The drawing of one vehicle before a camera, and how a vehicle is put together.

It is drawn in oblique projection: the far side is the near one, shifted.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from math import sqrt

import numpy as np

from elsewhere.drawn.cameras import Camera, check_size, look_somewhere, photograph
from elsewhere.drawn.canvas import BLACK, WHITE, Canvas, Colour, Drawn, mix
from elsewhere.drawn.chance import choice, uniform
from elsewhere.drawn.shapes import Point, Pose, Shape, both, ellipse, polygon
from elsewhere.drawn.vehicles import OUTLINES, PAINTS, SILL, Outline, Vehicle

VIEWS = ("front quarter", "side", "rear quarter")
LONG = (0.80, 0.92)
TYRE: Colour = (0.10, 0.10, 0.11)
RIMS: dict[str, Colour] = {"silver": (0.78, 0.80, 0.82), "golden": (0.85, 0.66, 0.24)}
GLASS: dict[str, Colour] = {"clear": (0.62, 0.76, 0.84), "dark": (0.15, 0.18, 0.22)}  # by the tint


@dataclass(frozen=True)
class Parking:
    """How a vehicle stands in one picture.

    Attributes:
        pose: Takes the vehicle's coordinates to the picture's.
        depth: Where the far side lies from the near one, in the vehicle's coordinates.
    """

    pose: Pose
    depth: Point

    def shifted(self, point: Point, share: float = 1.0) -> Point:
        """A point of the near side moved towards the far one."""
        return point[0] + self.depth[0] * share, point[1] + self.depth[1] * share


def draw_vehicle(
    vehicle: Vehicle, camera: Camera, size: int, generator: np.random.Generator
) -> Drawn:
    """Draw one vehicle on the road of the camera's place.

    With the same state of the generator, another vehicle gives the same picture but for what the
    two differ in.

    Args:
        vehicle: Which.
        camera: Which camera sees it; decides the place, the colours and the sharpness.
        size: Pixels of a side.
        generator: Draws view, size, position, light and what stands in front.

    Raises:
        DataError: The side is below 32 pixels.
    """
    check_size(size)
    view, facing = choice(generator, VIEWS), choice(generator, ("left", "right"))
    parking = _park(generator, view, facing, camera.scale)
    canvas = look_somewhere(camera, size, generator, road=True, width=1.0)
    _shadow(canvas, parking)
    paint = partial(paint_vehicle, parking=parking, vehicle=vehicle)
    drawn = photograph(camera, canvas, generator, paint, aside=(0.05, 0.95))
    seen = {"facing": facing, "view": view, **drawn.attributes}
    return drawn._replace(attributes={**seen, **asdict(vehicle)})


def _park(generator: np.random.Generator, view: str, facing: str, scale: float) -> Parking:
    across = uniform(generator, 0.13, 0.22)
    if view == "side":
        across = uniform(generator, -0.04, 0.04)
    elif view == "rear quarter":
        across = -across
    depth = (across, -uniform(generator, 0.045, 0.08))
    unit = uniform(generator, *LONG) * scale / (1.0 + abs(across))
    reach = (1.0 + abs(across)) * unit
    slack = max(0.0, 0.97 - reach)
    start = 0.015 + uniform(generator, 0.0, slack)
    flip = -1.0 if facing == "left" else 1.0
    # The middle of near and far side together lies at start + reach / 2.
    x = start + reach / 2 - flip * across * unit / 2
    y = uniform(generator, 0.68, 0.86)
    half = uniform(generator, -0.02, 0.02)
    pose = Pose.tilted(half, mirrored=facing == "left", unit=unit, origin=(x, y))
    return Parking(pose, depth)


def _shadow(canvas: Canvas, parking: Parking) -> None:
    x, y = parking.pose.point((parking.depth[0] / 2, -0.005))
    unit = parking.pose.unit
    ground = ellipse((x, y), 0.56 * unit, 0.06 * unit)
    canvas.paint(ground, (0.05, 0.05, 0.07), soft=0.04, opacity=0.6)


def paint_vehicle(canvas: Canvas, parking: Parking, vehicle: Vehicle) -> None:
    """Paint a vehicle from back to front; nothing here is random."""
    model, pose = OUTLINES[vehicle.type], parking.pose
    paint, glass = PAINTS[vehicle.colour], GLASS[vehicle.tint]
    tyres = [(*parking.shifted((x, -model.radius)), model.radius) for x in model.wheels]
    canvas.paint(pose.dots(*tyres), TYRE)
    low, high = -model.radius * 0.8, SILL - 0.02
    left, right = model.body[0][0] if vehicle.type != "truck" else -0.46, model.body[-1][0]
    under = [(left, low), (right, low), (right, high), (left, high)]
    canvas.paint(pose.polygon(*under), TYRE)
    if vehicle.type == "truck":
        _sides(canvas, parking, model.body, paint, glass)
        canvas.shade(pose.polygon(*model.body), paint, 0.08, 0.2)
        _block(canvas, parking, model.cabin, mix(paint, (0.9, 0.9, 0.88), 0.55), None)
    else:
        _block(canvas, parking, model.body, paint, glass if vehicle.type == "bus" else None)
        if vehicle.type == "pickup":
            bed = ((-0.47, 0.12), (-0.11, 0.12), (-0.11, 0.88), (-0.47, 0.88))
            inside = [parking.shifted((x, -0.215), share) for x, share in bed]
            canvas.paint(pose.polygon(*inside), mix(paint, BLACK, 0.7))
        if model.cabin:
            _block(canvas, parking, model.cabin, paint, glass)
    _side_details(canvas, pose, vehicle, model)
    _windows(canvas, pose, vehicle, model)
    _ends(canvas, parking, vehicle, model)
    _wheels(canvas, pose, vehicle, model)
    _roof(canvas, parking, vehicle, model)


def _block(
    canvas: Canvas, parking: Parking, outline: Sequence[Point], paint: Colour, glass: Colour | None
) -> None:
    _sides(canvas, parking, outline, paint, glass)
    shape = parking.pose.polygon(*outline)
    canvas.shade(shape, paint, 0.10, 0.22)


def _sides(
    canvas: Canvas, parking: Parking, outline: Sequence[Point], paint: Colour, glass: Colour | None
) -> None:
    """The faces between the near and the far side that can be seen: roof, bonnet, front or rear."""
    for (x1, y1), (x2, y2) in pairwise(outline):
        length = sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2)
        nx, ny = (y2 - y1) / length, (x1 - x2) / length  # outwards: the outline goes over the top
        if nx * parking.depth[0] + ny * parking.depth[1] <= 1e-6:
            continue
        corners = [(x1, y1), (x2, y2), parking.shifted((x2, y2)), parking.shifted((x1, y1))]
        upward = max(0.0, -ny)
        colour = mix(mix(paint, BLACK, 0.30), mix(paint, WHITE, 0.28), upward)
        canvas.paint(parking.pose.polygon(*corners), colour)
        if glass is not None and abs(nx) > 0.3 and length > 0.08:
            canvas.paint(_pane(parking, corners), glass, mix(glass, BLACK, 0.2))


def _pane(parking: Parking, corners: list[Point]) -> Shape:
    """The window inside a slanted face; upright ones have it in their upper half."""
    (x1, y1), (x2, y2) = corners[0], corners[1]
    if y2 > y1:
        (x1, y1), (x2, y2) = (x2, y2), (x1, y1)
    reach = 0.12 if abs(x2 - x1) > 0.03 else 0.45
    points = []
    for along, across in ((reach, 0.1), (0.9, 0.1), (0.9, 0.9), (reach, 0.9)):
        near = (x1 + (x2 - x1) * along, y1 + (y2 - y1) * along)
        points.append(parking.shifted(near, across))
    return parking.pose.polygon(*points)


def _side_details(canvas: Canvas, pose: Pose, vehicle: Vehicle, model: Outline) -> None:
    """Doors, line, sticker and repair, all on the near side."""
    left, middle, right = model.doors
    top, bottom = model.glass[0] + 0.008, SILL - 0.015
    if vehicle.type == "truck":
        top, bottom = -0.42, -0.13
    if vehicle.repair.endswith("door"):
        door = PAINTS[vehicle.repair.split(" ")[0]]
        corners = ((middle, top), (right, top), (right, bottom), (middle, bottom))
        canvas.paint(pose.polygon(*corners), door, mix(door, BLACK, 0.2))
    elif vehicle.repair == "rust":
        x, y = (left + middle) / 2, bottom - 0.02
        spots = (x + 0.02, y, 0.036), (x - 0.03, y - 0.012, 0.03), (x - 0.005, y - 0.04, 0.024)
        canvas.paint(pose.dots(*spots), (0.50, 0.27, 0.12), soft=0.012 * pose.unit)
    lines = [(x, top, x, bottom, 0.0035, 0.0035) for x in (left, middle, right)]
    canvas.paint(pose.strokes(*lines), mix(PAINTS[vehicle.colour], BLACK, 0.45))
    side = pose.polygon(*(model.cabin if vehicle.type == "truck" else model.body))
    if vehicle.stripe != "none":
        colour, kind = vehicle.stripe.split(" ")
        low, high = SILL - 0.012, model.glass[0] * 0.4 + SILL * 0.6
        if vehicle.type == "truck":
            low, high = -0.15, -0.29
        y, width = (low, 0.017) if kind == "sill" else (high, 0.014)
        line = pose.strokes((-0.6, y, 0.6, y, width, width))
        canvas.paint(both(line, side), PAINTS[colour])
    if vehicle.sticker != "none":
        colour, place, _ = vehicle.sticker.split(" ")
        x = (middle + right) / 2 if place == "front" else (left + middle) / 2
        y = (top + bottom) / 2
        rim = mix(PAINTS[colour], WHITE if colour == "black" else BLACK, 0.35)
        canvas.paint(pose.dots((x, y, 0.046)), rim)
        canvas.paint(pose.dots((x, y, 0.037)), PAINTS[colour])


def _windows(canvas: Canvas, pose: Pose, vehicle: Vehicle, model: Outline) -> None:
    """Windows of the side; the foremost and the rearmost follow the slant of the cabin."""
    bottom, top = model.glass
    outline = model.body if vehicle.type in ("bus", "truck") else model.cabin
    glass = GLASS[vehicle.tint]
    inner = pose.polygon(*_shrunk(outline, 0.022))
    for left, right in model.windows:
        pane = both(pose.polygon((left, bottom), (right, bottom), (right, top), (left, top)), inner)
        canvas.shade(pane, glass, 0.12, 0.15)


def _shrunk(outline: Sequence[Point], by: float) -> list[Point]:
    left, top, right, bottom = polygon(outline).bounds
    cx, cy = (left + right) / 2, (top + bottom) / 2
    across, down = 1 - 2 * by / (right - left), 1 - 2 * by / (bottom - top)
    return [(cx + (x - cx) * across, cy + (y - cy) * down) for x, y in outline]


def _ends(canvas: Canvas, parking: Parking, vehicle: Vehicle, model: Outline) -> None:
    """Lamps and bumpers, and a plate on the end that faces the camera."""
    pose = parking.pose
    rear = -0.5 if vehicle.type == "truck" else model.body[0][0]
    front = model.body[-1][0]
    bumper = TYRE if vehicle.bumper == "black" else mix(PAINTS[vehicle.colour], BLACK, 0.12)
    y = SILL - 0.012
    for x, inwards in ((rear, 1.0), (front, -1.0)):
        rows = [(x, y, x + inwards * 0.085, y, 0.024, 0.02)]
        if parking.depth[0] * inwards < -0.05:
            rows.append((x, y, *parking.shifted((x, y)), 0.024, 0.022))
        canvas.paint(pose.strokes(*rows), bumper)
    ends = ((rear, 1.0, (0.85, 0.10, 0.10)), (front, -1.0, (0.99, 0.95, 0.75)))
    for x, inwards, light in ends:
        high = model.glass[0] * 0.5 + SILL * 0.5 - 0.022
        if vehicle.type in ("truck", "bus"):
            high = -0.135
        lamps = [(x + inwards * 0.014, high, x + inwards * 0.035, high, 0.016, 0.014)]
        if parking.depth[0] * inwards < -0.05:
            plate = [parking.shifted((x, SILL - 0.03 + low), across) for low, across in
                     ((0.0, 0.33), (0.0, 0.67), (0.035, 0.67), (0.035, 0.33))]  # fmt: skip
            canvas.paint(pose.polygon(*plate), (0.95, 0.95, 0.93))
            for share in (0.08, 0.84):
                start, stop = (parking.shifted((x, high), share + s) for s in (0.0, 0.08))
                lamps.append((*start, *stop, 0.016, 0.016))
        canvas.paint(pose.strokes(*lamps), light)


def _wheels(canvas: Canvas, pose: Pose, vehicle: Vehicle, model: Outline) -> None:
    r = model.radius
    axles = [(x, -r) for x in model.wheels]
    canvas.paint(pose.dots(*((x, y - 0.004, r * 1.18) for x, y in axles)), (0.05, 0.05, 0.06))
    canvas.paint(pose.dots(*((x, y, r) for x, y in axles)), TYRE)
    colour, kind = vehicle.rims.split(" ")
    rim = RIMS.get(colour, (0.95, 0.95, 0.95))
    if kind == "rings":
        for share, ring in ((0.86, rim), (0.62, TYRE), (0.25, rim)):
            canvas.paint(pose.dots(*((x, y, r * share) for x, y in axles)), ring)
    elif kind == "discs" and colour == "black":
        canvas.paint(pose.dots(*((x, y, r * 0.2) for x, y in axles)), (0.5, 0.5, 0.52))
    elif kind == "discs":
        canvas.paint(pose.dots(*((x, y, r * 0.74) for x, y in axles)), rim, mix(rim, BLACK, 0.25))
    else:
        canvas.paint(pose.dots(*((x, y, r * 0.74) for x, y in axles)), (0.25, 0.25, 0.27))
        a, b = r * 0.68, r * 0.48
        arms = [(x + u, y + v, x - u, y - v, r * 0.13, r * 0.13)
                for x, y in axles for u, v in ((a, 0.0), (0.0, a), (b, b), (b, -b))]  # fmt: skip
        canvas.paint(pose.strokes(*arms), rim)


def _roof(canvas: Canvas, parking: Parking, vehicle: Vehicle, model: Outline) -> None:
    if vehicle.roof == "none":
        return
    pose = parking.pose
    left, right, top = model.roof
    if vehicle.roof == "box":
        ends = [parking.shifted((x, top - 0.035), 0.5) for x in (left + 0.04, right - 0.04)]
        shell = pose.strokes((*ends[0], *ends[1], 0.034, 0.034))
        canvas.paint(shell, (0.34, 0.35, 0.38), (0.14, 0.14, 0.16))
    elif vehicle.roof == "rack":
        y = top - 0.034
        rows = [(*parking.shifted((left, y), s), *parking.shifted((right, y), s), 0.009, 0.009)
                for s in (0.12, 0.88)]  # fmt: skip
        rows += [(*parking.shifted((x, y), 0.12), *parking.shifted((x, y), 0.88), 0.008, 0.008)
                 for x in (left, (left + right) / 2, right)]  # fmt: skip
        rows += [(x + parking.depth[0] * 0.12, y, x + parking.depth[0] * 0.12, top, 0.008, 0.008)
                 for x in (left, right)]  # fmt: skip
        canvas.paint(pose.strokes(*rows), (0.16, 0.16, 0.18))
    else:
        x, y = parking.shifted(((left + right) / 2 + 0.03, top - 0.022), 0.5)
        canvas.paint(pose.strokes((x - 0.045, y, x + 0.045, y, 0.025, 0.025)), (0.98, 0.98, 0.95))
