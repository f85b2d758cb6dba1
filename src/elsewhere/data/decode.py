"""Image files as tensors.

Large JPEGs are decoded at 1/2, 1/4 or 1/8 of their size where the image is going to be made
smaller anyway; never below the size that is asked for.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from elsewhere.data.image_files import open_image, reduce_draft, upright_rgb


class Decoded(NamedTuple):
    """A decoded image.

    Attributes:
        image: upright RGB, values 0..255.
        scale: decoded height over original height, and the same of widths; 1 where the image
            was decoded whole. Boxes in the file's pixels are multiplied by it.
    """

    image: UInt8[Tensor, "3 height width"]
    scale: tuple[float, float]


def decode_image(path: Path | str, at_least: tuple[int, int] | None = None) -> Decoded:
    """Decode one image, upright, in RGB.

    EXIF rotation is applied. Transparency is laid on white, CMYK converted (without colour
    profile), 16-bit grey scaled to 8 bits, and of an animation the first frame is taken.

    Args:
        path: the image file.
        at_least: height and width that the image is going to be resized to; a JPEG may come
            back smaller than its file, but not smaller than this. None decodes it whole.

    Raises:
        DataError: the file is missing, cut short, or no image.
    """
    with open_image(path) as image:
        scale = (1.0, 1.0) if at_least is None else reduce_draft(image, *at_least)
        upright = upright_rgb(image)
    return Decoded(torch.from_numpy(np.array(upright)).permute(2, 0, 1), scale)
