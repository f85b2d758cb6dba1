"""What the panels have in common: tiles of one size, boxes on them, legends under them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from elsewhere.visualization.canvas import MUTED, PREDICTED_BOX, Canvas, pixels, text_width
from elsewhere.visualization.overlay import colourize, resize_picture, to_pixels

Image = Float[np.ndarray, "3 height width"]
Sheet = UInt8[np.ndarray, "_ _ 3"]
Box = tuple[float, float, float, float]


class Extent(NamedTuple):
    """Height and width in layout units."""

    height: float
    width: float

    @property
    def pixels(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return pixels(self.height), pixels(self.width)


def tile_extent(image: Image, longest: float) -> Extent:
    """The extent with the picture's aspect whose longer side is `longest`."""
    height, width = image.shape[1:]
    factor = longest / max(height, width)
    return Extent(max(height * factor, 1.0), max(width * factor, 1.0))


def picture_tile(image: Image, extent: Extent) -> UInt8[np.ndarray, "tall wide 3"]:
    """The picture itself, smoothly resized."""
    return to_pixels(resize_picture(image, extent.pixels))


def draw_box(
    canvas: Canvas, box: Box | None, image: Image, place: tuple[float, float], extent: Extent
) -> None:
    """Draw an xyxy box, given in pixels of `image`, on its tile at `place`.

    What lies outside the picture is cut off; an unknown box (None or NaN) is left out.
    """
    if box is None or not np.isfinite(box).all():
        return
    height, width = image.shape[1:]
    along, down = extent.width / width, extent.height / height
    left, right = (min(max(x, 0), width) * along + place[0] for x in (box[0], box[2]))
    top, bottom = (min(max(y, 0), height) * down + place[1] for y in (box[1], box[3]))
    canvas.box((left, top, right, bottom), PREDICTED_BOX)


def box_legend(canvas: Canvas, position: tuple[float, float]) -> None:
    """Name the box that is drawn."""
    x, y = position
    canvas.swatch((x, y + 6), PREDICTED_BOX)
    canvas.text((x + 19, y), "from attention", size=10, colour=MUTED)


def scale_legend(
    canvas: Canvas,
    position: tuple[float, float],
    table: Float[np.ndarray, "256 3"],
    ends: tuple[str, str],
) -> None:
    """A small bar of a map's colours between the names of its two ends."""
    x, y = position
    canvas.text((x, y), ends[0], size=10, colour=MUTED)
    x += text_width(ends[0], 10) + 6
    ramp = np.linspace(0, 1, pixels(48))[None].repeat(pixels(7), axis=0)
    canvas.paste((x, y + 2.5), to_pixels(colourize(ramp, table)))
    canvas.text((x + 54, y), ends[1], size=10, colour=MUTED)


def thumbnail(image: Image, longest: float = 80) -> UInt8[np.ndarray, "tall wide 3"]:
    """A small copy of a picture (values 0..1), its longer side `longest` layout units."""
    return picture_tile(image, tile_extent(image, longest))
