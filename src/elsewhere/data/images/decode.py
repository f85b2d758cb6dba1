"""Opening images: any common kind becomes upright 8-bit RGB.

Large JPEGs are decoded at 1/2, 1/4 or 1/8 of their size where the image is going to be made
smaller anyway; never below the size that is asked for.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from elsewhere.data.images.opening import (
    ORIENTATION,
    SIDES_SWAPPED,
    open_image,
    upright_rgb,
)
from elsewhere.errors import DataError

ImageContent = bytes | Image.Image | np.ndarray
"""An image in memory: an encoded file, one that Pillow has opened, or uint8 of (H, W, 3)."""


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
    if isinstance(source, np.ndarray):
        return Decoded(_as_tensor(source), (1.0, 1.0))
    with open_image(source) as image:
        scale = (1.0, 1.0) if at_least is None else _reduce(image, *at_least)
        upright = upright_rgb(image)
    return Decoded(torch.from_numpy(np.array(upright)).permute(2, 0, 1), scale)


def _as_tensor(values: np.ndarray) -> UInt8[Tensor, "3 height width"]:
    if values.dtype != np.uint8 or values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
        raise DataError(
            f"image: an array of {values.dtype} and shape {values.shape}; give uint8 of "
            "(height, width, 3)"
        )
    return torch.from_numpy(np.array(values)).permute(2, 0, 1)


def _reduce(image: Image.Image, height: int, width: int) -> tuple[float, float]:
    """Ask a JPEG, before it is decoded, for a smaller size; returns the scale of upright sides."""
    if image.format not in ("JPEG", "MPO"):
        return 1.0, 1.0
    turned = image.getexif().get(ORIENTATION) in SIDES_SWAPPED
    stored_width, stored_height = image.size
    image.draft(None, (height, width) if turned else (width, height))
    down, across = image.height / stored_height, image.width / stored_width
    return (across, down) if turned else (down, across)
