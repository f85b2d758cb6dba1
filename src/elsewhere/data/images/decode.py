"""Opening images: any common kind becomes a tensor of upright 8-bit RGB."""

from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import UInt8
from torch import Tensor

from elsewhere.data.images.opening import ImageContent as ImageContent
from elsewhere.data.images.opening import open_reduced


class Decoded(NamedTuple):
    """A decoded image.

    Attributes:
        image: upright RGB, values 0..255.
        scale: decoded height over original height, and the same of widths; 1 where the image
            was decoded whole. Boxes in the file's pixels are multiplied by it.
    """

    image: UInt8[Tensor, "3 height width"]
    scale: tuple[float, float]


def decode_image(
    source: Path | str | ImageContent, at_least: tuple[int, int] | None = None
) -> Decoded:
    """Decode one image, upright, in RGB.

    EXIF rotation is applied. Transparency is laid on white, CMYK converted (without colour
    profile), 16-bit grey scaled to 8 bits, and of an animation the first frame is taken.

    Args:
        source: the image's file, or the image itself; what Pillow has opened is left as it is.
        at_least: height and width that the image is going to be resized to; a JPEG may come
            back smaller than its file, but not smaller than this. None decodes it whole.

    Raises:
        DataError: the file is missing, cut short, or no image; an array of other numbers.
    """
    opened = open_reduced(source, at_least)
    return Decoded(torch.from_numpy(opened.pixels).permute(2, 0, 1), opened.scale)
