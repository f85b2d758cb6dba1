"""Maps laid over the picture that they speak about, each scaled by itself unless told otherwise."""

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from elsewhere.visualization.colormap import HEAT, SIGNED, colourize, to_pixels

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
