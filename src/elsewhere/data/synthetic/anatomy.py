"""How a bird is put together: a side view in its own coordinates.

The bird faces right, x runs to the right and y down, the origin lies in the middle of its body, and
it is about one unit long.
"""

from collections.abc import Callable

import numpy as np

from elsewhere.data.synthetic.canvas import Canvas, Colour, mix, uniform
from elsewhere.data.synthetic.palette import CREAM, CROWNS
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.shapes import Both, Melted, Outside, Point, Shape
from elsewhere.data.synthetic.taxonomy import Species

WHITE: Colour = (1.0, 1.0, 1.0)
INK: Colour = (0.06, 0.05, 0.07)
HORN: Colour = (0.24, 0.22, 0.23)
LEG: Colour = (0.33, 0.25, 0.22)
FEET = 0.31
BEAK_TIP = {"short": 0.435, "long": 0.53}
HEAD = (0.205, -0.255, 0.135)
EYE = (0.25, -0.265)
BARS: tuple[Point, ...] = ((0.075, -0.03), (0.0, 0.0), (-0.075, 0.04), (-0.15, 0.08))
SPOTS: tuple[Point, ...] = (
    (0.08, -0.06),
    (0.03, 0.03),
    (-0.01, -0.05),
    (-0.06, 0.04),
    (-0.09, -0.01),
    (-0.14, 0.075),
)
# Holds every species, so that the same draws put every species in the same place.
HULL: tuple[Point, ...] = (
    (0.54, -0.235),
    (0.30, -0.38),
    (0.05, -0.40),
    (-0.50, 0.17),
    (-0.52, 0.35),
    (-0.40, 0.40),
    (-0.04, 0.335),
    (0.13, 0.335),
    (0.30, 0.05),
)
PARTS: dict[str, Callable[[str], Point]] = {
    "crown": lambda _: (0.19, -0.34),
    "eye": lambda _: EYE,
    "beak": lambda beak: (BEAK_TIP[beak], -0.235),
    "breast": lambda _: (0.20, -0.02),
    "wing": lambda _: (-0.07, 0.01),
    "tail": lambda _: (-0.40, 0.25),
    "feet": lambda _: (0.05, FEET),
}


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
    body: Shape = Melted(
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
    canvas.paint(Both(belly, body), pale, mix(pale, plumage, 0.5), soft=0.09 * pose.unit)
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
    cap = Both(Both(body, nape), Outside(face))
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
        canvas.paint(Both(pose.strokes(*bars), wing), CREAM)
    else:
        spots = [(x, y, 0.026) for x, y in SPOTS]
        canvas.paint(Both(pose.dots(*spots), wing), CREAM)
