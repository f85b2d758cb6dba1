"""Birds that differ in small parts only: species, how a bird is put together, one in a scene.

A bird's own coordinates: it faces right, x runs to the right and y down, the origin lies in the
middle of its body, and it is about one unit long.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import product
from typing import Literal

import numpy as np

from elsewhere.drawn.canvas import WHITE, Canvas, Colour, Drawn, extent_of, mix, noise
from elsewhere.drawn.chance import choice, uniform
from elsewhere.drawn.scenes import CREAM, CROWNS, Scene
from elsewhere.drawn.shapes import Point, Pose, Shape, both, melted, outside
from elsewhere.errors import DataError

SCALE = (0.56, 0.8)
MARGIN = 0.015
LEAST_BIRD = 3
"""Pixels of a bird's longest side from which on it covers half of some pixel wherever it sits."""
PLUMAGES: dict[str, Colour] = {
    "grey": (0.55, 0.56, 0.58),
    "brown": (0.60, 0.47, 0.36),
    "olive": (0.55, 0.55, 0.38),
}
INK: Colour = (0.06, 0.05, 0.07)
HORN: Colour = (0.24, 0.22, 0.23)
LEG: Colour = (0.33, 0.25, 0.22)
FEET = 0.31
BEAK_TIP = {"short": 0.435, "long": 0.53}
HEAD = (0.205, -0.255, 0.135)
EYE = (0.25, -0.265)
BARS: tuple[Point, ...] = ((0.075, -0.03), (0.0, 0.0), (-0.075, 0.04), (-0.15, 0.08))
SPOTS: tuple[Point, ...] = (
    (0.08, -0.06), (0.03, 0.03), (-0.01, -0.05), (-0.06, 0.04), (-0.09, -0.01), (-0.14, 0.075),
)  # fmt: skip
# Holds every species, so that the same draws put every species in the same place.
HULL: tuple[Point, ...] = (
    (0.54, -0.235), (0.30, -0.38), (0.05, -0.40), (-0.50, 0.17), (-0.52, 0.35), (-0.40, 0.40),
    (-0.04, 0.335), (0.13, 0.335), (0.30, 0.05),
)  # fmt: skip
PARTS: dict[str, Callable[[str], Point]] = {
    "crown": lambda _: (0.19, -0.34),
    "eye": lambda _: EYE,
    "beak": lambda beak: (BEAK_TIP[beak], -0.235),
    "breast": lambda _: (0.20, -0.02),
    "wing": lambda _: (-0.07, 0.01),
    "tail": lambda _: (-0.40, 0.25),
    "feet": lambda _: (0.05, FEET),
}


@dataclass(frozen=True)
class Species:
    """A kind of bird: the four parts that tell it from the others.

    Attributes:
        crown: Colour of the top of the head, a key of `CROWNS`.
        wing: Pattern of the wing.
        beak: Length of the beak.
        tail: Shape of the tail.
    """

    crown: str
    wing: Literal["barred", "spotted"] = "barred"
    beak: Literal["short", "long"] = "short"
    tail: Literal["round", "forked"] = "round"

    @property
    def name(self) -> str:
        """A name that describes the parts, such as "long-billed red-crowned barwing"."""
        words = ["fork-tailed"] if self.tail == "forked" else []
        words += ["long-billed"] if self.beak == "long" else []
        wing = {"barred": "barwing", "spotted": "spotwing"}[self.wing]
        return " ".join([*words, f"{self.crown}-crowned", wing])

    @property
    def slug(self) -> str:
        """The name as a folder."""
        return self.name.replace(" ", "-")


ALL_SPECIES: tuple[Species, ...] = tuple(
    Species(crown, wing, beak, tail)  # type: ignore[arg-type]
    for tail, beak, wing, crown in product(
        ("round", "forked"), ("short", "long"), ("barred", "spotted"), CROWNS
    )
)


def species(count: int = 8) -> tuple[Species, ...]:
    """The first `count` species.

    Eight are four crown colours × two wing patterns; sixteen add long beaks, thirty-two forked
    tails. The first ones stay the same however many are asked for.

    Raises:
        DataError: Fewer than 2 or more than 32 are asked for.
    """
    if not 2 <= count <= len(ALL_SPECIES):
        raise DataError(
            f"drawn birds: {count} species cannot be drawn; ask for 2 to {len(ALL_SPECIES)}"
        )
    return ALL_SPECIES[:count]


def draw_bird(
    species: Species,
    scene: Scene,
    size: int,
    generator: np.random.Generator,
    *,
    scale: tuple[float, float] = SCALE,
) -> Drawn:
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
        DataError: The size is below 16 or above 2048, or the scale not within 0..0.95 or so small
            that a bird could cover half of no pixel.
    """
    if size < 16:
        raise DataError(f"drawn birds: a side of {size} pixels shows nothing; use 16 or more")
    if size > 2048:
        raise DataError(f"drawn birds: a side of {size} pixels; use 2048 or less")
    if not 0 < scale[0] <= scale[1] <= 0.95:
        raise DataError(f"drawn birds: scale {scale} is not a range within 0..0.95")
    if scale[0] * size < LEAST_BIRD:
        raise DataError(
            f"drawn birds: scale {scale[0]} makes birds of {scale[0] * size:.2g} pixels, which "
            f"shows nothing; use {LEAST_BIRD} pixels or more"
        )
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
    facing = "left" if pose.mirrored else "right"
    attributes = {
        "scene": scene.name, **asdict(species), "plumage": plumage, "facing": facing
    }  # fmt: skip
    points = {name: pose.point(PARTS[name](species.beak)) for name in PARTS}
    parts = {name: (x * size, y * size) for name, (x, y) in points.items()}
    return Drawn(canvas.to_uint8(), extent_of(mask), attributes, mask, parts)


def _draw_pose(generator: np.random.Generator, scale: tuple[float, float]) -> Pose:
    """Mirror, tilt (up to about 17 degrees), scale and a position that keeps the bird inside."""
    mirrored = uniform(generator, 0.0, 1.0) < 0.5
    half = uniform(generator, -0.15, 0.12)
    left, top, right, bottom = Pose.tilted(half, mirrored=mirrored).extent(HULL)
    unit = uniform(generator, *scale) / max(right - left, bottom - top)
    place = []
    for low, high in ((left, right), (top, bottom)):
        slack = max(0.0, 1.0 - 2 * MARGIN - (high - low) * unit)
        place.append(MARGIN + uniform(generator, 0.0, slack) - low * unit)
    return Pose.tilted(half, mirrored=mirrored, unit=unit, origin=(place[0], place[1]))


def paint_perch(
    canvas: Canvas, pose: Pose, colours: tuple[Colour, Colour], generator: np.random.Generator
) -> None:
    """Paint the branch under the feet, right across the picture, with a side twig."""
    left, right = uniform(generator, -0.05, 0.05), uniform(generator, -0.05, 0.05)
    width = uniform(generator, 0.032, 0.045)
    top = FEET + width
    side = uniform(generator, 0.3, 0.5)
    twig = pose.strokes((side, top, side + 0.24, top - 0.13, width * 0.45, width * 0.2))
    canvas.paint(twig, mix(*colours, 0.5))
    branch = pose.strokes(
        (-2.2, top + left * 2, 0.05, top, width * 1.25, width),
        (0.05, top, 2.2, top + right * 2, width, width * 0.8),
    )
    canvas.paint(branch, colours[1])
    shine = pose.strokes(
        (-2.2, top + left * 2 - width * 0.4, 0.05, top - width * 0.35, width * 0.8, width * 0.62),
        (0.05, top - width * 0.35, 2.2, top + right * 2 - width * 0.3, width * 0.62, width * 0.5),
    )
    canvas.paint(shine, colours[0])


def paint_bird(canvas: Canvas, pose: Pose, plumage: Colour, species: Species) -> None:
    """Paint the bird from back to front; nothing here is random."""
    back = mix(plumage, INK, 0.25)
    _paint_tail(canvas, pose, back, species.tail)
    _paint_legs(canvas, pose)
    _paint_beak(canvas, pose, species.beak)
    body: Shape = melted(
        [
            pose.ellipse(-0.03, 0.03, 0.27, 0.165, (0.86, -0.51)),
            pose.dots((0.10, 0.0, 0.165)),
            pose.dots(HEAD),
        ],
        0.13 * pose.unit,
    )
    canvas.paint(body, mix(plumage, WHITE, 0.22), mix(plumage, INK, 0.12), rim=0.35)
    belly = pose.ellipse(0.10, 0.09, 0.22, 0.10, (0.70, -0.71))
    pale = mix(plumage, CREAM, 0.75)
    canvas.paint(both(belly, body), pale, mix(pale, plumage, 0.5), soft=0.09 * pose.unit)
    _paint_crown(canvas, pose, body, CROWNS[species.crown])
    _paint_eye(canvas, pose)
    _paint_wing(canvas, pose, back, species.wing)


def _paint_tail(canvas: Canvas, pose: Pose, back: Colour, tail: str) -> None:
    dark = mix(back, INK, 0.35)
    if tail == "round":
        canvas.paint(pose.strokes((-0.18, 0.12, -0.42, 0.265, 0.06, 0.075)), dark, rim=0.3)
        quill = pose.strokes((-0.2, 0.13, -0.45, 0.285, 0.008, 0.008))
        canvas.paint(quill, mix(back, CREAM, 0.25))
    else:
        fork = pose.strokes(
            (-0.18, 0.10, -0.48, 0.19, 0.055, 0.018), (-0.18, 0.13, -0.42, 0.37, 0.055, 0.018)
        )
        canvas.paint(fork, dark)


def _paint_legs(canvas: Canvas, pose: Pose) -> None:
    rows = []
    for hip, foot in ((-0.01, 0.0), (0.07, 0.09)):
        rows.append((hip, 0.14, foot, FEET - 0.01, 0.016, 0.011))
        rows.append((foot - 0.03, FEET + 0.008, foot + 0.045, FEET + 0.008, 0.012, 0.009))
    canvas.paint(pose.strokes(*rows), LEG)


def _paint_beak(canvas: Canvas, pose: Pose, beak: str) -> None:
    tip = (BEAK_TIP[beak], -0.235)
    canvas.paint(pose.polygon((0.29, -0.30), tip, (0.29, -0.19)), HORN)
    canvas.paint(pose.polygon((0.29, -0.295), tip, (0.29, -0.25)), mix(HORN, CREAM, 0.35))


def _paint_crown(canvas: Canvas, pose: Pose, body: Shape, colour: Colour) -> None:
    """The coloured cap with a small crest at the back of the head."""
    crest = pose.strokes((0.16, -0.325, 0.06, -0.35, 0.06, 0.014))
    canvas.paint(crest, mix(colour, INK, 0.1), mix(colour, INK, 0.3))
    face = pose.dots((0.315, -0.105, 0.185))
    nape = pose.above(0.08, -0.30, (-0.75, 0.66))
    cap = both(both(body, nape), outside(face))
    canvas.paint(cap, mix(colour, WHITE, 0.15), mix(colour, INK, 0.12))


def _paint_eye(canvas: Canvas, pose: Pose) -> None:
    x, y = EYE
    canvas.paint(pose.dots((x, y, 0.036)), CREAM)
    canvas.paint(pose.dots((x + 0.003, y, 0.026)), INK)
    canvas.paint(pose.dots((x + 0.012, y - 0.011, 0.009)), WHITE)


def _paint_wing(canvas: Canvas, pose: Pose, back: Colour, pattern: str) -> None:
    wing = pose.strokes((0.04, -0.03, -0.33, 0.17, 0.118, 0.018))
    canvas.paint(wing, mix(back, INK, 0.10), mix(back, INK, 0.45), rim=0.25)
    feathers = pose.strokes(
        (-0.12, 0.12, -0.31, 0.17, 0.006, 0.004), (-0.10, 0.09, -0.31, 0.155, 0.006, 0.004)
    )
    canvas.paint(feathers, mix(back, INK, 0.7))
    if pattern == "barred":
        bars = [(x, y - 0.16, x - 0.03, y + 0.16, 0.019, 0.019) for x, y in BARS]
        canvas.paint(both(pose.strokes(*bars), wing), CREAM)
    else:
        spots = [(x, y, 0.026) for x, y in SPOTS]
        canvas.paint(both(pose.dots(*spots), wing), CREAM)
