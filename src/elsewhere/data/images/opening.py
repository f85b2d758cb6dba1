"""Opening images with Pillow: upright 8-bit RGB, or one clear line about what is wrong.

Large JPEGs are decoded at 1/2, 1/4 or 1/8 of their size where the image is going to be made
smaller anyway; never below the size that is asked for.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from elsewhere.data.images.bounds import open_unbounded, require_bounded, require_regular
from elsewhere.data.images.kinds import NEED, register_heif
from elsewhere.errors import DataError, one_line

ORIENTATION = 0x0112
SIDES_SWAPPED = (5, 6, 7, 8)
_TAKEN, _EXIF = 36867, 0x8769
_WIDE_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")

ImageContent = bytes | Image.Image | np.ndarray
"""An image in memory: an encoded file, one that Pillow has opened, or uint8 of (H, W, 3)."""


class Pixels(NamedTuple):
    """A decoded image, and the scale at which it was decoded, as `Decoded` has them."""

    pixels: UInt8[np.ndarray, "height width 3"]
    scale: tuple[float, float]


@contextmanager
def open_image(source: Path | str | bytes | Image.Image) -> Iterator[Image.Image]:
    """Open an image without decoding it; what goes wrong inside is told of the image."""
    name = "image" if isinstance(source, bytes | Image.Image) else str(source)
    register_heif()
    try:
        if isinstance(source, Image.Image):
            yield source.copy()
            return
        held = source if isinstance(source, bytes) else Path(source)
        if isinstance(held, Path):
            require_regular(held)
        with open_unbounded(io.BytesIO(held) if isinstance(held, bytes) else held) as image:
            require_bounded(image, held, name)
            yield image
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{name}: no such file; restore it, or take it out of the list") from error
    except PermissionError as error:
        raise DataError(f"{name}: may not be read; change its permissions") from error
    except UnidentifiedImageError as error:
        advice = NEED if _is_heif(source) else "replace or remove it"
        raise DataError(f"{name}: not an image that can be read; {advice}") from error
    except Exception as error:  # whatever a decoder raises, it is this image's fault
        raise DataError(
            f"{name}: broken image ({one_line(str(error))}); replace or remove it"
        ) from error


def open_reduced(
    source: Path | str | ImageContent, at_least: tuple[int, int] | None = None
) -> Pixels:
    """Decode one image; see `decode_image`."""
    if isinstance(source, np.ndarray):
        return Pixels(_checked(source), (1.0, 1.0))
    with open_image(source) as image:
        scale = (1.0, 1.0) if at_least is None else _reduce(image, *at_least)
        upright = upright_rgb(image)
    return Pixels(np.array(upright), scale)


def _checked(values: np.ndarray) -> UInt8[np.ndarray, "height width 3"]:
    if values.dtype != np.uint8 or values.ndim != 3 or values.shape[2] != 3 or 0 in values.shape:
        raise DataError(
            f"image: an array of {values.dtype} and shape {values.shape}; give uint8 of "
            "(height, width, 3)"
        )
    return np.array(values)


def _reduce(image: Image.Image, height: int, width: int) -> tuple[float, float]:
    """Ask a JPEG, before it is decoded, for a smaller size; returns the scale of upright sides."""
    if image.format not in ("JPEG", "MPO"):
        return 1.0, 1.0
    turned = image.getexif().get(ORIENTATION) in SIDES_SWAPPED
    stored_width, stored_height = image.size
    image.draft(None, (height, width) if turned else (width, height))
    down, across = image.height / stored_height, image.width / stored_width
    return (across, down) if turned else (down, across)


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an upright image, not decoded."""
    with open_image(path) as image:
        width, height = image.size
        return (
            (height, width)
            if image.getexif().get(ORIENTATION) in SIDES_SWAPPED
            else (width, height)
        )


def time_taken(image: Image.Image) -> datetime | None:
    """When an image says that it was taken, by its camera's clock; None where it does not."""
    taken = image.getexif().get_ifd(_EXIF).get(_TAKEN)
    try:
        return datetime.strptime(str(taken), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _is_heif(source: Path | str | bytes | Image.Image) -> bool:
    """Whether a file that Pillow does not know is a phone's HEIC, whatever its name."""
    if isinstance(source, Image.Image):
        return False
    with io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb") as stream:
        head = stream.read(12)
    return head[4:8] == b"ftyp" and head[8:] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")


def upright_rgb(image: Image.Image) -> Image.Image:
    """Decode an open image to 8-bit RGB, upright; ValueError where its white is not known."""
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode in _WIDE_MODES:
        image = _eight_bits(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey values of 16 bits, or floats in 0..1, as 8 bits: white stays white."""
    # whole numbers to 65,535 are exact in float32, and there may be 120 million
    exact = np.float64 if image.mode == "F" else np.float32
    values: np.ndarray = np.asarray(image).astype(exact)
    white = 1.0 if image.mode == "F" else 65535.0
    if not (values.min() >= 0 and values.max() <= white):
        raise ValueError(f"pixel values outside 0..{white:g}: save it with 8 or 16 bits")
    return Image.fromarray(np.rint(values * (255.0 / white)).astype(np.uint8))
