"""The drawing of one vehicle as a camera sees it."""

from dataclasses import asdict

import numpy as np

from elsewhere.data.synthetic.bodywork import Parking, paint_vehicle
from elsewhere.data.synthetic.cameras import Camera, expose, look_somewhere
from elsewhere.data.synthetic.canvas import Canvas, choice, uniform
from elsewhere.data.synthetic.garage import Vehicle
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.shapes import Ellipse
from elsewhere.data.synthetic.shots import DrawnIndividual, check_size, extent, paint_obstacle

VIEWS = ("front quarter", "side", "rear quarter")
LONG = (0.80, 0.92)


def draw_vehicle(
    vehicle: Vehicle, camera: Camera, size: int, generator: np.random.Generator
) -> DrawnIndividual:
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
    cover = canvas.track()
    paint_vehicle(canvas, parking, vehicle)
    canvas.cover = None
    hidden_by = paint_obstacle(canvas, generator, left=0.05, right=0.95, share=0.3)
    canvas.pixels = expose(canvas.pixels, camera, generator)
    mask = cover >= 0.5
    attributes = {
        "facing": facing, "view": view, "behind": hidden_by, "place": camera.place,
        **asdict(vehicle),
    }  # fmt: skip
    return DrawnIndividual(canvas.to_uint8(), extent(mask), attributes, mask)


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
    ground = Ellipse((x, y), 0.56 * unit, 0.06 * unit)
    canvas.paint(ground, (0.05, 0.05, 0.07), soft=0.04, opacity=0.6)
