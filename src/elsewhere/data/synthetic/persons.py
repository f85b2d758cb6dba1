"""The drawing of one person as a camera sees it."""

from dataclasses import asdict

import numpy as np

from elsewhere.data.synthetic.cameras import Camera, expose, look_somewhere
from elsewhere.data.synthetic.canvas import Canvas, choice, uniform
from elsewhere.data.synthetic.figure import Stance, paint_person
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.shapes import Ellipse
from elsewhere.data.synthetic.shots import DrawnIndividual, check_size, extent, paint_obstacle
from elsewhere.data.synthetic.wardrobe import Person

FACINGS = ("left", "right", "front", "back")
TALL = (0.80, 0.93)


def draw_person(
    person: Person, camera: Camera, size: int, generator: np.random.Generator
) -> DrawnIndividual:
    """Draw one walking person, a stylised figure without a face, before the camera's place.

    With the same state of the generator, another person gives the same picture but for what the
    two differ in.

    Args:
        person: Who.
        camera: Which camera sees it; decides the place, the colours and the sharpness.
        size: Height in pixels; the picture is half as wide.
        generator: Draws facing, step, size, position, light and what stands in front.

    Raises:
        DataError: The height is below 32 pixels.
    """
    check_size(size)
    side = size + size % 2  # so that half of it is a whole number of pixels
    facing = choice(generator, FACINGS)
    stance = _stance(generator, facing, camera.scale)
    canvas = look_somewhere(camera, side, generator, road=False, width=0.5)
    _shadow(canvas, stance)
    cover = canvas.track()
    paint_person(canvas, stance, person)
    canvas.cover = None
    hidden_by = paint_obstacle(canvas, generator, left=0.28, right=0.72, share=0.3)
    seen = slice(side // 4, side // 4 + size // 2)
    canvas.pixels = expose(canvas.pixels[:, :size, seen], camera, generator)
    mask = cover[:size, seen] >= 0.5
    attributes = {"facing": facing, "behind": hidden_by, "place": camera.place, **asdict(person)}
    return DrawnIndividual(canvas.to_uint8(), extent(mask), attributes, mask)


def _stance(generator: np.random.Generator, facing: str, scale: float) -> Stance:
    tall = uniform(generator, *TALL) * scale
    middle = 0.5 + uniform(generator, -0.045, 0.045)
    top = uniform(generator, 0.03, max(0.031, 0.975 - tall))
    half = uniform(generator, -0.025, 0.025)
    stride = uniform(generator, -1.0, 1.0)
    # Nobody stands with both feet in one place.
    stride = stride + 0.25 if stride > 0 else stride - 0.25
    turned = uniform(generator, 0.0, 1.0) < 0.5
    view = "side" if facing in ("left", "right") else facing
    mirrored = facing == "left" if view == "side" else turned
    pose = Pose.tilted(half, mirrored=mirrored, unit=tall, origin=(middle, top))
    return Stance(pose, view, max(-1.0, min(1.0, stride)))


def _shadow(canvas: Canvas, stance: Stance) -> None:
    x, y = stance.pose.point((0.0, 0.985))
    ground = Ellipse((x, y), 0.19 * stance.pose.unit, 0.028 * stance.pose.unit)
    canvas.paint(ground, (0.08, 0.08, 0.1), soft=0.03, opacity=0.45)
