"""The cameras of a drawn set, and one picture of an individual as a camera gives it.

Each camera has its own place, colours, distance and sharpness.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from elsewhere.drawn.canvas import Canvas, Drawn, extent_of
from elsewhere.drawn.chance import choice, generator_of, shuffled, uniform
from elsewhere.drawn.places import PLACES, SIGNS, paint_place
from elsewhere.drawn.shapes import Field, Shape, box, clamp, dots, strokes
from elsewhere.errors import DataError

LEAST_SIZE = 32
MOST_SIZE = 2048
OBSTACLES = 0.3  # share of pictures in which something stands in front


def check_size(size: int) -> None:
    """Refuse sizes that show no detail.

    Raises:
        DataError: A side below 32 pixels, or above 2048.
    """
    if size > MOST_SIZE:
        raise DataError(f"drawn individuals: {size} pixels; use {MOST_SIZE} or less")
    if size < LEAST_SIZE:
        raise DataError(
            f"drawn individuals: {size} pixels show no detail; use {LEAST_SIZE} or more"
        )


@dataclass(frozen=True)
class Camera:
    """What all pictures of one camera share.

    Attributes:
        number: which camera of the set, from 0.
        seed: of the set; together with the number it decides everything else.
        place: what it looks at, a key of `PLACES`.
        cast: gain of red, green and blue.
        scale: how large it sees things, as a factor on the usual size.
        blur: share of every pixel that comes from its neighbours, 0..1.
        grain: largest noise in units of the full range.
    """

    number: int
    seed: int
    place: str
    cast: tuple[float, float, float]
    scale: float
    blur: float
    grain: float

    @property
    def name(self) -> str:
        """Its name in tables, counted from 1."""
        return f"c{self.number + 1}"


def camera_of(seed: int, number: int) -> Camera:
    """Camera `number` of a set; neighbouring numbers look at different places."""
    order = shuffled(generator_of("drawn places", seed), len(PLACES))
    generator = generator_of("drawn camera", seed, number)
    place = tuple(PLACES)[order[number % len(PLACES)]]
    light = uniform(generator, 0.82, 1.08)
    warm, green = uniform(generator, -0.13, 0.13), uniform(generator, -0.05, 0.05)
    cast = (light * (1 + warm), light * (1 + green), light * (1 - warm))
    scale, blur = uniform(generator, 0.88, 1.0), uniform(generator, 0.0, 0.5)
    return Camera(number, seed, place, cast, scale, blur, grain=uniform(generator, 0.01, 0.05))


@lru_cache(maxsize=24)
def _plate(camera: Camera, size: int, road: bool) -> Field:
    """The camera's whole place, twice as large as a picture."""
    canvas = Canvas(2 * size)
    generator = generator_of("drawn place", camera.seed, camera.number)
    paint_place(canvas, camera.place, generator, road=road)
    canvas.pixels.flags.writeable = False
    return canvas.pixels


def look_somewhere(
    camera: Camera, size: int, generator: np.random.Generator, *, road: bool, width: float
) -> Canvas:
    """A square canvas of the camera's place, seen at a spot that the generator draws.

    A road lies in front, or slabs; `width` is the share of the canvas's width, round its middle,
    that will be seen.
    """
    plate = _plate(camera, size, road)
    seen, start = round(size * width), round(size * (1.0 - width) / 2)
    top = round(uniform(generator, 0.56, 0.9) * size)
    left = round(uniform(generator, 0.0, 1.0) * (2 * size - seen))
    canvas = Canvas(size)
    canvas.pixels[:, :, start : start + seen] = plate[:, top : top + size, left : left + seen]
    return canvas


def photograph(
    camera: Camera,
    canvas: Canvas,
    generator: np.random.Generator,
    paint: Callable[[Canvas], None],
    *,
    aside: tuple[float, float],
    window: tuple[slice, slice] = (slice(None), slice(None)),
) -> Drawn:
    """A picture of an individual; its attributes are what stands in front, and the place.

    The generator draws light, grain and what stands in front, between the two places of `aside`.
    The picture shows the rows and columns of `window`.
    """
    cover = canvas.track()
    paint(canvas)
    canvas.cover = None
    behind = _paint_obstacle(canvas, generator, *aside)
    canvas.pixels = _expose(canvas.pixels[:, *window], camera, generator)
    mask = cover[window] >= 0.5
    attributes = {"behind": behind, "place": camera.place}
    return Drawn(canvas.to_uint8(), extent_of(mask), attributes, mask)


def _expose(pixels: Field, camera: Camera, generator: np.random.Generator) -> Field:
    """Colours as the camera gives them: light, cast, blur and grain; changes nothing in place."""
    light = uniform(generator, 0.85, 1.15)
    slope = uniform(generator, -0.12, 0.12)
    gain = np.array(camera.cast, dtype=np.float32)[:, None, None] * np.float32(light)
    across = np.linspace(-1, 1, pixels.shape[2], dtype=np.float32) * np.float32(slope)
    seen: Field = clamp(pixels) * gain * (np.float32(1.0) + across)
    if camera.blur > 0:
        seen = _blurred(_blurred(seen, camera.blur, 1), camera.blur, 2)
    noise = generator.random(pixels.shape[1:]).astype(np.float32) - np.float32(0.5)
    return clamp(seen + noise * np.float32(2 * camera.grain))


def _blurred(pixels: Field, share: float, axis: int) -> Field:
    before = np.concatenate([pixels.take([0], axis), pixels], axis)
    after = np.concatenate([pixels, pixels.take([-1], axis)], axis)
    count = pixels.shape[axis]
    around: Field = before.take(range(count), axis) + after.take(range(1, count + 1), axis)
    blurred: Field = pixels + (around * np.float32(0.5) - pixels) * np.float32(share)
    return blurred


def _paint_obstacle(
    canvas: Canvas, generator: np.random.Generator, left: float, right: float
) -> str:
    """Perhaps paint something small in front, between two places; its name, or "nothing"."""
    there, kind = uniform(generator, 0.0, 1.0), choice(generator, ("pole", "bush", "bin"))
    x, high = uniform(generator, left, right), uniform(generator, 0.0, 1.0)
    colour = choice(generator, SIGNS)
    if there >= OBSTACLES:
        return "nothing"
    if kind == "pole":
        shape: Shape = strokes([(x, -0.1, x, 1.1, 0.014 + 0.012 * high, 0.02 + 0.012 * high)])
        canvas.paint(shape, (0.42, 0.44, 0.46), (0.26, 0.27, 0.28))
    elif kind == "bush":
        top = 0.98 - 0.1 * high
        rows = [(x + 0.05 * (n - 2), top + 0.02 * abs(n - 2), 0.06) for n in range(5)]
        canvas.paint(dots(rows), (0.36, 0.58, 0.26), (0.14, 0.30, 0.13))
    else:
        top = 0.9 - 0.1 * high
        canvas.paint(box(x - 0.055, top, x + 0.055, 1.05), colour)
        canvas.paint(box(x - 0.065, top - 0.015, x + 0.065, top + 0.012), (0.2, 0.2, 0.22))
    return kind
