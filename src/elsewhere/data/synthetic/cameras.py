"""The cameras of a drawn set: each has its own place, colours, distance and sharpness."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from elsewhere.data.synthetic.canvas import Canvas, uniform
from elsewhere.data.synthetic.places import PLACES, paint_place
from elsewhere.data.synthetic.seeding import generator_of, shuffled
from elsewhere.data.synthetic.shapes import Field, clamp


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
    return Camera(
        number,
        seed,
        place,
        cast,
        scale=uniform(generator, 0.88, 1.0),
        blur=uniform(generator, 0.0, 0.5),
        grain=uniform(generator, 0.01, 0.05),
    )


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

    Args:
        camera: whose place.
        size: pixels of the canvas's side.
        generator: draws the spot.
        road: a road in front instead of slabs.
        width: share of the canvas's width, round its middle, that will be seen.
    """
    plate = _plate(camera, size, road)
    margin = (1.0 - width) / 2
    seen = round(size * width)
    start = round(size * margin)
    top = round(uniform(generator, 0.56, 0.9) * size)
    left = round(uniform(generator, 0.0, 1.0) * (2 * size - seen))
    canvas = Canvas(size)
    part = plate[:, top : top + size, left : left + seen]
    canvas.pixels[:, :, start : start + seen] = part
    return canvas


def expose(pixels: Field, camera: Camera, generator: np.random.Generator) -> Field:
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
