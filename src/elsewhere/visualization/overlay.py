"""Maps laid over images in colour: attention as heat, evidence signed."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

ColourTable = Float[np.ndarray, "256 3"]


def colour_table(control_points: Sequence[str]) -> ColourTable:
    """Spread evenly spaced control points over 256 colours.

    Args:
        control_points: hexadecimal sRGB colours such as `"bc3754"`, from the lowest value to the
            highest; the colours between two of them are straight lines in sRGB.

    Returns:
        Red, green and blue in 0..1.
    """
    points = np.array(
        [[int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)] for colour in control_points]
    )
    places = np.linspace(0, 1, len(points))
    levels = np.linspace(0, 1, 256)
    return np.stack([np.interp(levels, places, points[:, c]) for c in range(3)], axis=1)


_INFERNO = "000004 160b39 420a68 6a176e 932667 bc3754 dd513a f37819 fca50a f6d746 fcffa4"
_BLUE_ORANGE = "053061 1f5fa8 4a98cf a9d3ea f6f3ee fcbf8a f0742c c9350f 650f05"

HEAT: ColourTable = colour_table(_INFERNO.split())
"""For amounts from zero, such as attention: matplotlib's "inferno" (public domain) at eleven
points; its lightness rises evenly."""

SIGNED: ColourTable = colour_table(_BLUE_ORANGE.split())
"""For signed amounts, zero pale in the middle: blue below, orange above, dark at both ends."""


def colourize(
    values: Float[np.ndarray, "height width"], table: ColourTable
) -> Float[np.ndarray, "height width 3"]:
    """Look up each value's colour.

    Args:
        values: in 0..1; values outside are clipped, NaN counts as 0.
        table: one of this module's tables.

    Returns:
        Red, green and blue in 0..1.
    """
    levels = np.nan_to_num(np.clip(values, 0, 1)) * 255
    return np.asarray(table[np.rint(levels).astype(np.intp)])


def to_pixels(colours: Float[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height width 3"]:
    """Round colours in 0..1 to bytes; NaN becomes black."""
    return np.asarray(np.rint(np.nan_to_num(np.clip(colours, 0, 1)) * 255), dtype=np.uint8)


Plane = Float[np.ndarray, "height width"]
Picture = UInt8[np.ndarray, "tall wide 3"]


def scale_amount(values: Plane) -> Plane:
    """Divide a map by its own largest value, so that 0 stays "none" and 1 is its peak.

    A map without any positive value becomes all zero. NaN, infinities and negative values count
    as 0.
    """
    clean = np.maximum(_finite(values), 0)
    peak = clean.max(initial=0.0)
    return clean / peak if peak > 0 else np.zeros_like(clean)


def scale_signed(values: Plane, peak: float | None = None) -> Plane:
    """Divide a signed map by its largest size, so that it lies in -1..1 and 0 stays 0.

    NaN and infinities count as 0; an all-zero map stays so.

    Args:
        values: the map.
        peak: largest size of several maps that share a scale; without it the map's own.
    """
    clean = _finite(values)
    if peak is None:
        peak = float(np.abs(clean).max(initial=0.0))
    return clean / peak if peak > 0 else np.zeros_like(clean)


def resize_plane(values: Plane, size: tuple[int, int]) -> Float[np.ndarray, "rows columns"]:
    """Enlarge or shrink a map smoothly to (height, width), never beyond its own extremes."""
    plane = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    resized = np.asarray(plane.resize((size[1], size[0]), Image.Resampling.BICUBIC))
    return np.asarray(np.clip(resized, values.min(), values.max()), dtype=np.float64)


def resize_picture(
    image: Float[np.ndarray, "3 height width"], size: tuple[int, int]
) -> Float[np.ndarray, "tall wide 3"]:
    """Bring a picture (values 0..1) smoothly to (height, width), channels last."""
    pixels = Image.fromarray(to_pixels(np.moveaxis(image, 0, -1)))
    shrinks = size[0] < image.shape[1]
    method = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return np.asarray(pixels.resize((size[1], size[0]), method)) / 255


def attention_overlay(
    image: Float[np.ndarray, "3 height width"],
    attention: Float[np.ndarray, "rows columns"],
    size: tuple[int, int],
) -> Picture:
    """Show one attention map as heat over a faded picture.

    Args:
        image: values in 0..1.
        attention: one map, not negative; scaled by its own peak.
        size: height and width of the result in pixels.
    """
    heat = resize_plane(scale_amount(attention), size)
    opacity = 0.2 + 0.55 * heat[..., None]
    return to_pixels((1 - opacity) * _faded(image, size, 0.3) + opacity * colourize(heat, HEAT))


def evidence_overlay(
    image: Float[np.ndarray, "3 height width"],
    evidence: Float[np.ndarray, "rows columns"],
    size: tuple[int, int],
    peak: float | None = None,
) -> Picture:
    """Show signed evidence over a pale grey picture: orange speaks for the class, blue against.

    Args:
        image: values in 0..1.
        evidence: one signed map.
        size: height and width of the result in pixels.
        peak: largest size of several maps that share a scale; without it the map's own.
    """
    signed = resize_plane(scale_signed(evidence, peak), size)
    strength = np.abs(signed)
    # The pale middle of the table is left out: transparency already says "none".
    colours = colourize(0.5 + np.sign(signed) * (0.2 + 0.25 * strength), SIGNED)
    # No colour of the picture's own: a blue sky must not look like evidence against.
    pale = 0.4 + 0.6 * _faded(image, size, 0.0)
    opacity = np.minimum(1.15 * strength, 0.92)[..., None]
    return to_pixels((1 - opacity) * pale + opacity * colours)


def _finite(values: Plane) -> Plane:
    """Float64 copy with 0 in place of NaN and infinities."""
    return np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _faded(
    image: Float[np.ndarray, "3 height width"], size: tuple[int, int], colour: float
) -> Float[np.ndarray, "tall wide 3"]:
    """The picture with this share of its colour left (luminance by ITU-R BT.601)."""
    picture = resize_picture(image, size)
    luminance = picture @ np.array([0.299, 0.587, 0.114])
    return np.asarray(colour * picture + (1 - colour) * luminance[..., None])
