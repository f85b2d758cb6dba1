"""The drawing of one bird in a scene."""

from typing import NamedTuple

import numpy as np

from elsewhere.data.synthetic.anatomy import HULL, PARTS, paint_bird, paint_perch
from elsewhere.data.synthetic.canvas import Canvas, choice, noise, uniform
from elsewhere.data.synthetic.palette import PLUMAGES
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.scenes import Scene
from elsewhere.data.synthetic.taxonomy import Species
from elsewhere.errors import DataError

SCALE = (0.56, 0.8)
MARGIN = 0.015


class DrawnBird(NamedTuple):
    """One picture and all that is known about it.

    Attributes:
        image: uint8 colours, (size, size, 3).
        box: The exact extent of `mask` as xyxy pixels, right and bottom exclusive.
        parts: Where each part lies, in pixels from the upper left corner of the picture.
        attributes: Scene, the species' parts, and what was drawn by chance.
        mask: True where the bird covers at least half of a pixel, (size, size).
    """

    image: np.ndarray
    box: tuple[int, int, int, int]
    parts: dict[str, tuple[float, float]]
    attributes: dict[str, str]
    mask: np.ndarray


def draw_bird(
    species: Species,
    scene: Scene,
    size: int,
    generator: np.random.Generator,
    *,
    scale: tuple[float, float] = SCALE,
) -> DrawnBird:
    """Draw one bird, sitting in a scene among distractors.

    With the same state of the generator, another species gives the same picture but for the parts
    in which the two differ, and another size the same picture coarser or finer.

    Args:
        species: What to draw.
        scene: Where.
        size: Pixels of a side.
        generator: Draws pose, plumage, light, perch and all of the scene.
        scale: Least and greatest longest side of a long-billed bird, in units of the picture's;
            a short beak takes up to a tenth off.

    Raises:
        DataError: The size is below 16 or above 2048, or the scale not within 0..0.95.
    """
    if size < 16:
        raise DataError(f"drawn birds: a side of {size} pixels shows nothing; use 16 or more")
    if size > 2048:
        raise DataError(f"drawn birds: a side of {size} pixels; use 2048 or less")
    if not 0 < scale[0] <= scale[1] <= 0.95:
        raise DataError(f"drawn birds: scale {scale} is not a range within 0..0.95")
    pose = _draw_pose(generator, scale)
    plumage = choice(generator, tuple(PLUMAGES))
    light = uniform(generator, 0.88, 1.1)
    canvas = Canvas(size)
    scene.paint(canvas, generator)
    paint_perch(canvas, pose, scene.perch, generator)
    cover = canvas.track()
    paint_bird(canvas, pose, PLUMAGES[plumage], species)
    grain = noise(generator, 64, 64, size) * np.float32(0.04) + np.float32(0.98)
    canvas.pixels *= grain * np.float32(light)
    mask = cover >= 0.5
    attributes = {
        "scene": scene.name,
        "crown": species.crown,
        "wing": species.wing,
        "beak": species.beak,
        "tail": species.tail,
        "plumage": plumage,
        "facing": "left" if pose.mirrored else "right",
    }
    points = {name: pose.point(PARTS[name](species.beak)) for name in PARTS}
    parts = {name: (x * size, y * size) for name, (x, y) in points.items()}
    return DrawnBird(canvas.to_uint8(), _extent(mask), parts, attributes, mask)


def _draw_pose(generator: np.random.Generator, scale: tuple[float, float]) -> Pose:
    """Mirror, tilt (up to about 17 degrees), scale and a position that keeps the bird inside."""
    mirrored = uniform(generator, 0.0, 1.0) < 0.5
    half = uniform(generator, -0.15, 0.12)
    upright = Pose.tilted(half, mirrored=mirrored)
    xs, ys = zip(*(upright.point(corner) for corner in HULL), strict=True)
    span = max(max(xs) - min(xs), max(ys) - min(ys))
    unit = uniform(generator, *scale) / span
    place = []
    for low, high in ((min(xs), max(xs)), (min(ys), max(ys))):
        slack = max(0.0, 1.0 - 2 * MARGIN - (high - low) * unit)
        place.append(MARGIN + uniform(generator, 0.0, slack) - low * unit)
    return Pose.tilted(half, mirrored=mirrored, unit=unit, origin=(place[0], place[1]))


def _extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
