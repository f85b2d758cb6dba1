"""The places that birds are drawn in: six of them, easy to tell apart.

Each is painted from back to front, blurred in the distance. Last come the distractors: flowers,
berries, leaves and stones in the colours and patterns of the birds' parts, so that no colour alone
gives a species away: it counts only at the right place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from elsewhere.drawn.canvas import BLACK, WHITE, Canvas, Colour, mix, noise
from elsewhere.drawn.chance import choice, uniform
from elsewhere.drawn.shapes import Point, Shape, both, box, clamp, dots, ellipse, polygon, strokes

CROWNS: dict[str, Colour] = {
    "red": (0.85, 0.13, 0.12),
    "golden": (0.97, 0.74, 0.10),
    "blue": (0.15, 0.36, 0.88),
    "violet": (0.60, 0.22, 0.70),
}
"""The colours that birds are told apart by; distractors are painted in the same ones."""
CREAM: Colour = (0.97, 0.94, 0.84)
Kind = Literal["flower", "blossom", "berries", "leaf", "stone"]
STEM: Colour = (0.20, 0.36, 0.16)
PETALS = ((0.0, -1.0), (0.951, -0.309), (0.588, 0.809), (-0.588, 0.809), (-0.951, -0.309))


@dataclass(frozen=True)
class Scene:
    """A place: how its background is painted, and what a bird sits on there.

    Attributes:
        name: One word.
        paint: Paints background and distractors on a canvas; draws from the generator.
        perch: Colours of the branch, from above and from below.
    """

    name: str
    paint: Callable[[Canvas, np.random.Generator], None]
    perch: tuple[Colour, Colour]


def _discs(
    generator: np.random.Generator, count: int, low: float, high: float,
    *, top: float = -0.05, bottom: float = 1.05,
) -> list[tuple[float, float, float]]:  # fmt: skip
    """Discs of radii between two, anywhere between two heights."""
    left, right = -0.05, 1.05
    return [
        (left + (right - left) * a, top + (bottom - top) * b, low + (high - low) * c)
        for a, b, c in generator.random((count, 3)).tolist()
    ]


def _blades(
    generator: np.random.Generator, count: int, top: float, sway: float, width: float
) -> Shape:
    """Grass that grows from the bottom edge up to about `top`."""
    rows = []
    for number, (a, b, c) in enumerate(generator.random((count, 3)).tolist()):
        x = (number + a) / count
        rows.append((x, 1.03, x + sway * (b - 0.5), top + (1 - top) * 0.7 * c, width, width / 4))
    return strokes(rows)


def _scatter(
    canvas: Canvas, generator: np.random.Generator, *plan: tuple[Kind, int, float, float]
) -> None:
    """Paint distractors: of each kind a number, between two heights."""
    for kind, count, top, bottom in plan:
        turn = uniform(generator, 0.0, 1.0)
        for number in range(count):
            place = turn + (number + uniform(generator, -0.3, 0.3)) / count
            x = 0.05 + 0.9 * (place % 1.0)
            y = uniform(generator, top, bottom)
            paint_distractor(canvas, kind, (x, y), uniform(generator, 0.036, 0.056), generator)


def _twigs(canvas: Canvas, generator: np.random.Generator, kind: Kind, colour: Colour) -> None:
    """Two twigs that reach into the picture from its upper corners, with distractors on them."""
    for side in (0.0, 1.0):
        inward = 1.0 if side == 0.0 else -1.0
        top, reach = uniform(generator, 0.0, 0.35), uniform(generator, 0.22, 0.42)
        drop = uniform(generator, -0.06, 0.16)
        end = (side + inward * reach, top + drop)
        canvas.paint(strokes([(side - inward * 0.03, top, *end, 0.013, 0.004)]), colour)
        for share in (0.25, 0.62, 1.0):
            at = (side + inward * reach * share, top + drop * share + uniform(generator, 0, 0.05))
            paint_distractor(canvas, kind, at, uniform(generator, 0.036, 0.052), generator)


def _forest(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.3, 0.46, 0.22)), (0.55, (0.16, 0.31, 0.15)), (1.0, (0.08, 0.16, 0.09)))
    canvas.tint((0.07, 0.19, 0.09), noise(generator, 5, 5, canvas.size) * np.float32(0.75))
    light = (uniform(generator, 0.2, 0.8), 0.05)
    canvas.paint(dots([(*light, 0.2)]), (0.78, 0.86, 0.42), soft=0.5, opacity=0.55)
    glow = dots(_discs(generator, 9, 0.025, 0.06, bottom=0.7))
    canvas.paint(glow, (0.66, 0.80, 0.36), soft=0.03, opacity=0.28)
    trunks = []
    for number, (a, b, c) in enumerate(generator.random((3, 3)).tolist()):
        x, width = (number + a) / 3, 0.02 + 0.035 * b
        trunks.append((x, -0.1, x + 0.1 * (c - 0.5), 1.1, width, width * 1.3))
    canvas.paint(strokes(trunks), (0.25, 0.20, 0.14), (0.12, 0.10, 0.07), soft=0.025)
    ferns = _blades(generator, 14, 0.76, 0.24, 0.022)
    canvas.paint(ferns, (0.20, 0.42, 0.16), (0.06, 0.16, 0.07))
    _twigs(canvas, generator, "leaf", (0.22, 0.15, 0.09))
    _scatter(canvas, generator, ("flower", 5, 0.6, 0.92))


def _water(canvas: Canvas, generator: np.random.Generator) -> None:
    shore = uniform(generator, 0.24, 0.38)
    canvas.gradient(
        (0.0, (0.80, 0.90, 0.92)), (shore - 0.02, (0.90, 0.94, 0.88)),
        (shore, (0.42, 0.72, 0.72)), (1.0, (0.03, 0.33, 0.42)),
    )  # fmt: skip
    hills = dots(_discs(generator, 6, 0.06, 0.13, top=shore - 0.01, bottom=shore + 0.02))
    canvas.paint(both(hills, box(-0.1, -0.1, 1.1, shore)), (0.42, 0.58, 0.52), soft=0.02)
    ripples = noise(generator, 26, 4, canvas.size)
    depth = clamp((canvas.heights - shore) * 3.0)
    canvas.tint((0.72, 0.93, 0.92), clamp(ripples * 3.0 - 1.75) * depth * 0.45)
    canvas.tint((0.00, 0.20, 0.30), clamp(0.8 - ripples * 2.0) * depth * 0.6)
    for side in (0.0, 0.86):
        reeds = []
        for a, b, c in generator.random((5, 3)).tolist():
            x = side + 0.14 * a
            reeds.append((x, 1.05, x + 0.12 * (c - 0.5), 0.25 + 0.5 * b, 0.010, 0.004))
        canvas.paint(strokes(reeds), (0.48, 0.60, 0.26), (0.16, 0.33, 0.18))
        heads = [(x, y + 0.01, x, y + 0.08, 0.015, 0.015) for _, _, x, y, _, _ in reeds[:2]]
        canvas.paint(strokes(heads), (0.36, 0.23, 0.13))
    for x, high, r in _discs(generator, 4, 0.05, 0.08, top=0.72):
        canvas.paint(ellipse((x, high), r, r * 0.42), (0.36, 0.62, 0.32), (0.16, 0.42, 0.25))
    _scatter(canvas, generator, ("flower", 4, 0.5, 0.9), ("stone", 3, 0.82, 0.96))


def _sky(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.16, 0.46, 0.86)), (0.6, (0.46, 0.72, 0.95)), (1.0, (0.76, 0.89, 0.98)))
    coarse = noise(generator, 5, 3, canvas.size)
    fine = noise(generator, 14, 9, canvas.size)
    cloud = clamp(coarse * np.float32(2.0) + fine * np.float32(0.6) - np.float32(1.4))
    canvas.tint((0.70, 0.80, 0.92), clamp(cloud * 1.5) * np.float32(0.8))
    canvas.tint(WHITE, cloud * np.float32(0.95))
    _twigs(canvas, generator, "blossom", (0.36, 0.27, 0.20))
    _scatter(canvas, generator, ("leaf", 6, 0.45, 0.96))


def _desert(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.98, 0.80, 0.50)), (0.42, (1.0, 0.92, 0.72)), (1.0, (0.93, 0.74, 0.46)))
    sun = (uniform(generator, 0.15, 0.85), uniform(generator, 0.08, 0.2), 0.07)
    canvas.paint(dots([sun]), (1.0, 0.98, 0.88), soft=0.06)
    far = dots([(uniform(generator, 0.1, 0.9), 1.15, 0.72)])
    canvas.paint(far, (0.88, 0.64, 0.38), (0.84, 0.58, 0.32), soft=0.02)
    _cactus(canvas, uniform(generator, 0.05, 0.95), uniform(generator, 0.3, 0.42), 0.62)
    for depth, light in ((0.0, (0.90, 0.66, 0.37)), (0.13, (0.84, 0.56, 0.28))):
        x = uniform(generator, 0.0, 1.0)
        dune = ellipse((x, 1.17 + depth), 1.1, 0.56, (0.995, 0.0998))
        canvas.paint(dune, light, mix(light, (0.45, 0.22, 0.1), 0.3), soft=0.012)
    ripples = noise(generator, 30, 5, canvas.size)
    ground = clamp((canvas.heights - 0.62) * 4.0)
    canvas.tint((0.62, 0.36, 0.16), clamp(ripples * 2.4 - 1.2) * ground * 0.5)
    _scatter(canvas, generator, ("stone", 4, 0.68, 0.96), ("flower", 5, 0.62, 0.9))


def _cactus(canvas: Canvas, x: float, top: float, ground: float) -> None:
    arm = (ground - top) * 0.5
    rows = [
        (x, ground + 0.1, x, top, 0.032, 0.030),
        (x, ground - arm * 0.3, x - 0.09, ground - arm * 0.5, 0.019, 0.019),
        (x - 0.09, ground - arm * 0.5, x - 0.09, ground - arm * 1.3, 0.019, 0.018),
        (x, ground - arm * 0.6, x + 0.085, ground - arm * 0.8, 0.019, 0.019),
        (x + 0.085, ground - arm * 0.8, x + 0.085, ground - arm * 1.7, 0.019, 0.017),
    ]
    canvas.paint(strokes(rows), (0.42, 0.58, 0.36), (0.27, 0.42, 0.27), soft=0.012)


def _snow(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient((0.0, (0.72, 0.79, 0.87)), (0.5, (0.88, 0.91, 0.95)), (1.0, (0.90, 0.93, 0.97)))
    for number in range(3):
        x = (number + uniform(generator, 0.0, 1.0)) / 3
        _fir(canvas, x, uniform(generator, 0.12, 0.34), uniform(generator, 0.62, 0.7))
    for top, colour in ((0.62, (0.90, 0.94, 0.98)), (0.76, (0.96, 0.97, 1.0))):
        drift = ellipse((uniform(generator, 0.0, 1.0), top + 0.42), 1.2, 0.42, (0.995, 0.0998))
        canvas.paint(drift, colour, (0.74, 0.82, 0.92), soft=0.012)
    canvas.tint((0.68, 0.76, 0.90), clamp(noise(generator, 9, 4, canvas.size) - 0.5))
    _twigs(canvas, generator, "berries", (0.30, 0.22, 0.20))
    _scatter(canvas, generator, ("stone", 3, 0.74, 0.95), ("leaf", 3, 0.7, 0.95))
    flakes = dots(_discs(generator, 15, 0.006, 0.013))
    canvas.paint(flakes, WHITE, soft=0.012, opacity=0.9)


def _fir(canvas: Canvas, x: float, top: float, ground: float) -> None:
    tall = ground - top
    for share, wide in ((0.0, 0.30), (0.26, 0.40), (0.52, 0.50)):
        y = top + tall * share
        half, low = tall * wide / 2, y + tall * 0.48
        layer = polygon([(x, y), (x + half, low), (x - half, low)])
        canvas.paint(layer, (0.70, 0.79, 0.83), (0.28, 0.40, 0.42), soft=0.02)


def _dusk(canvas: Canvas, generator: np.random.Generator) -> None:
    canvas.gradient(
        (0.0, (0.21, 0.15, 0.40)), (0.3, (0.55, 0.26, 0.50)), (0.5, (0.93, 0.47, 0.38)),
        (0.62, (0.99, 0.72, 0.40)), (1.0, (0.40, 0.22, 0.24)),
    )  # fmt: skip
    streaks = clamp(noise(generator, 12, 2, canvas.size) * 2.2 - 1.2)
    canvas.tint((0.98, 0.60, 0.52), streaks * np.float32(0.35))
    stars = dots(_discs(generator, 8, 0.003, 0.006, bottom=0.25))
    canvas.paint(stars, (1.0, 0.95, 0.85), soft=0.01, opacity=0.8)
    sun = (uniform(generator, 0.15, 0.85), uniform(generator, 0.5, 0.58))
    canvas.paint(dots([(*sun, 0.16)]), (1.0, 0.80, 0.45), soft=0.3, opacity=0.7)
    canvas.paint(dots([(*sun, 0.075)]), (1.0, 0.93, 0.68), soft=0.015)
    hill = ellipse((uniform(generator, 0.0, 1.0), 0.98), 0.9, 0.36, (0.995, -0.0998))
    canvas.paint(hill, (0.36, 0.20, 0.36), (0.24, 0.14, 0.26), soft=0.02)
    meadow = ellipse((uniform(generator, 0.2, 0.8), 1.22), 1.5, 0.52)
    canvas.paint(meadow, (0.24, 0.19, 0.24), (0.10, 0.09, 0.13), soft=0.02)
    grass = _blades(generator, 26, 0.68, 0.12, 0.009)
    canvas.paint(grass, (0.30, 0.25, 0.22), (0.08, 0.08, 0.10))
    _scatter(canvas, generator, ("flower", 7, 0.6, 0.86), ("stone", 2, 0.86, 0.96))


def paint_distractor(
    canvas: Canvas, kind: Kind, at: Point, radius: float, generator: np.random.Generator
) -> None:
    """Paint one distractor of about `radius` (in units of the side) round a point.

    Its colour is any crown's, whichever the species; the generator draws colour and details.
    """
    colour = mix(choice(generator, tuple(CROWNS.values())), WHITE, uniform(generator, 0.0, 0.12))
    lean = uniform(generator, -1.0, 1.0)
    if kind in ("flower", "blossom"):
        if kind == "flower":
            x, y = at
            stem = (x, y, x + lean * radius, y + 4 * radius, radius / 6, radius / 5)
            canvas.paint(strokes([stem]), STEM)
        _blossom(canvas, at, radius, colour)
    elif kind == "berries":
        _berries(canvas, at, radius, colour, lean)
    elif kind == "leaf":
        _leaf(canvas, at, radius, colour, lean)
    else:
        _stone(canvas, at, radius, lean)


def _blossom(canvas: Canvas, at: Point, radius: float, colour: Colour) -> None:
    x, y = at
    petals = [(x + px * radius * 0.62, y + py * radius * 0.62, radius * 0.5) for px, py in PETALS]
    canvas.shade(dots(petals), colour, 0.15, 0.12)
    centre = mix(CREAM, (0.95, 0.75, 0.2), 0.5)
    canvas.paint(dots([(x, y, radius * 0.34)]), centre)


def _berries(canvas: Canvas, at: Point, radius: float, colour: Colour, lean: float) -> None:
    x, y = at
    spots = [(-0.55, 0.25 + lean / 8), (0.5, 0.2 - lean / 8), (lean / 8, 0.85)]
    stems = [
        (x, y - radius * 0.7, x + px * radius, y + py * radius, radius / 8, radius / 9)
        for px, py in spots
    ]
    canvas.paint(strokes(stems), (0.30, 0.22, 0.14))
    balls = [(x + px * radius, y + py * radius, radius * 0.46) for px, py in spots]
    canvas.shade(dots(balls), colour, 0.1, 0.3)
    shine = [(px - radius * 0.14, py - radius * 0.16, radius * 0.13) for px, py, _ in balls]
    canvas.paint(dots(shine), WHITE, opacity=0.7)


def _leaf(canvas: Canvas, at: Point, radius: float, colour: Colour, lean: float) -> None:
    x, y = at
    length = sqrt(1.0 + lean * lean)
    ux, uy = 1.0 / length, lean / length
    shape = ellipse(at, radius * 1.15, radius * 0.52, (ux, uy))
    canvas.shade(shape, colour, 0.08, 0.25)
    reach = radius * 1.3
    vein = (x - ux * reach, y - uy * reach, x + ux * radius, y + uy * radius)
    canvas.paint(strokes([(*vein, radius / 9, radius / 18)]), mix(colour, BLACK, 0.45))


def _stone(canvas: Canvas, at: Point, radius: float, lean: float) -> None:
    """A pebble that carries one of the wings' patterns."""
    x, y = at
    shadow = ellipse((x, y + radius * 0.5), radius * 1.35, radius * 0.4)
    canvas.paint(shadow, (0.05, 0.05, 0.08), soft=radius * 0.6, opacity=0.4)
    stone = ellipse(at, radius * 1.25, radius * 0.8)
    canvas.paint(stone, (0.50, 0.48, 0.47), (0.27, 0.26, 0.28))
    width = radius * 0.17
    if lean > 0:
        bars = [
            (x + s * radius, y - radius, x + s * radius - radius * 0.3, y + radius, width, width)
            for s in (-0.35, 0.2, 0.75)
        ]
        canvas.paint(both(strokes(bars), stone), CREAM)
    else:
        spots = [(-0.6, 0.0), (-0.1, -0.35), (0.05, 0.3), (0.55, -0.05)]
        marks = [(x + px * radius, y + py * radius, radius * 0.2) for px, py in spots]
        canvas.paint(both(dots(marks), stone), CREAM)


SCENES: tuple[Scene, ...] = (
    Scene("forest", _forest, ((0.42, 0.30, 0.19), (0.17, 0.11, 0.07))),
    Scene("water", _water, ((0.58, 0.55, 0.48), (0.28, 0.27, 0.25))),
    Scene("sky", _sky, ((0.50, 0.38, 0.28), (0.28, 0.20, 0.15))),
    Scene("desert", _desert, ((0.66, 0.54, 0.42), (0.38, 0.28, 0.20))),
    Scene("snow", _snow, ((0.96, 0.97, 1.00), (0.24, 0.18, 0.17))),
    Scene("dusk", _dusk, ((0.26, 0.17, 0.20), (0.10, 0.07, 0.10))),
)
