"""How a drawn vehicle is put together.

Its own coordinates: the vehicle is one unit long, x runs towards its front, y down, and the wheels
stand at y = 0. It is drawn in oblique projection: the far side is the near one, shifted.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from elsewhere.data.synthetic.canvas import Canvas, Colour, mix
from elsewhere.data.synthetic.garage import PAINTS, Vehicle
from elsewhere.data.synthetic.outlines import MODELS, SILL, Model
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.shapes import Both, Point, Polygon

BLACK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)
TYRE: Colour = (0.10, 0.10, 0.11)


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


def paint_vehicle(canvas: Canvas, parking: Parking, vehicle: Vehicle) -> None:
    """Paint a vehicle from back to front; nothing here is random."""
    model, pose = MODELS[vehicle.type], parking.pose
    paint = PAINTS[vehicle.colour]
    tyres = [(*parking.shifted((x, -model.radius)), model.radius) for x in model.wheels]
    canvas.paint(pose.dots(*tyres), TYRE)
    low, high = -model.radius * 0.8, SILL - 0.02
    left, right = model.body[0][0] if vehicle.type != "truck" else -0.46, model.body[-1][0]
    under = [(left, low), (right, low), (right, high), (left, high)]
    canvas.paint(pose.polygon(*under), TYRE)
    if vehicle.type == "truck":
        _sides(canvas, parking, model.body, paint, glazed=True, tint=vehicle.tint)
        canvas.paint(pose.polygon(*model.body), mix(paint, WHITE, 0.08), mix(paint, BLACK, 0.2))
        _block(
            canvas, parking, model.cabin, mix(paint, (0.9, 0.9, 0.88), 0.55), vehicle, glazed=False
        )
    else:
        _block(canvas, parking, model.body, paint, vehicle, glazed=vehicle.type == "bus")
        if vehicle.type == "pickup":
            _bed(canvas, parking, paint)
        if model.cabin:
            _block(canvas, parking, model.cabin, paint, vehicle, glazed=True)
    _side_details(canvas, pose, vehicle, model)
    _windows(canvas, pose, vehicle, model)
    _ends(canvas, parking, vehicle, model)
    _wheels(canvas, pose, vehicle, model)
    _roof(canvas, parking, vehicle, model)


def _block(
    canvas: Canvas,
    parking: Parking,
    outline: tuple[Point, ...],
    paint: Colour,
    vehicle: Vehicle,
    *,
    glazed: bool,
) -> None:
    _sides(canvas, parking, outline, paint, glazed=glazed, tint=vehicle.tint)
    shape = parking.pose.polygon(*outline)
    canvas.paint(shape, mix(paint, WHITE, 0.10), mix(paint, BLACK, 0.22))


def _sides(
    canvas: Canvas,
    parking: Parking,
    outline: tuple[Point, ...],
    paint: Colour,
    *,
    glazed: bool,
    tint: str,
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
        if glazed and abs(nx) > 0.3 and length > 0.08:
            canvas.paint(_pane(parking, corners), _glass(tint), mix(_glass(tint), BLACK, 0.2))


def _pane(parking: Parking, corners: list[Point]) -> Polygon:
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


def _glass(tint: str) -> Colour:
    return {"clear": (0.62, 0.76, 0.84), "dark": (0.15, 0.18, 0.22)}[tint]


def _bed(canvas: Canvas, parking: Parking, paint: Colour) -> None:
    corners = [(-0.47, -0.215), (-0.11, -0.215)]
    inside = [
        parking.shifted(corners[0], 0.12), parking.shifted(corners[1], 0.12),
        parking.shifted(corners[1], 0.88), parking.shifted(corners[0], 0.88),
    ]  # fmt: skip
    canvas.paint(parking.pose.polygon(*inside), mix(paint, BLACK, 0.7))


def _side_details(canvas: Canvas, pose: Pose, vehicle: Vehicle, model: Model) -> None:
    """Doors, line, sticker and repair, all on the near side."""
    paint = PAINTS[vehicle.colour]
    left, middle, right = model.doors
    top, bottom = model.glass[0] + 0.008, SILL - 0.015
    if vehicle.type == "truck":
        top, bottom = -0.42, -0.13
    seam = mix(paint, BLACK, 0.45)
    if vehicle.repair.endswith("door"):
        door = PAINTS[vehicle.repair.split(" ")[0]]
        canvas.paint(
            pose.polygon((middle, top), (right, top), (right, bottom), (middle, bottom)),
            door,
            mix(door, BLACK, 0.2),
        )
    elif vehicle.repair == "rust":
        x, y = (left + middle) / 2, bottom - 0.02
        spots = pose.dots(
            (x + 0.02, y, 0.036), (x - 0.03, y - 0.012, 0.03), (x - 0.005, y - 0.04, 0.024)
        )
        canvas.paint(spots, (0.50, 0.27, 0.12), soft=0.012 * pose.unit)
    lines = [(x, top, x, bottom, 0.0035, 0.0035) for x in (left, middle, right)]
    canvas.paint(pose.strokes(*lines), seam)
    side = pose.polygon(*(model.cabin if vehicle.type == "truck" else model.body))
    if vehicle.stripe != "none":
        colour, kind = vehicle.stripe.split(" ")
        y, width = (
            (SILL - 0.012, 0.017) if kind == "sill" else (model.glass[0] * 0.4 + SILL * 0.6, 0.014)
        )
        if vehicle.type == "truck":
            y = -0.15 if kind == "sill" else -0.29
        line = pose.strokes((-0.6, y, 0.6, y, width, width))
        canvas.paint(Both(line, side), PAINTS[colour])
    if vehicle.sticker != "none":
        colour, place, _ = vehicle.sticker.split(" ")
        x = (middle + right) / 2 if place == "front" else (left + middle) / 2
        y = (top + bottom) / 2
        canvas.paint(
            pose.dots((x, y, 0.046)),
            mix(PAINTS[colour], WHITE if colour == "black" else BLACK, 0.35),
        )
        canvas.paint(pose.dots((x, y, 0.037)), PAINTS[colour])


def _windows(canvas: Canvas, pose: Pose, vehicle: Vehicle, model: Model) -> None:
    """Windows of the side; the foremost and the rearmost follow the slant of the cabin."""
    bottom, top = model.glass
    outline = model.body if vehicle.type in ("bus", "truck") else model.cabin
    glass = _glass(vehicle.tint)
    for left, right in model.windows:
        pane = pose.polygon((left, bottom), (right, bottom), (right, top), (left, top))
        inner = _shrunk(outline, 0.022)
        canvas.paint(
            Both(pane, pose.polygon(*inner)), mix(glass, WHITE, 0.12), mix(glass, BLACK, 0.15)
        )


def _shrunk(outline: tuple[Point, ...], by: float) -> list[Point]:
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    across, down = 1 - 2 * by / (max(xs) - min(xs)), 1 - 2 * by / (max(ys) - min(ys))
    return [(cx + (x - cx) * across, cy + (y - cy) * down) for x, y in outline]


def _ends(canvas: Canvas, parking: Parking, vehicle: Vehicle, model: Model) -> None:
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
        high = (
            -0.135
            if vehicle.type in ("truck", "bus")
            else model.glass[0] * 0.5 + SILL * 0.5 - 0.022
        )
        lamps = [(x + inwards * 0.014, high, x + inwards * 0.035, high, 0.016, 0.014)]
        if parking.depth[0] * inwards < -0.05:
            plate = [parking.shifted((x, SILL - 0.03 + low), across) for low, across in
                     ((0.0, 0.33), (0.0, 0.67), (0.035, 0.67), (0.035, 0.33))]  # fmt: skip
            canvas.paint(pose.polygon(*plate), (0.95, 0.95, 0.93))
            for share in (0.08, 0.84):
                start, stop = (parking.shifted((x, high), share + s) for s in (0.0, 0.08))
                lamps.append((*start, *stop, 0.016, 0.016))
        canvas.paint(pose.strokes(*lamps), light)


def _wheels(canvas: Canvas, pose: Pose, vehicle: Vehicle, model: Model) -> None:
    r = model.radius
    axles = [(x, -r) for x in model.wheels]
    canvas.paint(pose.dots(*((x, y - 0.004, r * 1.18) for x, y in axles)), (0.05, 0.05, 0.06))
    canvas.paint(pose.dots(*((x, y, r) for x, y in axles)), TYRE)
    colour, kind = vehicle.rims.split(" ")
    rim: Colour = {"silver": (0.78, 0.80, 0.82), "golden": (0.85, 0.66, 0.24)}.get(
        colour, (0.95, 0.95, 0.95)
    )
    if kind == "rings":
        canvas.paint(pose.dots(*((x, y, r * 0.86) for x, y in axles)), rim)
        canvas.paint(pose.dots(*((x, y, r * 0.62) for x, y in axles)), TYRE)
        canvas.paint(pose.dots(*((x, y, r * 0.25) for x, y in axles)), rim)
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


def _roof(canvas: Canvas, parking: Parking, vehicle: Vehicle, model: Model) -> None:
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
