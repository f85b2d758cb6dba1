"""Opening images: any common kind becomes a tensor of upright 8-bit RGB."""

from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import UInt8
from torch import Tensor

from elsewhere.data.images.opening import ImageContent as ImageContent
from elsewhere.data.images.opening import open_reduced


class Decoded(NamedTuple):
    """An image, upright RGB of values 0..255, and its height and width over those of its file.

    Boxes in the file's pixels are multiplied by `scale`, which is 1 where it was decoded whole.
    """

    image: UInt8[Tensor, "3 height width"]
    scale: tuple[float, float]


def decode_image(
    source: Path | str | ImageContent, at_least: tuple[int, int] | None = None
) -> Decoded:
    """Decode one image, upright, in RGB; what Pillow has opened is left as it is.

    EXIF rotation is applied. Transparency is laid on white, CMYK converted (without colour
    profile), 16-bit grey scaled to 8 bits, and of an animation the first frame is taken.

    `at_least` is the height and width that the image is going to be resized to; a JPEG may come
    back smaller than its file, but not smaller than this. None decodes it whole.
    """
    opened = open_reduced(source, at_least)
    return Decoded(torch.from_numpy(opened.pixels).permute(2, 0, 1), opened.scale)
