"""Opening image files: any common kind becomes an upright 8-bit RGB image; torch is not needed."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from elsewhere.errors import DataError

ORIENTATION = 0x0112
_SIDES_SWAPPED = (5, 6, 7, 8)
_WIDE_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")
# What Pillow's decoders raise for files that are cut short or are something else.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)


@contextmanager
def open_image(path: Path | str) -> Iterator[Image.Image]:
    """Open an image file without decoding it; what goes wrong inside is told of the file.

    Raises:
        DataError: the file is missing, cut short, or no image.
    """
    try:
        with Image.open(path) as image:
            yield image
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; restore it, or take it out of the list") from error
    except PermissionError as error:
        raise DataError(f"{path}: may not be read; change its permissions") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{path}: not an image that can be read; replace or remove it") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{path}: more pixels than Pillow opens; make it smaller") from error
    except _BROKEN as error:
        raise DataError(f"{path}: broken image ({error}); replace or remove it") from error


def upright_rgb(image: Image.Image) -> Image.Image:
    """Decode an open image to 8-bit RGB, its EXIF rotation applied.

    Raises:
        ValueError: pixels are numbers whose white is not known.
    """
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode in _WIDE_MODES:
        image = _eight_bits(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def reduce_draft(image: Image.Image, height: int, width: int) -> tuple[float, float]:
    """Ask a JPEG, before it is decoded, for a smaller size; returns the scale of upright sides."""
    if image.format not in ("JPEG", "MPO"):
        return 1.0, 1.0
    turned = image.getexif().get(ORIENTATION) in _SIDES_SWAPPED
    stored_width, stored_height = image.size
    image.draft(None, (height, width) if turned else (width, height))
    down, across = image.height / stored_height, image.width / stored_width
    return (across, down) if turned else (down, across)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey values of 16 bits, or floats in 0..1, as 8 bits: white stays white."""
    values = np.asarray(image).astype(np.float64)
    white = 1.0 if image.mode == "F" else 65535.0
    if not (values.min() >= 0 and values.max() <= white):
        raise ValueError(f"pixel values outside 0..{white:g}: save it with 8 or 16 bits")
    return Image.fromarray(np.rint(values * (255.0 / white)).astype(np.uint8))
