"""Streets, parks and platforms that the cameras of drawn sets look at.

A place is painted once for each camera, twice as high and four times as wide as a picture of it;
every picture shows another part. The horizon lies in its middle.
"""

from collections.abc import Callable

import numpy as np

from elsewhere.drawn.canvas import BLACK, WHITE, Canvas, Colour, mix, noise
from elsewhere.drawn.chance import choice, uniform
from elsewhere.drawn.shapes import box, clamp, dots, polygon, strokes

HORIZON = 0.5
WALLS: tuple[Colour, ...] = (
    (0.62, 0.36, 0.28), (0.76, 0.68, 0.54), (0.56, 0.60, 0.64), (0.82, 0.80, 0.76),
    (0.46, 0.50, 0.44), (0.70, 0.56, 0.60),
)  # fmt: skip
GROUNDS: tuple[Colour, ...] = (
    (0.58, 0.57, 0.55), (0.44, 0.45, 0.48), (0.70, 0.65, 0.56), (0.52, 0.48, 0.46),
)  # fmt: skip
SIGNS: tuple[Colour, ...] = (
    (0.80, 0.16, 0.15), (0.14, 0.34, 0.72), (0.95, 0.76, 0.15), (0.18, 0.52, 0.30),
    (0.90, 0.48, 0.14), (0.20, 0.20, 0.24),
)  # fmt: skip


def _grain(canvas: Canvas, generator: np.random.Generator, cells: int, amount: float) -> None:
    canvas.tint(BLACK, noise(generator, cells, cells, canvas.size) * np.float32(amount))


def _below(canvas: Canvas, top: float) -> np.ndarray:
    return clamp((canvas.heights - np.float32(top)) * np.float32(canvas.size) + np.float32(0.5))


def _ground(canvas: Canvas, generator: np.random.Generator, *, road: bool) -> None:
    """Asphalt with lanes for vehicles, slabs for persons, from the horizon downwards."""
    colour = choice(generator, GROUNDS)
    if road:
        colour = mix(colour, (0.30, 0.31, 0.33), 0.65)
    canvas.shade(box(-0.1, HORIZON, 1.1, 1.1), colour, 0.12, 0.12)
    marks = noise(generator, 40, 40, canvas.size) - np.float32(0.5)
    canvas.tint(BLACK, clamp(marks) * _below(canvas, HORIZON) * np.float32(0.35))
    kerb = HORIZON + uniform(generator, 0.02, 0.05)
    canvas.paint(box(-0.1, kerb, 1.1, kerb + 0.012), mix(colour, WHITE, 0.45))
    if road:
        paint = choice(generator, ((0.92, 0.92, 0.90), (0.92, 0.80, 0.35)))
        for y, width in ((0.66, 0.006), (0.88, 0.010)):
            turn = uniform(generator, 0.0, 0.1)
            dashes = [(x / 7 + turn, y, x / 7 + turn + 0.07, y, width, width) for x in range(-1, 8)]
            canvas.paint(strokes(dashes), paint)
        return
    seam = mix(colour, BLACK, 0.3)
    shift = uniform(generator, 0.0, 1.0)
    for y in (0.57, 0.63, 0.71, 0.81, 0.93):
        canvas.paint(strokes([(-0.1, y, 1.1, y, 0.0022, 0.0022)]), seam)
    fan = [(0.5 + (x - 6 + shift) * 0.09, kerb, 0.5 + (x - 6 + shift) * 0.2, 1.05, 0.002, 0.003)
           for x in range(12)]  # fmt: skip
    canvas.paint(strokes(fan), seam)


def _windows(canvas: Canvas, generator: np.random.Generator) -> None:
    """Houses side by side, each with rows of windows and perhaps a door."""
    canvas.gradient((0.0, (0.60, 0.74, 0.88)), (1.0, (0.86, 0.90, 0.92)))
    left = -0.05
    while left < 1.0:
        right = left + uniform(generator, 0.2, 0.34)
        wall = mix(choice(generator, WALLS), WHITE, uniform(generator, 0.0, 0.2))
        top = uniform(generator, -0.05, 0.14)
        canvas.paint(box(left, top, right, HORIZON + 0.02), wall, mix(wall, BLACK, 0.12))
        glass = mix((0.32, 0.42, 0.52), (0.95, 0.86, 0.55), float(generator.random() < 0.3) * 0.7)
        columns = 2 + int(uniform(generator, 0.0, 2.0))
        step = (right - left) / columns
        for row in range(4):
            for column in range(columns):
                x, y = left + (column + 0.25) * step, top + 0.03 + row * 0.12
                frame = box(x - 0.005, y - 0.005, x + 0.5 * step + 0.005, y + 0.075)
                canvas.paint(frame, mix(wall, WHITE, 0.5))
                canvas.paint(box(x, y, x + 0.5 * step, y + 0.07), glass, mix(glass, BLACK, 0.3))
        left = right


def _bricks(canvas: Canvas, generator: np.random.Generator) -> None:
    wall = choice(generator, (WALLS[0], WALLS[1], WALLS[5], (0.50, 0.32, 0.30)))
    canvas.gradient((0.0, mix(wall, WHITE, 0.15)), (1.0, mix(wall, BLACK, 0.1)))
    _grain(canvas, generator, 24, 0.25)
    seam = mix(wall, WHITE, 0.45)
    for row in range(18):
        y = HORIZON - row * 0.03
        canvas.paint(strokes([(-0.1, y, 1.1, y, 0.0018, 0.0018)]), seam)
        joints = [(x + 0.5 * (row % 2)) / 14 for x in range(15)]
        canvas.paint(strokes([(x, y - 0.03, x, y, 0.0016, 0.0016) for x in joints]), seam)
    for number in range(4):
        x, y = (number + uniform(generator, 0.1, 0.6)) / 4, uniform(generator, 0.2, 0.34)
        sign = choice(generator, SIGNS)
        canvas.paint(box(x, y, x + 0.1, y + uniform(generator, 0.07, 0.12)), mix(sign, WHITE, 0.1))
        canvas.paint(box(x + 0.015, y + 0.02, x + 0.085, y + 0.035), mix(sign, WHITE, 0.8))


def _park(canvas: Canvas, generator: np.random.Generator) -> None:
    leaf = mix((0.24, 0.46, 0.20), (0.66, 0.52, 0.18), uniform(generator, 0.0, 0.8))
    canvas.gradient((0.0, (0.62, 0.80, 0.94)), (0.5, (0.84, 0.92, 0.92)), (1.0, leaf))
    for depth in (0.0, 0.5):
        shade = mix(mix(leaf, (0.7, 0.82, 0.86), 0.45), leaf, depth * 2)
        top = HORIZON - 0.1 * (1 - depth)
        hedge = [(x / 18, top, uniform(generator, 0.03, 0.07)) for x in range(19)]
        canvas.shade(dots(hedge), shade, 0.1, 0.25, soft=0.01)
        canvas.paint(box(-0.1, top, 1.1, HORIZON + 0.02), mix(shade, BLACK, 0.1))
    for number in range(5):
        x, top = (number + uniform(generator, 0.1, 0.9)) / 5, uniform(generator, 0.08, 0.2)
        canvas.paint(strokes([(x, top, x, HORIZON + 0.03, 0.012, 0.018)]), (0.34, 0.25, 0.18))
        crown = [(x + uniform(generator, -0.06, 0.06), top + uniform(generator, -0.07, 0.04),
                  uniform(generator, 0.035, 0.06)) for _ in range(6)]  # fmt: skip
        canvas.shade(dots(crown), leaf, 0.18, 0.3, soft=0.008)


def _station(canvas: Canvas, generator: np.random.Generator) -> None:
    tile = mix(choice(generator, WALLS), WHITE, 0.35)
    dark, lit = (0.22, 0.23, 0.26), (0.30, 0.31, 0.34)
    canvas.gradient((0.0, dark), (0.12, lit), (0.16, tile), (1.0, tile))
    seam = mix(tile, BLACK, 0.18)
    rows = [(-0.1, y / 24, 1.1, y / 24, 0.0015, 0.0015) for y in range(4, 13)]
    columns = [(x / 24, 0.15, x / 24, HORIZON, 0.0015, 0.0015) for x in range(25)]
    canvas.paint(strokes(rows + columns), seam)
    band = choice(generator, SIGNS)
    canvas.paint(box(-0.1, 0.2, 1.1, 0.245), band)
    for number in range(4):
        x = (number + uniform(generator, 0.15, 0.45)) / 4
        poster = choice(generator, SIGNS)
        canvas.paint(box(x - 0.006, 0.284, x + 0.126, 0.446), (0.16, 0.16, 0.18))
        canvas.paint(box(x, 0.29, x + 0.12, 0.44), mix(poster, WHITE, 0.45), poster)
        canvas.paint(dots([(x + 0.06, 0.35, 0.03)]), choice(generator, SIGNS))
    canvas.paint(strokes([(-0.1, 0.05, 1.1, 0.05, 0.012, 0.012)]), (0.96, 0.97, 0.90), soft=0.02)


def _shops(canvas: Canvas, generator: np.random.Generator) -> None:
    wall = choice(generator, WALLS)
    canvas.gradient((0.0, mix(wall, WHITE, 0.2)), (1.0, wall))
    _grain(canvas, generator, 30, 0.12)
    left = -0.04
    while left < 1.0:
        right = left + uniform(generator, 0.22, 0.3)
        front, sign = choice(generator, SIGNS), choice(generator, SIGNS)
        canvas.paint(box(left + 0.01, 0.22, right - 0.01, HORIZON + 0.02), mix(front, BLACK, 0.35))
        glow = mix((0.98, 0.90, 0.68), (0.68, 0.80, 0.86), uniform(generator, 0.0, 1.0))
        canvas.paint(box(left + 0.025, 0.26, right - 0.1, 0.47), glow, mix(glow, BLACK, 0.25))
        canvas.paint(box(right - 0.085, 0.26, right - 0.025, HORIZON), mix(glow, BLACK, 0.45))
        goods = [(left + 0.05 + 0.03 * x, 0.445 - 0.03 * (x % 2), 0.014) for x in range(3)]
        canvas.paint(dots(goods), choice(generator, SIGNS))
        for stripe in range(8):
            x = left + 0.01 + (right - left - 0.02) * stripe / 8
            wide = (right - left - 0.02) / 8
            canvas.paint(box(x, 0.19, x + wide, 0.25), sign if stripe % 2 else (0.95, 0.94, 0.90))
        left = right


def _quay(canvas: Canvas, generator: np.random.Generator) -> None:
    sea = mix((0.10, 0.42, 0.58), (0.30, 0.52, 0.50), uniform(generator, 0.0, 1.0))
    sky, haze = (0.46, 0.70, 0.92), (0.88, 0.93, 0.95)
    canvas.gradient((0.0, sky), (0.26, haze), (0.28, mix(sea, WHITE, 0.3)), (1.0, sea))
    glitter = clamp(noise(generator, 60, 8, canvas.size) * 3.0 - 2.0)
    canvas.tint(WHITE, glitter * _below(canvas, 0.28) * np.float32(0.5))
    for number in range(3):
        x, high = (number + uniform(generator, 0.2, 0.8)) / 3, uniform(generator, 0.08, 0.14)
        canvas.paint(polygon([(x, 0.30 - high), (x + 0.07, 0.29), (x, 0.29)]), (0.97, 0.96, 0.92))
        hull = choice(generator, SIGNS)
        canvas.paint(strokes([(x - 0.04, 0.305, x + 0.06, 0.305, 0.012, 0.012)]), hull)
    rail = [(-0.1, y, 1.1, y, 0.005, 0.005) for y in (0.38, 0.43, 0.48)]
    posts = [(x / 12, 0.37, x / 12, HORIZON + 0.02, 0.006, 0.006) for x in range(13)]
    canvas.paint(strokes(rail + posts), mix(choice(generator, SIGNS), WHITE, 0.5))


def _garage(canvas: Canvas, generator: np.random.Generator) -> None:
    grey = mix((0.46, 0.47, 0.47), choice(generator, WALLS), 0.3)
    canvas.gradient((0.0, mix(grey, BLACK, 0.55)), (0.2, mix(grey, BLACK, 0.3)), (1.0, grey))
    _grain(canvas, generator, 16, 0.2)
    band = choice(generator, SIGNS)
    canvas.paint(box(-0.1, 0.40, 1.1, 0.44), mix(band, BLACK, 0.15))
    for number in range(5):
        x = (number + uniform(generator, 0.2, 0.5)) / 5
        pillar = mix(grey, WHITE, 0.3)
        canvas.paint(box(x, 0.08, x + 0.06, HORIZON + 0.05), pillar, mix(pillar, BLACK, 0.3))
        canvas.paint(box(x, 0.36, x + 0.06, 0.46), choice(generator, SIGNS))
        lamp = [(x + 0.09, 0.12, x + 0.15, 0.12, 0.008, 0.008)]
        canvas.paint(strokes(lamp), (0.98, 0.98, 0.88), soft=0.03)


PLACES: dict[str, Callable[[Canvas, np.random.Generator], None]] = {
    "houses": _windows, "park": _park, "shops": _shops, "station": _station, "bricks": _bricks,
    "quay": _quay, "garage": _garage,
}  # fmt: skip


def paint_place(
    canvas: Canvas, place: str, generator: np.random.Generator, *, road: bool = False
) -> None:
    """Paint a place, whole; the generator draws its colours and details."""
    PLACES[place](canvas, generator)
    _ground(canvas, generator, road=road)
