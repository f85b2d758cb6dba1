"""A network's input without torch: the same numbers that `evaluation_transform` makes.

Resizing is bilinear with antialiasing on whole numbers, as torch does it on processors with AVX2:
weights are rounded to 16 bits, columns come before rows, and each pass is rounded to 8 bits.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int, Int32, UInt8

from elsewhere.data.images.opening import ImageContent, open_reduced
from elsewhere.description import Preprocessing
from elsewhere.errors import ConfigError


class Taps(NamedTuple):
    """What each line of a resized image is the weighted sum of: lines of the image before.

    Weights are whole numbers; those of a line add up to 1 shifted left by `bits`.
    """

    lines: Int[np.ndarray, "out taps"]
    weights: Int32[np.ndarray, "out taps"]
    bits: int


def network_input(
    source: Path | ImageContent, preprocessing: Preprocessing
) -> Float32[np.ndarray, "3 h w"]:
    """Open an image, resize it (aspect ignored), cut out its centre, normalise it."""
    resize, crop = preprocessing.resize, preprocessing.crop
    if crop[0] > resize[0] or crop[1] > resize[1]:
        raise ConfigError(f"crop {crop} does not fit in resize {resize}")
    pixels = resized(open_reduced(source, resize).pixels, resize)
    top, left = (round((whole - part) / 2) for whole, part in zip(resize, crop, strict=True))
    seen = pixels[top : top + crop[0], left : left + crop[1]]
    table = _normalised(preprocessing.mean, preprocessing.std)
    return np.stack([table[channel][seen[:, :, channel]] for channel in range(3)])


def resized(
    pixels: UInt8[np.ndarray, "height width 3"], size: tuple[int, int]
) -> UInt8[np.ndarray, "new_height new_width 3"]:
    """The image at another height and width."""
    across = _resized_rows(pixels.transpose(1, 0, 2), size[1]).transpose(1, 0, 2)
    return _resized_rows(across, size[0])


def _resized_rows(pixels: UInt8[np.ndarray, "n m 3"], out: int) -> UInt8[np.ndarray, "out m 3"]:
    if len(pixels) == out:
        return pixels
    pixels = np.ascontiguousarray(pixels)
    lines, weights, bits = taps(len(pixels), out)
    total = np.full((out, *pixels.shape[1:]), 1 << (bits - 1), np.int32)
    for line, weight in zip(lines.T, weights.T, strict=True):
        if weight.any():
            total += pixels[line] * weight[:, None, None]
    rounded: UInt8[np.ndarray, "out m 3"] = np.clip(total >> bits, 0, 255).astype(np.uint8)
    return rounded


@lru_cache(64)
def taps(size: int, out: int) -> Taps:
    """The weights of `out` lines made of `size`."""
    scale = size / out
    reach = max(scale, 1.0)
    centre = scale * (np.arange(out) + 0.5)
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    end = np.minimum((centre + reach + 0.5).astype(np.int64), size)
    lines = first[:, None] + np.arange(2 * int(np.ceil(reach)) + 1)
    weights = np.maximum(1 - np.abs((lines - centre[:, None] + 0.5) / reach), 0)
    weights[lines >= end[:, None]] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    bits, largest = 0, float(weights.max())
    while bits < 22 and int(0.5 + largest * (1 << (bits + 1))) < 1 << 15:
        bits += 1
    return Taps(np.minimum(lines, size - 1), (weights * (1 << bits) + 0.5).astype(np.int32), bits)


@lru_cache(8)
def _normalised(mean: tuple[float, ...], std: tuple[float, ...]) -> Float32[np.ndarray, "3 256"]:
    """What each of the 256 values of each channel becomes."""
    values = np.arange(256, dtype=np.float32) * np.float32(1 / 255)
    means, deviations = (np.array(each, np.float32)[:, None] for each in (mean, std))
    table: Float32[np.ndarray, "3 256"] = (values - means) / deviations
    return table
